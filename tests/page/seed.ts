// SPDX-License-Identifier: Apache-2.0
/** A backend that has seen a shop: what the tests of the page look at. */

import { instanceIdOf, serviceIdOf } from "../../lib/oap/ids.ts";
import { type Oap, type StoredSegment, type StoredSpan, startOap } from "../../lib/oap/mod.ts";

export const SERVICE = "shop";
/** As an agent names itself by default. */
export const INSTANCE = "0f8fad5bd9cb469fa16570867728950e@192.168.100.110";
export const ENDPOINT = "GET:/orders";
/** Names that would do harm if they were taken for markup. */
export const EVIL = `GET:/<img src=x onerror="document.title='evil'">`;
export const EVIL_FRAME = `<script>document.title="evil"</script> (src/<b>.ts:1)`;

const serviceId = serviceIdOf(SERVICE);
export const INSTANCE_ID: string = instanceIdOf(serviceId, INSTANCE);

const ROOT = `(request ${ENDPOINT})`;
const LIST = "listOrders (src/orders.ts:12)";
const LOAD = "loadPrices (src/prices.ts:31)";
const PARSE = "parse (src/prices.ts:44)";

/** What the slowest request did: for how many milliseconds with which stack. */
export const TOLD: readonly (readonly [ms: number, ...stack: string[]])[] = [
  [20, ROOT, LIST, LOAD, PARSE],
  [40, ROOT, LIST, LOAD, "(waiting for fetch src/prices.ts:33)"],
  [15, ROOT, LIST, LOAD, "(held by GET:/report)", "render (src/report.ts:8)"],
  [25, ROOT, LIST, LOAD, PARSE],
  [10, ROOT, LIST, EVIL_FRAME],
  [5, ROOT, LIST, "(garbage collector)"],
  [485, ROOT, LIST, "(waiting for setTimeout src/orders.ts:18)"],
];

export interface Seeded {
  readonly oap: Oap;
  readonly url: string;
  readonly taskId: string;
  /** The slowest request's. */
  readonly segmentId: string;
}

/** Starts a backend with three profiled requests of a task that still runs. */
export async function seededOap(): Promise<Seeded> {
  const oap = await startOap();
  const { store } = oap;
  store.addService(SERVICE, "GENERAL");
  store.addInstance(SERVICE, INSTANCE, [{ key: "runtime", value: "node/24.1.0" }]);
  const start = Date.now() - 5_000;
  for (const endpoint of [ENDPOINT, EVIL]) store.addEndpoint(SERVICE, endpoint);
  store.addSegment(segment("plain-1", EVIL, start, 30, { isError: true }));
  const created = store.createTask({
    serviceId,
    endpointName: ENDPOINT,
    startTime: undefined,
    duration: 5,
    minDurationThreshold: 0,
    dumpPeriod: 10,
    maxSamplingCount: 5,
  });
  if (!("task" in created)) throw new Error(`Cannot seed the backend: ${created.errorReason}`);
  const taskId = created.task.id;
  store.logTask(taskId, INSTANCE_ID, "NOTIFIED");
  for (const [i, scale] of [0.5, 1, 0.25].entries()) {
    const told = TOLD.map(([ms, ...stack]) => [ms * scale, ...stack] as const);
    addProfiled(oap, taskId, `segment-${i}`, start + i * 1000, told);
  }
  return { oap, url: `http://127.0.0.1:${oap.restPort}/`, taskId, segmentId: "segment-1" };
}

/** Adds a request with the snapshots an agent would send: at every edge, and every 10 ms between. */
export function addProfiled(
  { store }: Oap,
  taskId: string,
  segmentId: string,
  start: number,
  told: readonly (readonly [ms: number, ...stack: string[]])[],
): void {
  let time = start;
  let sequence = 0;
  const add = (at: number, stack: readonly string[]) =>
    store.addSnapshot({ taskId, segmentId, time: Math.floor(at), sequence: sequence++, stack });
  for (const [ms, ...stack] of told) {
    add(time, stack);
    for (let at = time + 10; at < time + ms; at += 10) add(at, stack);
    time += ms;
    add(time, stack);
  }
  store.addSegment(segment(segmentId, ENDPOINT, start, Math.floor(time - start)));
}

function segment(
  segmentId: string,
  endpointName: string,
  startTime: number,
  duration: number,
  { isError = false }: { readonly isError?: boolean } = {},
): StoredSegment {
  const span = (spanId: number, from: number, to: number, change: Partial<StoredSpan>): StoredSpan => ({
    spanId,
    parentSpanId: spanId - 1,
    startTime: startTime + Math.round(from * duration),
    endTime: startTime + Math.round(to * duration),
    refs: [],
    operationName: endpointName,
    peer: "",
    type: "Entry",
    layer: "Http",
    componentId: 49,
    isError,
    tags: [{ key: "http.status_code", value: isError ? "500" : "200" }],
    logs: [],
    skipAnalysis: false,
    ...change,
  });
  const child = { parentSpanId: 0, operationName: "GET:/prices", type: "Exit" as const, peer: "prices:80" };
  return {
    traceId: `trace-of-${segmentId}`,
    segmentId,
    service: SERVICE,
    instance: INSTANCE,
    serviceId,
    instanceId: INSTANCE_ID,
    endpointName,
    startTime,
    duration,
    isError,
    // Child spans as the prices are fetched: from 20 ms to 60 ms of 600.
    spans: [span(0, 0, 1, {}), span(1, 1 / 30, 1 / 10, child)],
  };
}
