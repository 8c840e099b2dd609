// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "../log.ts";
import type { Clock, Timers } from "../runtime/runtime.ts";
import { Active } from "./active.ts";
import { Carrier, CarrierEncoder } from "./carrier.ts";
import { Correlation } from "./correlation.ts";
import { createIdSource } from "./id_source.ts";
import { Segment, type SegmentOwner } from "./segment.ts";
import type { ReferenceSource } from "./segment_reference.ts";
import { Span, type SpanKind } from "./span.ts";

/** Follows what happens to segments. An exception is logged and goes no further. */
export interface SegmentListener {
  /** The segment has its span 0; the handler has not been called yet. */
  started(segment: Segment): void;
  /** The handler is about to be called. */
  entered(segment: Segment): void;
  /** The handler gave the thread back: it returned, threw, or waits. */
  left(segment: Segment): void;
  /** The operation name of span 0 changed. */
  renamed(segment: Segment): void;
  /** Span 0 ended: the response is out. */
  ended(segment: Segment): void;
}

/** The headers a trace comes with. */
export interface ReceivedHeaders {
  readonly sw8?: string | undefined;
  readonly correlation?: string | undefined;
}

/** What a {@link Tracer} works with. */
export interface TracerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  readonly service: string;
  readonly serviceInstance: string;
  /** Takes each segment once, when all its spans have ended. */
  readonly sink: (segment: Segment) => void;
  /** Whether a finished segment is reported; asked for those only that are not profiled. Default: all are. */
  readonly isKept?: (segment: Segment) => boolean;
  /** Most spans of a segment. @default {300} as SkyWalking's other agents */
  readonly maxSpans?: number;
}

const MAX_SPANS = 300;
/** Work that outlives the response is waited for, then what it is part of must be reported. */
const LINGER_MS = 10_000;
/** Most segments that are waited for. */
const MAX_LINGERING = 10_000;
/** An interval that was set by a request would otherwise lengthen its trace forever. */
const LINK_MS = 60_000;

