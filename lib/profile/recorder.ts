// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "../log.ts";
import type { AwaitObserver, CpuSample, Flow, Runtime, Timer, WaitFrequency } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import { type Steps, sliced } from "./_steps.ts";
import { WaitBudget } from "./_wait_budget.ts";
import { CodeSignatures } from "./code_signature.ts";
import { LogicalStacks } from "./logical_stack.ts";
import { SampleLog } from "./sample_log.ts";
import { type ThreadSnapshot, toSnapshots } from "./snapshot.ts";
import { ThreadLog } from "./thread_log.ts";
import { Timeline } from "./timeline.ts";
import type { Run } from "./timeline_types.ts";

/** Records segments while a task runs. */
export interface Recorder {
  /** Why nothing can be recorded here, or `undefined`. */
  unavailable(): string | undefined;
  /** A task starts: the engine's sampler goes on, which may block the loop once. Idempotent. */
  arm(): void;
  /** The task ended and no recording is open. Idempotent. */
  disarm(): void;
  /** Records `segment`, from its start on. */
  open(segment: Segment): Recording;
}

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

/** What {@link createRecorder} works with. */
export interface RecorderOptions {
  readonly runtime: Runtime;
  readonly log: Logger;
  /** The segment of the running code, from its async context. */
  readonly currentSegment: () => Segment | undefined;
}

/** A profile nobody wants is thrown away this often. */
const IDLE_DRAIN_PERIOD_MS = 5_000;
/** A segment is told this long after its end: off the response's path, and one drain serves several. */
const SETTLE_MS = 20;
/** A segment that goes on is told bit by bit from this age on, or when it has seen so much. */
const DIGEST_MS = 2_000;
const DIGEST_UNTOLD = 2_000;
/** From that age on traces are kept as such for so long at most: before, it would be work while the request runs. */
const UNPACK_PERIOD_MS = 100;
/** Samples that are remembered: twelve minutes at 7 ms. */
const MAX_SAMPLES = 100_000;
/** Runs and waits that are remembered of a segment until they are told. */
const MAX_UNTOLD = 20_000;
const MAX_SOURCE_BYTES = 1_000_000;

