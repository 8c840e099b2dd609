// SPDX-License-Identifier: Apache-2.0
/** Apps with the agent, profiled through a real backend, which the embedded one is held against. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isDeepStrictEqual } from "node:util";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import { type Figure, FORMS, type Form, figures } from "../demo/forms.ts";
import { median } from "../demo/print.ts";
import { grpcClient } from "../oap/support.ts";
import { BackendClient, serviceId, until } from "../support/backend_client.ts";
import { Tree } from "../support/call_tree.ts";
import type { Truth } from "../support/profiled_app.ts";
import type { Installed } from "../support/spawn.ts";
import { timeText } from "../support/time_text.ts";
import { type App, logged, profile, request, SETTLE_MS, startApp, treesOf } from "./operator.ts";
import { type RealOap, startRealOap } from "./real_oap.ts";
import { startTee, type Tee } from "./tee.ts";

const RUNTIMES: readonly Installed[] = ["node24", "bun", "deno"];
const REQUESTS = 5;
const CLIENTS = 8;
/** A busy machine can make a measurement wrong; what is broken is wrong each time. */
const ATTEMPTS = 2;

let real: RealOap;
let oap: Oap;
let embedded: BackendClient;
let tee: Tee;
const apps = new AsyncDisposableStack();
const profiled: { readonly app: App; readonly taskId: string }[] = [];
/** Told that it lives until now, and gone since. */
let gone: App;

beforeAll(async () => {
  real = await startRealOap();
  oap = await startOap();
  embedded = new BackendClient(`http://127.0.0.1:${oap.restPort}/graphql`);
  const [host = "", port] = real.grpc.split(":");
  tee = await startTee(grpcClient(Number(port), host), grpcClient(oap.grpcPort));
  gone = await startApp("node24", "gone", real.grpc);
  await until("the instance", async () => (await instancesOf(gone, 0)).length > 0, SETTLE_MS);
  await gone[Symbol.asyncDispose]();
}, 120_000);

afterAll(async () => {
  await apps.disposeAsync();
  await tee?.[Symbol.asyncDispose]();
  await oap?.close();
  await real?.[Symbol.asyncDispose]();
});

/** Asks both backends until they say the same, and gives what they say. */
async function same<T>(what: string, read: (client: BackendClient) => Promise<T>): Promise<T> {
  let answers: T[] = [];
  const isSame = async () => {
    answers = await Promise.all([read(real.client), read(embedded)]);
    return isDeepStrictEqual(answers[0], answers[1]);
  };
  await until(`that both backends agree on ${what}`, isSame, SETTLE_MS).catch(() => {});
  expect(answers[1]).toEqual(answers[0] as T);
  return answers[0] as T;
}

/** Sends the form's requests: at once if they only wait, else one after the other, among others if it says so. */
async function requests(app: App, form: Form): Promise<Map<string, Truth>> {
  const ids = Array.from({ length: REQUESTS }, (_, n) => `${app.service}-${n}`);
  const ask = (id: string) => request<Truth>(app, `/${form.name}`, id);
  if (form.name === "waiting") {
    const truths = await Promise.all(ids.map(ask));
    return new Map(ids.map((id, n) => [id, truths[n] ?? {}]));
  }
  let isOver = false;
  const load = Array.from({ length: form.underLoad ? CLIENTS : 0 }, async () => {
    while (!isOver) await (await fetch(`${app.url}/unrelated`)).arrayBuffer();
  });
  const truths = new Map<string, Truth>();
  for (const id of ids) truths.set(id, await ask(id));
  isOver = true;
  await Promise.all(load);
  return truths;
}

