// SPDX-License-Identifier: Apache-2.0

import type { StoredSegment } from "./model.ts";

/** Limits of a {@link TraceStore}. */
export interface TraceStoreOptions {
  /** The most segments of all traces together. */
  readonly maxSegments: number;
  /** The most characters of all segments together. */
  readonly maxChars: number;
  /** Whether snapshots of this segment have come. */
  readonly isProfiled: (segmentId: string) => boolean;
  /** Called with the ids of segments that had to go. */
  readonly dropped: (segmentIds: readonly string[]) => void;
}

interface Trace {
  readonly segments: StoredSegment[];
  chars: number;
}

/**
 * Segments by trace. Where they grow too many, the oldest trace goes as a whole: first one that nobody profiled, for
 * a busy service would otherwise push the few profiled requests out in seconds. These have at most half of the room.
 */
export class TraceStore {
  readonly #ordinary = new Map<string, Trace>();
  readonly #profiled = new Map<string, Trace>();
  readonly #bySegment = new Map<string, StoredSegment>();
  readonly #options: TraceStoreOptions;
  #profiledSegments = 0;
  #chars = 0;

  constructor(options: TraceStoreOptions) {
    this.#options = options;
  }

  /** How many segments are stored. */
  get size(): number {
    return this.#bySegment.size;
  }

  /** Stores a segment and returns whether it is new: one with the id of an earlier one adds nothing. */
  add(segment: StoredSegment): boolean {
    if (this.#bySegment.has(segment.segmentId)) return false;
    const chars = charsOf(segment);
    this.#makeRoom(chars);
    const { traceId, segmentId } = segment;
    const trace = this.#profiled.get(traceId) ?? this.#ordinary.get(traceId) ?? { segments: [], chars: 0 };
    trace.segments.push(segment);
    trace.chars += chars;
    this.#chars += chars;
    this.#bySegment.set(segmentId, segment);
    if (this.#profiled.has(traceId)) this.#profiledSegments++;
    else this.#ordinary.set(traceId, trace);
    if (this.#options.isProfiled(segmentId)) this.keep(segmentId);
    return true;
  }

  /** The segment's trace is now one that was profiled. */
  keep(segmentId: string): void {
    const traceId = this.#bySegment.get(segmentId)?.traceId;
    const trace = traceId === undefined ? undefined : this.#ordinary.get(traceId);
    if (traceId === undefined || trace === undefined) return;
    this.#ordinary.delete(traceId);
    this.#profiled.set(traceId, trace);
    this.#profiledSegments += trace.segments.length;
  }

  segment(segmentId: string): StoredSegment | undefined {
    return this.#bySegment.get(segmentId);
  }

  /** All segments, those that nobody profiled first. */
  *values(): Generator<StoredSegment> {
    for (const { segments } of this.#ordinary.values()) yield* segments;
    for (const { segments } of this.#profiled.values()) yield* segments;
  }

  /** Gives a segment up, and the rest of its trace with it. Returns the ids of all these segments. */
  removeTraceOf(segmentId: string): readonly string[] {
    const traceId = this.#bySegment.get(segmentId)?.traceId;
    if (traceId === undefined) return [];
    return this.#remove(this.#profiled.has(traceId) ? this.#profiled : this.#ordinary, traceId);
  }

  /** The segments of a trace, in the order they came. */
  trace(traceId: string): readonly StoredSegment[] {
    return (this.#profiled.get(traceId) ?? this.#ordinary.get(traceId))?.segments ?? [];
  }

  #makeRoom(chars: number): void {
    const { maxSegments, maxChars } = this.#options;
    while (this.size > 0 && (this.size >= maxSegments || this.#chars + chars > maxChars)) {
      const isProfiledTurn = this.#ordinary.size === 0 || this.#profiledSegments > maxSegments / 2;
      this.#dropOldest(isProfiledTurn ? this.#profiled : this.#ordinary);
    }
  }

  #dropOldest(traces: Map<string, Trace>): void {
    const oldest = traces.keys().next();
    if (!oldest.done) this.#options.dropped(this.#remove(traces, oldest.value));
  }

  #remove(traces: Map<string, Trace>, traceId: string): readonly string[] {
    const trace = traces.get(traceId);
    if (trace === undefined) return [];
    traces.delete(traceId);
    const ids = trace.segments.map(({ segmentId }) => segmentId);
    for (const id of ids) this.#bySegment.delete(id);
    this.#chars -= trace.chars;
    if (traces === this.#profiled) this.#profiledSegments -= ids.length;
    return ids;
  }
}

/** What a segment's texts take; its numbers are as bounded as its spans are. */
function charsOf(segment: StoredSegment): number {
  let chars = segment.traceId.length + segment.segmentId.length;
  for (const span of segment.spans) {
    // 200 stands for the fields of fixed size, so that empty spans count too.
    chars += 200 + span.operationName.length + span.peer.length;
    for (const { key, value } of span.tags) chars += key.length + value.length;
    for (const { data } of span.logs) {
      for (const { key, value } of data) chars += key.length + value.length;
    }
    for (const ref of span.refs) chars += ref.traceId.length + ref.parentSegmentId.length;
  }
  return chars;
}