/** The recorder of a runtime. */
export function createRecorder({ runtime, log, currentSegment }: RecorderOptions): Recorder {
  const { clock, timers, sampler, tracker, stacks: reader, host } = runtime;
  const signatures = new CodeSignatures({
    readSource: (path) => host.readSource(path, MAX_SOURCE_BYTES),
    baseDir: host.cwd,
  });
  /** Recordings whose snapshots are still to be told. */
  const unfinished = new Set<Seen>();
  const open = new Map<Flow, Seen>();
  const samples = new SampleLog(MAX_SAMPLES);
  const thread = new ThreadLog({
    nameOf: (flow) => (flow as Segment).operationName,
    onRun: (flow, run) => open.get(flow)?.ran(run),
  });
  let armed = false;
  let drainTimer: Timer | undefined;
  let unpackTimer: Timer | undefined;
  let idleTimer: Timer | undefined;
  let settled: Promise<void> | undefined;
  let working: Promise<unknown> = Promise.resolve();
  let isDigesting = false;
  let isUnpacking = false;
  let saidCaveat = false;

  const observer: AwaitObserver = {
    current: currentSegment,
    isWatched: (flow) => open.has(flow),
    wantsWait: (flow, frequency, resumed) => open.get(flow)?.affords(frequency, resumed) ?? false,
    onThread: (at, flow, ended, holder) => thread.change(at, flow, ended, holder),
    onWait: (flow, wait) => open.get(flow)?.timeline.waited(wait),
  };

  function onSamples(batch: readonly CpuSample[]): void {
    if (unfinished.size > 0 && !samples.add(batch)) sayForgotten();
  }

  function sayForgotten(): void {
    log.throttled(
      "recorder.forgotten",
      "warn",
      "Cannot remember all of a profiled request that does very much: a part of it is left out",
    );
  }

  const pause = (ms: number): Promise<void> => new Promise((resolve) => void timers.after(ms, resolve));

  /** Does work when what was begun before is done, and lets the app have the thread in between. */
  function work<T>(steps: Steps<T>): Promise<T> {
    const done = working.then(() => sliced(steps, clock, timers));
    working = done.catch(() => {});
    return done;
  }

  function drain(): void {
    const until = clock.now();
    sampler
      .drain()
      .then(() => digest(until))
      .catch((error: unknown) => {
        log.throttled("recorder.drain", "error", () => `Cannot take samples: ${error}`);
      });
  }

  async function unpack(): Promise<void> {
    if (isUnpacking) return;
    isUnpacking = true;
    const from = clock.now() - DIGEST_MS;
    try {
      for (const { segment, timeline } of [...unfinished]) {
        if (segment.startedAt < from) await work(timeline.unpack());
      }
    } catch (error) {
      log.throttled("recorder.unpack", "error", () => `Cannot read stacks: ${error}`);
    } finally {
      isUnpacking = false;
    }
  }

  /** Tells long recordings up to `until`, so that what was seen of them need not be kept. */
  async function digest(until: number): Promise<void> {
    thread.settle();
    if (isDigesting) return;
    isDigesting = true;
    try {
      for (const seen of [...unfinished]) {
        const { toldUntil, untold } = seen.timeline;
        if (until - toldUntil > DIGEST_MS || untold > DIGEST_UNTOLD) await seen.advance(until);
      }
      trim();
    } finally {
      isDigesting = false;
    }
  }

  function trim(): void {
    samples.trim(Math.min(Infinity, ...[...unfinished].map(({ timeline }) => timeline.toldUntil)));
  }

  /** Resolves when the samples up to now are here. */
  function settle(): Promise<void> {
    settled ??= pause(SETTLE_MS).then(() => {
      settled = undefined;
      return sampler.drain();
    });
    return settled;
  }

  function finish(seen: Seen): void {
    if (!unfinished.delete(seen)) return;
    seen.close(clock.now());
    sampler.pause();
    if (unfinished.size === 0) {
      drainTimer?.cancel();
      unpackTimer?.cancel();
    }
    trim();
  }

  class Seen implements Recording {
    readonly segment: Segment;
    readonly timeline: Timeline;
    #closedAt: number | undefined;
    readonly #budget: WaitBudget;
    readonly #stacks = new LogicalStacks(reader, signatures);

    constructor(segment: Segment) {
      const { startedAt, epochOffset } = segment;
      this.segment = segment;
      this.timeline = new Timeline({
        startedAt,
        epochOffset,
        root: () => `(request ${segment.operationName})`,
        thread,
        samples,
        stacks: this.#stacks,
        intervalMs: sampler.intervalMs,
      });
      this.#budget = new WaitBudget(startedAt, reader.share);
    }

    ran(run: Run): void {
      this.#budget.ran(run);
      if (this.timeline.untold < MAX_UNTOLD) this.timeline.ran(run);
      else sayForgotten();
    }

    /** Whether one more wait may be captured: a request with thousands of awaits is thinned out evenly. */
    affords(frequency: WaitFrequency, resumed: number): boolean {
      if (this.timeline.untold < MAX_UNTOLD && this.#budget.take(frequency, resumed, clock.now)) return true;
      if (frequency !== "entry") this.timeline.refused();
      return false;
    }

    /** Tells what is there up to `until`; what that brought says how much of the rest is to be captured. */
    async advance(until: number): Promise<void> {
      await work(this.timeline.advance(until));
      this.#budget.learned(this.#stacks.takeNovelty());
    }

    close(at: number): void {
      if (this.#closedAt !== undefined) return;
      this.#closedAt = at;
      thread.cut(at);
      open.delete(this.segment);
      if (open.size === 0) tracker.stop();
    }

    async snapshots(options: {
      taskId: string;
      periodMs: number;
      maxDepth: number;
    }): Promise<ThreadSnapshot[]> {
      this.close(clock.now());
      try {
        await settle();
        return await work(this.#tell(options));
      } finally {
        finish(this);
      }
    }

    discard(): void {
      finish(this);
    }

    *#tell(options: { taskId: string; periodMs: number; maxDepth: number }): Steps<ThreadSnapshot[]> {
      const { id: traceSegmentId, epochOffset } = this.segment;
      const stretches = yield* this.timeline.finish(this.#closedAt ?? clock.now());
      return yield* toSnapshots(stretches, { ...options, traceSegmentId, epochOffset });
    }
  }

  return {
    unavailable: () => sampler.unavailable(),
    arm() {
      if (armed) return;
      armed = true;
      const blockedMs = sampler.start(onSamples);
      log.info(
        () => `The engine's profiler is on; starting it held the event loop for ${blockedMs.toFixed(1)} ms`,
      );
      const caveat = sampler.caveat();
      if (caveat && !saidCaveat) log.warn(caveat);
      saidCaveat = true;
      idleTimer = timers.every(IDLE_DRAIN_PERIOD_MS, () => {
        if (unfinished.size === 0) drain();
      });
    },
    disarm() {
      if (!armed) return;
      armed = false;
      idleTimer?.cancel();
      for (const seen of [...unfinished]) finish(seen);
      sampler.stop();
    },
    open(segment) {
      const seen = new Seen(segment);
      if (open.size === 0) {
        thread.clear();
        tracker.start(observer);
      }
      if (unfinished.size === 0) {
        drainTimer = timers.every(sampler.drainPeriodMs, drain);
        unpackTimer = timers.every(UNPACK_PERIOD_MS, () => void unpack());
      }
      open.set(segment, seen);
      unfinished.add(seen);
      sampler.resume();
      return seen;
    },
  };
}