/** Profiles an app, compares what both backends tell of it, and gives which times are off the truth. */
async function offIn(app: App, form: Form, taskId: string): Promise<string[]> {
  const truths = await requests(app, form);
  await until(
    `${REQUESTS} profiled requests of ${app.service}`,
    async () => (await real.client.taskSegments(taskId)).length >= REQUESTS,
    SETTLE_MS,
  );
  const segments = await same(`the requests of ${app.service}`, async (client) =>
    (await client.taskSegments(taskId)).toSorted((a, b) => (a.traceId < b.traceId ? -1 : 1)),
  );
  expect(segments.map(({ traceId }) => traceId)).toEqual([...truths.keys()].toSorted());
  const judged: Figure[][] = [];
  for (const { traceId, endpointNames, spans } of segments) {
    expect(endpointNames).toEqual([`GET:/${form.name}`]);
    const [span] = spans.filter(({ profiled }) => profiled);
    if (span === undefined) throw new Error(`Cannot analyse ${traceId}: no span is profiled`);
    const { segmentId, startTime, endTime } = span;
    const { tip, trees } = await same(`the tree of ${traceId}`, (client) =>
      treesOf(client, segmentId, startTime, endTime),
    );
    expect(tip).toBeNull();
    expect(trees).toHaveLength(1);
    expect(trees[0]?.length).toBeGreaterThan(1);
    const took = endTime - startTime;
    expect(Math.abs(new Tree(trees[0] ?? []).total - took)).toBeLessThanOrEqual(1);
    const middle = Math.floor((startTime + endTime) / 2);
    await same("the first half of it", (client) => treesOf(client, segmentId, startTime, middle));
    await same("the second half of it", (client) => treesOf(client, segmentId, middle, endTime));
    judged.push(figures(form, truths.get(traceId) ?? {}, trees[0] ?? []));
  }
  expect(judged[0]?.length).toBeGreaterThan(5);
  return (judged[0] ?? []).flatMap(({ name, tolerance }, i) => {
    const error = median(judged.map((one) => (one[i]?.told ?? 0) - (one[i]?.truth ?? 0)));
    return Math.abs(error) <= tolerance
      ? []
      : [`${form.name}, ${name}: off by ${error} ms, at most ${tolerance}`];
  });
}

describe("a profile task of the real backend", () => {
  for (const runtime of RUNTIMES) {
    test(`yields the truth on ${runtime}, and the embedded backend tells the same, element by element`, async () => {
      let left = FORMS;
      let off: string[] = [];
      for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
        const started = await Promise.all(
          left.map(async (form) => {
            const app = apps.use(await startApp(runtime, `${form.name}${attempt}`, tee.grpc));
            return { form, app, taskId: await profile(real.client, app, `/${form.name}`, REQUESTS) };
          }),
        );
        off = [];
        const again: Form[] = [];
        for (const { form, app, taskId } of started) {
          profiled.push({ app, taskId });
          const found = await offIn(app, form, taskId);
          if (found.length > 0) again.push(form);
          off.push(...found);
        }
        left = again;
      }
      expect(off).toEqual([]);
    }, 180_000);
  }
});

const SERVICE =
  "query($n: String!) { r: findService(serviceName: $n) { id name group shortName layers normal } }";
const INSTANCES = `query($s: ID!, $d: Duration!) { r: listInstances(serviceId: $s, duration: $d) {
  id name language instanceUUID attributes { name value }
} }`;
const ENDPOINTS = 'query($s: ID!) { r: findEndpoint(serviceId: $s, keyword: "", limit: 100) { id name } }';

