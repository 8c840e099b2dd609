// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { serviceIdOf } from "../../../lib/oap/ids.ts";
import { type Oap, startOap } from "../../../lib/oap/mod.ts";
import { type AgentClient, ask, askFor, grpcClient, segmentInit, streamOf } from "../support.ts";

let oap: Oap;
let url: string;
let agent: AgentClient;

beforeAll(async () => {
  oap = await startOap();
  url = `http://127.0.0.1:${oap.restPort}/graphql`;
  agent = grpcClient(oap.grpcPort);
});
afterAll(() => oap.close());

describe("what segments tell", () => {
  test("an entry span makes a service, an instance and an endpoint", async () => {
    await agent.trace.collectInSync({
      segments: [segmentInit("meta", { service: "group::meta", serviceInstance: "m1" })],
    });
    const id = serviceIdOf("group::meta");
    const { data } = await ask(
      url,
      `query($n: String!, $id: ID!, $d: Duration!) {
        found: findService(serviceName: $n) { id name group shortName layers normal }
        all: getAllServices(duration: $d, group: "group") { name }
        general: listServices(layer: "GENERAL") { name }
        faas: listServices(layer: "FAAS") { name }
        instances: listInstances(duration: $d, serviceId: $id) { name language }
        buy: findEndpoint(serviceId: $id, keyword: "buy", limit: 10) { name }
        sell: findEndpoint(serviceId: $id, keyword: "sell", limit: 10) { name }
        none: findEndpoint(serviceId: $id, limit: 0) { name }
      }`,
      { n: "group::meta", id, d: { start: "2023-11-14 2200", end: "2023-11-14 2300", step: "MINUTE" } },
    );
    expect(data).toMatchObject({
      found: {
        id,
        name: "group::meta",
        group: "group",
        shortName: "meta",
        layers: ["GENERAL"],
        normal: true,
      },
      all: [{ name: "group::meta" }],
      faas: [],
      instances: [{ name: "m1", language: "UNKNOWN" }],
      buy: [{ name: "POST:/buy" }],
      sell: [],
      none: [],
    });
    expect(data.general).toContainEqual({ name: "group::meta" });
    expect(await askFor<unknown>(url, '{ findService(serviceName: "nobody") { id } }')).toBeNull();
  });

  test("a function as a service has no endpoint; a span that skips analysis tells nothing", async () => {
    const [span] = segmentInit("x").spans ?? [];
    const faas = segmentInit("faas", { service: "faas", spans: [{ ...span, spanLayer: 6 }] });
    const skipped = segmentInit("skipped", { service: "skipped", spans: [{ ...span, skipAnalysis: true }] });
    await agent.trace.collectInSync({ segments: [faas, skipped] });
    const { data } = await ask(
      url,
      `query($id: ID!) {
        a: findService(serviceName: "faas") { layers }
        b: findEndpoint(serviceId: $id, limit: 9) { name }
        c: findService(serviceName: "skipped") { id }
        d: queryTrace(traceId: "trace-of-skipped") { spans { spanId } }
      }`,
      { id: serviceIdOf("faas") },
    );
    expect(data).toEqual({ a: { layers: ["FAAS"] }, b: [], c: null, d: { spans: [{ spanId: 0 }] } });
  });

  test("a segment without a span 0 is not stored", async () => {
    const [span] = segmentInit("x").spans ?? [];
    await agent.trace.collectInSync({
      segments: [
        segmentInit("no-spans", { spans: [] }),
        segmentInit("no-first", { spans: [{ ...span, spanId: 1 }] }),
      ],
    });
    expect(oap.store.segment("no-spans")).toBeUndefined();
    expect(oap.store.segment("no-first")).toBeUndefined();
  });

  test("the endpoint is that of the entry or first span that is listed last; the duration spans all", async () => {
    const spans = [
      { spanId: 1, parentSpanId: 0, operationName: "exit", spanType: 1, startTime: 5n, endTime: 90n },
      { spanId: 2, parentSpanId: 0, operationName: "entry", spanType: 0, startTime: 10n, endTime: 20n },
      { spanId: 0, parentSpanId: -1, operationName: "first", spanType: 2, startTime: 10n, endTime: 30n },
      { spanId: 3, parentSpanId: 0, operationName: "local", spanType: 2, startTime: 10n, endTime: 20n },
    ] as const;
    await agent.trace.collectInSync({ segments: [segmentInit("order", { spans: [...spans] })] });
    expect(oap.store.segment("order")).toMatchObject({ endpointName: "first", startTime: 5, duration: 85 });
  });

  test("a trace shows all that a span carries, its segments by their start", async () => {
    const traceId = "two segments";
    const late = segmentInit("late", {
      traceId,
      spans: [
        {
          spanId: 0,
          parentSpanId: -1,
          startTime: 20n,
          endTime: 30n,
          operationName: "GET:/late",
          peer: "peer:80",
          spanType: 1,
          spanLayer: 5,
          componentId: 4004,
          isError: true,
          tags: [{ key: "k", value: "v" }],
          logs: [{ time: 25n, data: [{ key: "event", value: "error" }] }],
          refs: [{ refType: 1, traceId, parentTraceSegmentId: "early", parentSpanId: 0 }],
        },
      ],
    });
    const [span] = segmentInit("x").spans ?? [];
    const early = segmentInit("early", { traceId, spans: [{ ...span, startTime: 10n, endTime: 40n }] });
    await agent.trace.collect(streamOf([late, early]));
    const { spans } = await askFor<{ spans: unknown[] }>(
      url,
      `query($t: ID!) { queryTrace(traceId: $t) { spans {
        traceId segmentId spanId parentSpanId refs { traceId parentSegmentId parentSpanId type } serviceCode
        serviceInstanceName startTime endTime endpointName type peer component isError layer
        tags { key value } logs { time data { key value } }
      } } }`,
      { t: traceId },
    );
    expect(spans).toHaveLength(2);
    expect(spans[0]).toMatchObject({ segmentId: "early", refs: [], peer: "", isError: false });
    expect(spans[1]).toEqual({
      traceId,
      segmentId: "late",
      spanId: 0,
      parentSpanId: -1,
      refs: [{ traceId, parentSegmentId: "early", parentSpanId: 0, type: "CROSS_THREAD" }],
      serviceCode: "shop",
      serviceInstanceName: "shop-1",
      startTime: 20,
      endTime: 30,
      endpointName: "GET:/late",
      type: "Exit",
      peer: "peer:80",
      component: "Koa",
      isError: true,
      layer: "Cache",
      tags: [{ key: "k", value: "v" }],
      logs: [{ time: 25, data: [{ key: "event", value: "error" }] }],
    });
  });
});