/** Makes spans, says which is active, and hands finished segments over. */
export class Tracer implements SegmentOwner {
  readonly #options: TracerOptions;
  readonly #maxSpans: number;
  readonly #active: Active = new Active();
  readonly #carriers: CarrierEncoder;
  readonly #newId: () => string = createIdSource();
  /** Segments whose span 0 has ended while others are open. */
  readonly #lingering = new Set<Segment>();
  #listeners: readonly SegmentListener[] = [];
  #isClosed = false;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#maxSpans = options.maxSpans ?? MAX_SPANS;
    this.#carriers = new CarrierEncoder(options.service, options.serviceInstance);
  }

  /** Adds a listener; the returned function takes it away. */
  addListener(listener: SegmentListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** The span of the running code; it may have ended. */
  current(): Span | undefined {
    return this.#active.current();
  }

  /**
   * Starts a segment for a request that was received; `undefined` once the tracer is closed.
   *
   * What is active does not matter: it is not the caller, but at most what the runtime left behind.
   */
  startEntry(operationName: string, received: ReceivedHeaders = {}): Span | undefined {
    if (this.#isClosed) return undefined;
    const parent = received.sw8 ? new Carrier(received.sw8) : undefined;
    return this.#startSegment("entry", operationName, parent, new Correlation(received.correlation));
  }

  /** Starts a step within the process; `undefined` where it is not to be traced. */
  startLocal(operationName: string, parent: Span | undefined = this.current()): Span | undefined {
    return this.#start("local", operationName, parent);
  }

  /**
   * Starts a call to `peer`, as `host:port`; `undefined` where it is not to be traced. A call that a library
   * makes on behalf of one that is active already is that same call.
   */
  startExit(
    operationName: string,
    peer: string,
    parent: Span | undefined = this.current(),
  ): Span | undefined {
    if (parent?.kind === "exit" && parent.endedAt === undefined) return undefined;
    const span = this.#start("exit", operationName, parent);
    if (span) span.peer = peer;
    return span;
  }

  /** The value of `sw8` for what an exit span calls. */
  inject(span: Span): string {
    return this.#carriers.encode(span);
  }

  /** Calls `fn` as the code of `span`. */
  run<A extends unknown[], T>(span: Span, fn: (...args: A) => T, ...args: A): T {
    return this.apply(span, fn, undefined, args);
  }

  /** Calls `fn` as the code of `span`, with `self` as its `this`. */
  apply<A extends unknown[], T>(span: Span, fn: (...args: A) => T, self: unknown, args: A): T {
    const { segment } = span;
    const listeners = this.#listeners;
    const isFollowed = listeners.length > 0 && segment.endedAt === undefined;
    if (!isFollowed || this.current()?.segment === segment) {
      return this.#active.apply(span, fn, self, args);
    }
    this.#notify(listeners, "entered", segment);
    try {
      return this.#active.apply(span, fn, self, args);
    } finally {
      this.#notify(listeners, "left", segment);
    }
  }

  /** Calls `fn` so that neither it nor what it starts is traced: for the agent's own work. */
  untraced<T>(fn: () => T): T {
    return this.#active.untraced(fn, undefined, []);
  }

  /** As {@link untraced}, with `self` as the `this` of `fn`: for a request that is ignored. */
  applyUntraced<A extends unknown[], T>(fn: (...args: A) => T, self: unknown, args: A): T {
    return this.#active.untraced(fn, self, args);
  }

  /** Starts nothing any more, and hands over what only waits for late spans. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const segment of [...this.#lingering]) this.#forceEnd(segment);
  }

  /** For spans: the agent's clock. */
  now(): number {
    return this.#options.clock.now();
  }

  /** For spans: span 0 has another name. */
  renamed(segment: Segment): void {
    this.#notify(this.#listeners, "renamed", segment);
  }

  /** For spans: one has ended. */
  spanEnded(span: Span): void {
    const { segment } = span;
    if (span.id === 0) this.#notify(this.#listeners, "ended", segment);
    if (segment.endedAt === undefined) return;
    if (segment.spans.every(hasEnded)) this.#finish(segment);
    else if (span.id === 0) this.#linger(segment);
  }

  #start(kind: SpanKind, operationName: string, parent: Span | undefined): Span | undefined {
    if (this.#isClosed || this.#active.isUntraced()) return undefined;
    if (!parent) return this.#startSegment(kind, operationName, undefined, new Correlation());
    const { segment } = parent;
    if (segment.isFinished) return this.#continue(kind, operationName, parent);
    if (segment.spans.length < this.#maxSpans) {
      return new Span({ segment, parentId: parent.id, kind, operationName, startedAt: this.now() });
    }
    segment.isSizeLimited = true;
    return undefined;
  }

  /** What a request left running after it was reported goes on in a segment of its own. */
  #continue(kind: SpanKind, operationName: string, { segment, id }: Span): Span {
    const isLinked = this.now() - (segment.endedAt ?? 0) < LINK_MS;
    if (!isLinked) return this.#startSegment(kind, operationName, undefined, new Correlation());
    const { service, serviceInstance } = this.#options;
    return this.#startSegment(
      kind,
      operationName,
      {
        reference: {
          // The only kind whose segments the backend joins within one process.
          refType: "crossthread",
          traceId: segment.traceId,
          parentTraceSegmentId: segment.id,
          parentSpanId: id,
          parentService: service,
          parentServiceInstance: serviceInstance,
          parentEndpoint: segment.operationName,
          networkAddressUsedAtPeer: "",
        },
      },
      segment.correlation,
    );
  }

  #startSegment(
    kind: SpanKind,
    operationName: string,
    parent: ReferenceSource | undefined,
    correlation: Correlation,
  ): Span {
    const { clock } = this.#options;
    const startedAt = clock.now();
    const segment = new Segment({
      id: this.#newId(),
      owner: this,
      newTraceId: this.#newId,
      startedAt,
      epochOffset: clock.epochOffset(startedAt),
      parent,
      correlation,
    });
    const span = new Span({ segment, parentId: -1, kind, operationName, startedAt });
    this.#notify(this.#listeners, "started", segment);
    return span;
  }

  #linger(segment: Segment): void {
    this.#lingering.add(segment);
    const [oldest] = this.#lingering;
    if (oldest && this.#lingering.size > MAX_LINGERING) this.#forceEnd(oldest);
    this.#options.timers.after(LINGER_MS, () => this.#forceEnd(segment));
  }

  #forceEnd(segment: Segment): void {
    if (segment.isFinished) return;
    const at = this.now();
    for (const span of segment.spans) span.end(at);
  }

  #finish(segment: Segment): void {
    if (segment.isFinished) return;
    segment.isFinished = true;
    this.#lingering.delete(segment);
    const { sink, isKept, log } = this.#options;
    try {
      if (segment.watched || !isKept || isKept(segment)) sink(segment);
    } catch (error) {
      log.throttled("sink", "error", () => `Cannot report a segment: ${error}`);
    }
  }

  #notify(listeners: readonly SegmentListener[], event: keyof SegmentListener, segment: Segment): void {
    for (const listener of listeners) {
      try {
        listener[event](segment);
      } catch (error) {
        this.#options.log.throttled(
          "listener",
          "error",
          () => `Cannot follow a segment that ${event}: ${error}`,
        );
      }
    }
  }
}

function hasEnded(span: Span): boolean {
  return span.endedAt !== undefined;
}
