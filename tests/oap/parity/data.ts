// SPDX-License-Identifier: Apache-2.0
/** Random requests with random stacks, the same for the same seed. */

import { RefType, SpanLayer, SpanType } from "../../../proto/gen/tracing_pb.ts";
import type { SegmentInit, SnapshotInit, SpanInit } from "../support.ts";

/** Whole numbers below `limit`. */
export type Random = (limit: number) => number;

/** A xorshift generator; the seed must not be 0. */
export function randomOf(seed: number): Random {
  let state = seed | 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** A profiled segment: its snapshots, and when it began and ended in milliseconds since 1970. */
export interface Recording {
  readonly segmentId: string;
  readonly start: number;
  readonly end: number;
  readonly snapshots: readonly Omit<SnapshotInit, "taskId">[];
}

/**
 * A walk over call stacks that pushes, pops, recurses, at times changes its root, and has holes. No stack is empty: the
 * real backend on H2 reads such a one as nothing and fails the whole analysis (10.1.0).
 */
export function recordingOf(random: Random, segmentId: string, start: number, length: number): Recording {
  const snapshots: Omit<SnapshotInit, "taskId">[] = [];
  let stack = ["root-0"];
  let time = start;
  for (let sequence = 0; sequence < length; sequence++) {
    for (let n = random(3); n > 0 && stack.length > 1; n--) stack.pop();
    for (let n = random(4); n > 0 && stack.length < 12; n--) stack.push(`f${random(5)}:${random(2)}`);
    if (random(20) === 0) stack = [`root-${random(3)}`];
    // The first one must come: without it a real backend lists nothing.
    const isLost = sequence > 0 && random(12) === 0;
    const traceSegmentId = segmentId;
    if (!isLost)
      snapshots.push({ traceSegmentId, time: BigInt(time), sequence, stack: { codeSignatures: [...stack] } });
    time += 5 + random(20);
  }
  return { segmentId, start, end: time, snapshots };
}

/** A part of the recording that has at least one snapshot: of an empty one the real backend on H2 shows sequence 0. */
export function windowOf(random: Random, { snapshots }: Recording): { start: number; end: number } {
  const pick = () => Number(snapshots[random(snapshots.length)]?.time ?? 0n);
  const [a, b] = [pick(), pick()];
  return { start: Math.min(a, b) - random(2) * random(8), end: Math.max(a, b) + random(2) * random(8) };
}

/** Which names the segments of a trace get. */
export interface TraceNames {
  readonly traceId: string;
  readonly service: string;
  readonly instances: readonly string[];
}

/**
 * The segments of a trace: some caused by other processes, some by threads. Threads are at most two deep: beyond that a
 * real backend loses some, depending on how it hashes their ids.
 */
export function traceOf(
  random: Random,
  { traceId, service, instances }: TraceNames,
  start: number,
): SegmentInit[] {
  const segments: SegmentInit[] = [];
  const depths: number[] = [];
  const count = 1 + random(6);
  for (let index = 0; index < count; index++) {
    const parent = index === 0 ? undefined : random(index);
    const isThread = parent !== undefined && (depths[parent] ?? 0) < 2 && random(3) > 0;
    depths.push(isThread ? (depths[parent] ?? 0) + 1 : 0);
    segments.push({
      traceId,
      traceSegmentId: `${traceId}.${index}`,
      service,
      serviceInstance: instances[random(8) === 0 ? 1 : 0] ?? "",
      spans: spansOf(random, start + random(50), {
        refs:
          parent === undefined
            ? []
            : [
                {
                  refType: isThread ? RefType.CrossThread : RefType.CrossProcess,
                  traceId,
                  parentTraceSegmentId: random(9) === 0 ? "missing" : `${traceId}.${parent}`,
                  parentSpanId: 0,
                  parentService: service,
                  parentServiceInstance: "i",
                  parentEndpoint: "GET:/0",
                  networkAddressUsedAtPeer: "127.0.0.1:80",
                },
              ],
      }),
    });
  }
  return segments;
}

const LAYERS = [
  SpanLayer.Unknown,
  SpanLayer.Database,
  SpanLayer.RPCFramework,
  SpanLayer.Http,
  SpanLayer.MQ,
  SpanLayer.Cache,
  SpanLayer.FAAS,
] as const;
const COMPONENTS = [
  0, 1, 2, 5, 7, 9, 22, 23, 27, 40, 41, 47, 49, 50, 51, 52, 53, 4001, 4002, 4003, 4004, 4005, 4006, 99999,
] as const;

function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[random(items.length)] ?? items[0];
}

function spansOf(random: Random, start: number, first: Partial<SpanInit>): SpanInit[] {
  const spans: SpanInit[] = [];
  for (let spanId = 0, count = 1 + random(4); spanId < count; spanId++) {
    const startTime = start + random(30);
    const spanType = pick(
      random,
      spanId === 0 ? [SpanType.Entry, SpanType.Exit, SpanType.Local] : [SpanType.Exit, SpanType.Local],
    );
    spans.push({
      spanId,
      parentSpanId: spanId - 1,
      startTime: BigInt(startTime),
      endTime: BigInt(startTime + random(400)),
      operationName: `GET:/${random(4)}`,
      peer: spanType === SpanType.Exit ? `127.0.0.1:${8000 + random(9)}` : "",
      spanType,
      spanLayer: pick(random, LAYERS),
      componentId: pick(random, COMPONENTS),
      isError: random(5) === 0,
      tags: random(2) === 0 ? [] : [{ key: "http.method", value: "GET" }],
      logs: random(4) > 0 ? [] : [{ time: BigInt(startTime), data: [{ key: "event", value: "error" }] }],
      ...(spanId === 0 ? first : {}),
    });
  }
  // Agents list the first span last, as it ends last; the order decides the segment's endpoint.
  return random(2) === 0 ? spans : spans.toReversed();
}
