// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../base/steps.ts";
import { MICROTASKS } from "../runtime/microtasks.ts";
import type { Clock, StackReader, Wait, WaitFrequency } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import { Repetition } from "./capture/repetition.ts";
import { WaitBudget } from "./capture/wait_budget.ts";
import type { CodeSignatures } from "./code/code_signature.ts";
import { type ThreadSnapshot, toSnapshots } from "./snapshot.ts";
import { LogicalStacks } from "./stack/logical_stack.ts";
import type { SampleLog } from "./timeline/sample_log.ts";
import type { ThreadLog } from "./timeline/thread_log.ts";
import { Timeline } from "./timeline/timeline.ts";
import type { Run } from "./timeline/timeline_types.ts";

/** What is seen of one segment. */
export interface Recording {
  /** Nothing after `at`, on the agent's clock, belongs to it. Idempotent: the first call counts. */
  close(at: number): void;
  /**
   * Closes if need be, waits for the engine's last samples, and reads the timeline. The result is in
   * sequence order, 0, 1, 2 …, and never empty.
   */
  snapshots(options: {
    readonly taskId: string;
    /** Milliseconds. */
    readonly periodMs: number;
    readonly maxDepth: number;
  }): Promise<readonly ThreadSnapshot[]>;
  /** Forgets it. Idempotent. */
  discard(): void;
}

/** What the recordings of one recorder share. */
export interface RecordingContext {
  readonly clock: Clock;
  readonly thread: ThreadLog;
  readonly samples: SampleLog;
  readonly reader: StackReader;
  readonly signatures: CodeSignatures;
  /** Milliseconds between two of the engine's samples. */
  readonly intervalMs: number;
  /** Does work in turn with the others', bit by bit. */
  readonly work: <T>(steps: Steps<T>) => Promise<T>;
  /** Resolves when the samples up to now are here. */
  readonly settle: () => Promise<void>;
  /** A part was left out. */
  readonly onForgotten: () => void;
  /** Nothing more belongs to it. Called once. */
  readonly onClosed: (recording: SegmentRecording) => void;
  /** It is told, or nobody wants it. May be called again. */
  readonly onFinished: (recording: SegmentRecording) => void;
}

/** Runs and waits that are remembered of a segment until they are told. */
const MAX_UNTOLD = 20_000;
/**
 * So many stacks say how many of them were not known before; more where what was captured before is all that tells the
 * callers.
 */
const ENOUGH_READ = 32;
const ENOUGH_WITHOUT_CALLERS = 256;
/** So many of the waits that are registered last before another function goes on may be those of outer functions. */
const MAX_LAST = 4;

/** The recording of one segment: what comes of it goes into its timeline, as far as its budget and memory go. */
export class SegmentRecording implements Recording {
  readonly segment: Segment;
  readonly timeline: Timeline;
  #closedAt: number | undefined;
  readonly #context: RecordingContext;
  readonly #budget: WaitBudget;
  readonly #repetition = new Repetition();
  readonly #stacks: LogicalStacks;
  /** How many waits were asked for when each was registered. */
  readonly #asked = new WeakMap<Wait, number>();
  /** How many had been asked for when the last ones were registered that were captured since a function went on. */
  readonly #last: number[] = [];

  constructor(segment: Segment, context: RecordingContext) {
    const { startedAt, epochOffset } = segment;
    const { thread, samples, reader, signatures, intervalMs } = context;
    this.segment = segment;
    this.#context = context;
    this.#stacks = new LogicalStacks(reader, signatures);
    this.timeline = new Timeline({
      startedAt,
      epochOffset,
      root: () => `(request ${segment.operationName})`,
      thread,
      samples,
      stacks: this.#stacks,
      intervalMs,
    });
    this.#budget = new WaitBudget(startedAt, reader.share);
  }

  /** The segment goes on, as `wait` ended. */
  woke(wait: Wait, at: number): void {
    this.#budget.woke(this.#asked.get(wait) ?? Infinity, at - wait.at, at);
  }

  /** The segment registered a wait that it affords. */
  waited(wait: Wait): void {
    this.#asked.set(wait, this.#budget.asked);
    if (!MICROTASKS.has(wait.kind)) this.#last.push(this.#budget.asked);
    if (this.#last.length > MAX_LAST) this.#last.shift();
    this.timeline.waited(wait);
  }

  /** The segment had the thread. */
  ran(run: Run): void {
    this.#budget.ran(run);
    this.#noteOuter();
    if (this.timeline.untold < MAX_UNTOLD) this.timeline.ran(run);
    else this.#context.onForgotten();
  }

  /** Whether one more wait may be captured: a request with thousands of awaits is thinned out evenly. */
  affords(frequency: WaitFrequency, source: string, resumed: number): boolean {
    const { clock } = this.#context;
    if (resumed > 0) this.#noteOuter();
    const isLoop = this.#repetition.goesOn(frequency, resumed);
    const hasRoom = this.timeline.untold < MAX_UNTOLD;
    if (hasRoom && this.#budget.take(frequency, source, resumed, clock.now, isLoop)) return true;
    if (frequency !== "entry" && frequency !== "settled") this.timeline.refused();
    return false;
  }

  /** Another function goes on: if nothing was asked for since, the last waits are those of outer functions. */
  #noteOuter(): void {
    if (this.#last.at(-1) === this.#budget.asked) {
      for (const asked of this.#last.reverse()) this.#budget.outer(asked);
    }
    this.#last.length = 0;
  }

  /** Tells what is there up to `until`; what that brought says how much of the rest is to be captured. */
  async advance(until: number): Promise<void> {
    await this.#context.work(this.timeline.advance(until));
    this.#learn(0);
  }

  /** Reads what came lately, which says the same as soon as it is enough. */
  async unpack(): Promise<void> {
    await this.#context.work(this.timeline.unpack());
    this.#learn(this.#context.reader.tellsCallers ? ENOUGH_READ : ENOUGH_WITHOUT_CALLERS);
  }

  #learn(least: number): void {
    const { novelty } = this.#stacks;
    if (this.#budget.learned(novelty, least)) novelty.settle();
  }

  close(at: number): void {
    if (this.#closedAt !== undefined) return;
    this.#closedAt = at;
    this.#context.thread.cut(at);
    this.#context.onClosed(this);
  }

  async snapshots(options: {
    taskId: string;
    periodMs: number;
    maxDepth: number;
  }): Promise<ThreadSnapshot[]> {
    const { clock, settle, work } = this.#context;
    this.close(clock.now());
    try {
      await settle();
      return await work(this.#tell(options));
    } finally {
      this.discard();
    }
  }

  discard(): void {
    this.close(this.#context.clock.now());
    this.#context.onFinished(this);
  }

  *#tell(options: { taskId: string; periodMs: number; maxDepth: number }): Steps<ThreadSnapshot[]> {
    const { id: traceSegmentId, epochOffset } = this.segment;
    const stretches = yield* this.timeline.finish(this.#closedAt ?? this.#context.clock.now());
    return yield* toSnapshots(stretches, { ...options, traceSegmentId, epochOffset });
  }
}
