// SPDX-License-Identifier: Apache-2.0

import { type Duration, timeRangeOf } from "../duration.ts";
import { endpointIdOf } from "../ids.ts";
import type { StoredSegment } from "../model.ts";
import type { Store } from "../store.ts";
import type { Resolvers } from "./resolver.ts";

/** Tags that segments can be found by: SkyWalking's default of `searchableTracesTags`. */
const SEARCHABLE_TAGS: ReadonlySet<string> = new Set([
  "http.method",
  "http.status_code",
  "rpc.status_code",
  "db.type",
  "db.instance",
  "mq.queue",
  "mq.topic",
  "mq.broker",
]);

interface SpanTag {
  readonly key: string;
  readonly value?: string | null;
}

/** The input `TraceQueryCondition`; what is `null`, empty or 0 is not asked for. */
interface Condition {
  readonly serviceId?: string | null;
  readonly serviceInstanceId?: string | null;
  readonly traceId?: string | null;
  readonly endpointId?: string | null;
  readonly queryDuration?: Duration | null;
  readonly minTraceDuration?: number | null;
  readonly maxTraceDuration?: number | null;
  readonly traceState: "ALL" | "SUCCESS" | "ERROR";
  readonly queryOrder: "BY_START_TIME" | "BY_DURATION";
  readonly tags?: readonly SpanTag[] | null;
  readonly paging: { readonly pageNum?: number | null; readonly pageSize: number };
}

interface BasicTrace {
  readonly segmentId: string;
  readonly endpointNames: readonly string[];
  readonly duration: number;
  /** Milliseconds since 1970; a string in this place of the schema only. */
  readonly start: string;
  readonly isError: boolean;
  readonly traceIds: readonly string[];
}

/** Answers which segments there are, which SkyWalking calls traces here, and which tags they have. */
export function traceListResolvers(store: Store): Resolvers {
  return {
    queryBasicTraces: ({ condition }: { condition?: Condition | null }) => {
      if (!condition) throw new TypeError("Cannot list traces: condition is null");
      const { pageNum, pageSize } = condition.paging;
      const first = (Math.max(1, pageNum ?? 1) - 1) * pageSize;
      const matches = matcherOf(condition);
      const order: (segment: StoredSegment) => number =
        condition.queryOrder === "BY_DURATION" ? ({ duration }) => duration : ({ startTime }) => startTime;
      const found = [...store.segments()].filter(matches).sort((a, b) => order(b) - order(a));
      return { traces: found.slice(first, first + Math.max(0, pageSize)).map(toBasicTrace) };
    },
    queryTraceTagAutocompleteKeys: ({ duration }: { duration: Duration }) => {
      const keys = new Set<string>();
      for (const { key } of tagsWithin(store, duration)) keys.add(key);
      return [...keys];
    },
    queryTraceTagAutocompleteValues: ({ tagKey, duration }: { tagKey: string; duration: Duration }) => {
      const values = new Set<string>();
      for (const { key, value } of tagsWithin(store, duration)) if (key === tagKey) values.add(value);
      return [...values];
    },
  };
}

function matcherOf(condition: Condition): (segment: StoredSegment) => boolean {
  const { serviceId, serviceInstanceId, traceId, endpointId, traceState } = condition;
  const min = condition.minTraceDuration || 0;
  const max = condition.maxTraceDuration || Number.POSITIVE_INFINITY;
  const tags = condition.tags ?? [];
  const range = condition.queryDuration && timeRangeOf(condition.queryDuration);
  if (!traceId && !range) {
    throw new TypeError("The condition must contains either queryDuration or traceId.");
  }
  return (segment) =>
    (!serviceId || segment.serviceId === serviceId) &&
    (!serviceInstanceId || segment.instanceId === serviceInstanceId) &&
    (!traceId || segment.traceId === traceId) &&
    (!endpointId || endpointIdOf(segment.serviceId, segment.endpointName) === endpointId) &&
    (!range || (segment.startTime >= range.start && segment.startTime < range.end)) &&
    segment.duration >= min &&
    segment.duration <= max &&
    (traceState === "ALL" || segment.isError === (traceState === "ERROR")) &&
    tags.every((tag) => hasTag(segment, tag));
}

function hasTag(segment: StoredSegment, { key, value }: SpanTag): boolean {
  if (!SEARCHABLE_TAGS.has(key)) return false;
  return segment.spans.some(({ tags }) => tags.some((tag) => tag.key === key && tag.value === value));
}

function* tagsWithin(store: Store, duration: Duration): Generator<{ key: string; value: string }> {
  const { start, end } = timeRangeOf(duration);
  for (const { startTime, spans } of store.segments()) {
    if (startTime < start || startTime >= end) continue;
    for (const { tags } of spans) yield* tags.filter(({ key }) => SEARCHABLE_TAGS.has(key));
  }
}

function toBasicTrace(segment: StoredSegment): BasicTrace {
  return {
    segmentId: segment.segmentId,
    endpointNames: [segment.endpointName],
    duration: segment.duration,
    start: String(segment.startTime),
    isError: segment.isError,
    traceIds: [segment.traceId],
  };
}