interface Instance {
  readonly name: string;
  readonly language: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

/** The instances that were alive within the minute of that time, in milliseconds since 1970; at 0, at any time. */
async function instancesOf(
  { service }: App,
  time: number,
  client: BackendClient = real.client,
): Promise<Instance[]> {
  const now = Date.now();
  const start = timeText(time || now - 3_600_000, "MINUTE");
  const d = { start, end: timeText(now + 60_000, "MINUTE"), step: "MINUTE" };
  const { r } = await client.ask<{ r: Instance[] }>(INSTANCES, { s: serviceId(service), d });
  return r.map((one) => ({
    ...one,
    attributes: one.attributes.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }));
}

describe("an app is known to both backends, by", () => {
  for (const runtime of RUNTIMES) {
    const appOf = () => {
      const found = profiled.find((one) => one.app.service.includes(`-${runtime}-`));
      if (found === undefined) throw new Error(`Cannot look at ${runtime}: no app was profiled`);
      return found.app;
    };
    test(`its service, instance and endpoints on ${runtime}`, async () => {
      const { service } = appOf();
      const found = await same("the service", (client) =>
        client.ask<{ r: unknown }>(SERVICE, { n: service }),
      );
      expect(found.r).toMatchObject({ name: service, layers: ["GENERAL"], normal: true });
      const [instance] = await same("the instance", (client) => instancesOf(appOf(), 0, client));
      expect(instance).toMatchObject({ name: `${runtime}@test`, language: "NODEJS" });
      const names = instance?.attributes.map(({ name }) => name) ?? [];
      expect(names).toEqual(expect.arrayContaining(["Process No.", "ipv4s"]));
      const endpoints = await same("the endpoints", async (client) => {
        const { r } = await client.ask<{ r: { id: string; name: string }[] }>(ENDPOINTS, {
          s: serviceId(service),
        });
        return r.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      });
      expect(endpoints.map(({ name }) => name)).toContain("GET:/waiting");
    }, 60_000);
  }
});

test("sw8 joins services on three runtimes to one trace", async () => {
  const options = { program: "tests/oap_e2e/relay_app.ts" };
  await using stack = new AsyncDisposableStack();
  const chain: App[] = [];
  for (const runtime of RUNTIMES) chain.push(stack.use(await startApp(runtime, "relay", tee.grpc, options)));
  const [first, second, third] = chain as [App, App, App];
  const inner = `${second.url}/relay?to=${encodeURIComponent(`${third.url}/relay`)}`;
  const traceId = `joined-${Date.now()}`;
  const path = `/relay?to=${encodeURIComponent(inner)}`;
  const sw8 = ["s", "operator", "i", "/", "a"].map((text) => btoa(text));
  const header = `1-${btoa(traceId)}-${sw8[0]}-0-${sw8.slice(1).join("-")}`;
  expect(await (await fetch(`${first.url}${path}`, { headers: { sw8: header } })).text()).toBe("here");
  interface Span {
    readonly segmentId: string;
    readonly spanId: number;
    readonly type: string;
    readonly serviceCode: string;
    readonly refs: readonly { readonly parentSegmentId: string; readonly parentSpanId: number }[];
  }
  const query = `query($t: ID!) { r: queryTrace(traceId: $t) { spans { traceId segmentId spanId parentSpanId type
    serviceCode serviceInstanceName endpointName peer component layer isError startTime endTime
    refs { traceId parentSegmentId parentSpanId type } tags { key value } } } }`;
  const read = async (client: BackendClient) => {
    const { r } = await client.ask<{ r: { spans: Span[] } }>(query, { t: traceId });
    const key = ({ segmentId, spanId }: Span) => `${segmentId} ${spanId}`;
    return r.spans.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  };
  await until("three segments", async () => (await read(real.client)).length >= 5, SETTLE_MS);
  const spans = await same("the trace", read);
  const spanOf = ({ service }: App, type: string) => {
    const found = spans.find((span) => span.serviceCode === service && span.type === type);
    if (found === undefined) throw new Error(`Cannot find the ${type} span of ${service}`);
    return found;
  };
  for (const [caller, called] of [
    [first, second],
    [second, third],
  ] as const) {
    const exit = spanOf(caller, "Exit");
    expect(spanOf(called, "Entry").refs).toEqual([
      expect.objectContaining({
        traceId,
        parentSegmentId: exit.segmentId,
        parentSpanId: exit.spanId,
        type: "CROSS_PROCESS",
      }),
    ]);
  }
}, 90_000);

test("an instance stays alive by its pings, and one without is no longer listed", async () => {
  const { app } = profiled.at(-1) ?? {};
  if (app === undefined) throw new Error("Cannot look at an app: none was profiled");
  const from = Math.ceil(Date.now() / 60_000) * 60_000;
  await Bun.sleep(from - Date.now());
  await until(
    "that the instance is still listed",
    async () => (await instancesOf(app, from)).length === 1,
    SETTLE_MS,
  );
  expect(await instancesOf(gone, from)).toEqual([]);
  expect(await instancesOf(gone, 0)).toHaveLength(1);
}, 120_000);

test("each task is reported to be finished at its end, by the agent that ran it", async () => {
  expect(profiled.length).toBeGreaterThanOrEqual(RUNTIMES.length * FORMS.length);
  for (const { taskId } of profiled) await logged(real.client, taskId, "EXECUTION_FINISHED", 90_000);
}, 120_000);

test("the backend had nothing to complain about", () => {
  expect(
    real
      .log()
      .split("\n")
      .filter((line) => / ERROR /.test(line)),
  ).toEqual([]);
});
