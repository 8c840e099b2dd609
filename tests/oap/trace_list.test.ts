// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { endpointIdOf, instanceIdOf, serviceIdOf } from "../../lib/oap/ids.ts";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import {
  ask,
  askFor,
  grpcClient,
  type SegmentInit,
  type SpanInit,
  segmentInit,
  streamOf,
} from "./support.ts";

const START = +new Date(2024, 4, 1, 12);
const DAY = { start: "2024-05-01", end: "2024-05-01", step: "DAY" };

let oap: Oap;
let url: string;

interface Kind extends Pick<SpanInit, "isError" | "tags"> {
  readonly service?: string;
  readonly at?: number;
  readonly ms?: number;
}

function segment(id: string, { service = "shop", at = 0, ms = 10, ...span }: Kind = {}): SegmentInit {
  const startTime = BigInt(START + at);
  const entry: SpanInit = {
    spanId: 0,
    parentSpanId: -1,
    startTime,
    endTime: startTime + BigInt(ms),
    spanType: 0,
  };
  return segmentInit(id, {
    service,
    spans: [{ ...entry, operationName: `GET:/${service}`, ...span } as SpanInit],
  });
}

beforeAll(async () => {
  oap = await startOap();
  url = `http://127.0.0.1:${oap.restPort}/graphql`;
  await grpcClient(oap.grpcPort).trace.collect(
    streamOf([
      segment("early", { at: -1, tags: [{ key: "http.method", value: "GET" }] }),
      segment("slow", { at: 5, ms: 500 }),
      segment("failed", { at: 6, ms: 20, isError: true, tags: [{ key: "custom", value: "GET" }] }),
      segment("late", { at: 12 * 3_600_000 }),
      segment("other", { service: "other", at: 7, tags: [{ key: "http.method", value: "PUT" }] }),
    ]),
  );
});
afterAll(() => oap.close());

async function list(condition: object): Promise<string[]> {
  const { traces } = await askFor<{ traces: { segmentId: string }[] }>(
    url,
    "query($c: TraceQueryCondition) { queryBasicTraces(condition: $c) { traces { segmentId } } }",
    {
      c: {
        queryDuration: DAY,
        traceState: "ALL",
        queryOrder: "BY_START_TIME",
        paging: { pageNum: 1, pageSize: 20 },
        ...condition,
      },
    },
  );
  return traces.map(({ segmentId }) => segmentId);
}

describe("traces", () => {
  test("are listed from the latest on, or from the longest on", async () => {
    expect(await list({})).toEqual(["other", "failed", "slow", "early"]);
    expect((await list({ queryOrder: "BY_DURATION" })).slice(0, 2)).toEqual(["slow", "failed"]);
  });

  test("are found by what they belong to, how long they took, how they ended, and their tags", async () => {
    const serviceId = serviceIdOf("other");
    expect(await list({ serviceId })).toEqual(["other"]);
    expect(await list({ serviceInstanceId: instanceIdOf(serviceId, "shop-1") })).toEqual(["other"]);
    expect(await list({ endpointId: endpointIdOf(serviceId, "GET:/other") })).toEqual(["other"]);
    expect(await list({ traceId: "trace-of-slow" })).toEqual(["slow"]);
    expect(await list({ minTraceDuration: 20 })).toEqual(["failed", "slow"]);
    expect(await list({ minTraceDuration: 20, maxTraceDuration: 20 })).toEqual(["failed"]);
    expect(await list({ traceState: "ERROR" })).toEqual(["failed"]);
    expect(await list({ traceState: "SUCCESS" })).toEqual(["other", "slow", "early"]);
    expect(await list({ tags: [{ key: "http.method", value: "GET" }] })).toEqual(["early"]);
    // A tag that is not searchable finds nothing, though segments have it.
    expect(await list({ tags: [{ key: "custom", value: "GET" }] })).toEqual([]);
  });

  test("are those that began within the duration; both ends count", async () => {
    const second = (start: string, end: string) => ({ queryDuration: { start, end, step: "SECOND" } });
    expect(await list(second("2024-05-01 120000", "2024-05-01 120000"))).toEqual(["other", "failed", "slow"]);
    expect(await list(second("2024-05-01 115959", "2024-05-01 115959"))).toEqual(["early"]);
    expect(await list({ queryDuration: { start: "2024-05-02", end: "2024-05-02", step: "DAY" } })).toEqual([
      "late",
    ]);
  });

  test("come by pages, the first of which is 1 or not given", async () => {
    const pages = [
      { pageSize: 3 },
      { pageNum: 1, pageSize: 3 },
      { pageNum: 2, pageSize: 3 },
      { pageSize: 0 },
    ];
    expect(await Promise.all(pages.map((paging) => list({ paging })))).toEqual([
      ["other", "failed", "slow"],
      ["other", "failed", "slow"],
      ["early"],
      [],
    ]);
  });

  test("that are asked for by neither time nor id are an error", async () => {
    const { errors } = await ask(
      url,
      `{ queryBasicTraces(condition: { traceState: ALL, queryOrder: BY_DURATION, paging: { pageSize: 1 } }) {
        traces { segmentId }
      } }`,
    );
    expect(errors[0]?.message).toContain("must contains either queryDuration or traceId");
  });
});

test("tags complete within the duration, those that can be searched for", async () => {
  const values =
    "query($d: Duration!, $k: String!) { queryTraceTagAutocompleteValues(tagKey: $k, duration: $d) }";
  expect(
    await askFor<string[]>(url, "query($d: Duration!) { queryTraceTagAutocompleteKeys(duration: $d) }", {
      d: DAY,
    }),
  ).toEqual(["http.method"]);
  expect((await askFor<string[]>(url, values, { d: DAY, k: "http.method" })).toSorted()).toEqual([
    "GET",
    "PUT",
  ]);
  expect(await askFor<string[]>(url, values, { d: DAY, k: "custom" })).toEqual([]);
});
