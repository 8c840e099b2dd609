// SPDX-License-Identifier: Apache-2.0
import type { Correlation } from "./correlation.ts";
import type { ReferenceSource } from "./segment_reference.ts";
import type { Span } from "./span.ts";

/** Whom a segment and its spans tell what happens to them. */
export interface SegmentOwner {
  /** Milliseconds on the agent's clock. */
  now(): number;
  /** The operation name of span 0 changed. */
  renamed(segment: Segment): void;
  /** A span of the segment ended; called once for each. */
  spanEnded(span: Span): void;
}

/** What a {@link Segment} begins with. */
export interface SegmentInit {
  readonly id: string;
  readonly owner: SegmentOwner;
  /** Makes the trace id of a segment that has no parent. */
  readonly newTraceId: () => string;
  /** Milliseconds on the agent's clock. */
  readonly startedAt: number;
  readonly epochOffset: number;
  readonly parent: ReferenceSource | undefined;
  readonly correlation: Correlation;
}

/** The spans of one request in this process; what is reported in one piece. */
export class Segment {
  readonly id: string;
  /** In the order of their ids. */
  readonly spans: Span[] = [];
  /** Milliseconds on the agent's clock. */
  readonly startedAt: number;
  /** Added to the agent's clock it gives milliseconds since 1970; one value for all times of the segment. */
  readonly epochOffset: number;
  /** What the app sends along with the trace. */
  readonly correlation: Correlation;
  readonly owner: SegmentOwner;
  /** Set when the profiler takes the segment: it is then reported whatever is sampled out. */
  watched = false;
  /** Something was left out: spans, tags or logs beyond the limits. */
  isSizeLimited = false;
  /** Set when the segment was handed over: nothing is added any more. */
  isFinished = false;
  readonly #parent: ReferenceSource | undefined;
  readonly #newTraceId: () => string;
  #traceId: string | undefined;

  constructor(init: SegmentInit) {
    this.id = init.id;
    this.owner = init.owner;
    this.startedAt = init.startedAt;
    this.epochOffset = init.epochOffset;
    this.correlation = init.correlation;
    this.#parent = init.parent;
    this.#newTraceId = init.newTraceId;
  }

  /** The parent's trace id, or one of its own. */
  get traceId(): string {
    this.#traceId ??= this.#parent?.reference?.traceId ?? this.#newTraceId();
    return this.#traceId;
  }

  /** The operation name of span 0: the endpoint, for a request that was received. */
  get operationName(): string {
    return this.spans[0]?.operationName ?? "";
  }

  /** When span 0 ended, on the agent's clock: the response is out. */
  get endedAt(): number | undefined {
    return this.spans[0]?.endedAt;
  }

  /** What the segment hangs below. */
  get parent(): ReferenceSource | undefined {
    return this.#parent;
  }
}
