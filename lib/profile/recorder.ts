// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "../log.ts";
import type { AwaitObserver, CpuSample, Flow, Runtime, Timer, Wait } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import { CodeSignatures } from "./code_signature.ts";
import { LogicalStacks } from "./logical_stack.ts";
import { type ThreadSnapshot, toSnapshots } from "./snapshot.ts";
import { buildTimeline } from "./timeline.ts";
import type { ThreadEntry } from "./timeline_types.ts";

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
const IDLE_DRAIN_PERIOD_MS = 10_000;
/** A segment is told this long after its end: off the response's path, and one drain serves several. */
const SETTLE_MS = 20;
/** Between two segments that are told, the app has the thread at least this long. */
const TURN_MS = 5;
/** Changes of the thread that are remembered, some 10 MB; in a longer recording the oldest go. */
const MAX_THREAD_ENTRIES = 100_000;
/** Samples that are remembered: eight minutes at 5 ms. */
const MAX_SAMPLES = 100_000;
/** A waiting stack costs 4–8 µs: this many at once, then as many a millisecond as keep it below 5 %. */
const WAIT_BURST = 1_000;
const WAITS_PER_MS = 5;
const MAX_WAITS = 20_000;
const MAX_SOURCE_BYTES = 1_000_000;

/** The recorder of a runtime. */
export function createRecorder({ runtime, log, currentSegment }: RecorderOptions): Recorder {
  const { clock, timers, sampler, tracker, stacks: reader, host } = runtime;
  const signatures = new CodeSignatures({
    readSource: (path) => host.readSource(path, MAX_SOURCE_BYTES),
    baseDir: host.cwd,
  });
  /** Recordings whose snapshots are still to be told: what was seen since the oldest is kept. */
  const unfinished = new Set<Seen>();
  const open = new Map<Flow, Seen>();
  let thread: ThreadEntry[] = [];
  let samples: CpuSample[] = [];
  let armed = false;
  let drainTimer: Timer | undefined;
  let idleTimer: Timer | undefined;
  let settled: Promise<void> | undefined;
  let turn: Promise<void> = Promise.resolve();
  let saidCaveat = false;

  const observer: AwaitObserver = {
    current: currentSegment,
    wantsWait: (flow) => open.get(flow)?.affords(clock.now()) ?? false,
    onThread(at, flow, ended, holder) {
      thread.push({ at, flow, ended, holder });
      if (thread.length > MAX_THREAD_ENTRIES) forget("thread");
    },
    onWait(flow, wait) {
      open.get(flow)?.waits.push(wait);
    },
  };

  function onSamples(batch: readonly CpuSample[]): void {
    if (unfinished.size === 0) return;
    for (const sample of batch) samples.push(sample);
    if (samples.length > MAX_SAMPLES) forget("samples");
  }

  function forget(what: "thread" | "samples"): void {
    if (what === "thread") thread = thread.slice(MAX_THREAD_ENTRIES / 2);
    else samples = samples.slice(MAX_SAMPLES / 2);
    log.throttled(
      `recorder.${what}`,
      "warn",
      "Cannot remember the whole of a long profiled request: its beginning is cut",
    );
  }

  function trim(): void {
    if (unfinished.size === 0) {
      thread = [];
      samples = [];
      return;
    }
    const since = Math.min(...[...unfinished].map((seen) => seen.segment.startedAt));
    const firstSample = samples.findIndex((sample) => sample.at >= since);
    samples = firstSample < 0 ? [] : samples.slice(firstSample);
    // The entry before `since` tells who had the thread at that moment.
    const firstEntry = thread.findLastIndex((entry) => entry.at <= since);
    if (firstEntry > 0) thread = thread.slice(firstEntry);
  }

  const pause = (ms: number): Promise<void> => new Promise((resolve) => void timers.after(ms, resolve));

  function drain(): void {
    sampler.drain().catch((error: unknown) => {
      log.throttled("recorder.drain", "error", () => `Cannot take samples: ${error}`);
    });
  }

  /** Resolves when the samples up to now are here. */
  function settle(): Promise<void> {
    settled ??= pause(SETTLE_MS).then(() => {
      settled = undefined;
      return sampler.drain();
    });
    return settled;
  }

  /** Resolves when it is the caller's turn to hold the thread. */
  function nextTurn(): Promise<void> {
    turn = turn.then(() => pause(TURN_MS));
    return turn;
  }

  function finish(seen: Seen): void {
    if (!unfinished.delete(seen)) return;
    seen.close(clock.now());
    sampler.pause();
    if (unfinished.size === 0) drainTimer?.cancel();
    trim();
  }

  class Seen implements Recording {
    readonly segment: Segment;
    readonly waits: Wait[] = [];
    #closedAt: number | undefined;
    #budget = WAIT_BURST;
    #refilledAt: number;

    constructor(segment: Segment) {
      this.segment = segment;
      this.#refilledAt = segment.startedAt;
    }

    /** Whether one more wait may be captured: a request with thousands of awaits is thinned out evenly. */
    affords(now: number): boolean {
      this.#budget = Math.min(WAIT_BURST, this.#budget + (now - this.#refilledAt) * WAITS_PER_MS);
      this.#refilledAt = now;
      if (this.#budget < 1 || this.waits.length >= MAX_WAITS) return false;
      this.#budget--;
      return true;
    }

    close(at: number): void {
      if (this.#closedAt !== undefined) return;
      this.#closedAt = at;
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
        await nextTurn();
        return this.#tell(options);
      } finally {
        finish(this);
      }
    }

    discard(): void {
      finish(this);
    }

    #tell(options: { taskId: string; periodMs: number; maxDepth: number }): ThreadSnapshot[] {
      const { segment, waits } = this;
      const { epochOffset, startedAt } = segment;
      const endedAt = this.#closedAt ?? clock.now();
      const stretches = buildTimeline({
        flow: segment,
        startedAt,
        endedAt,
        root: `(request ${segment.operationName})`,
        thread: thread.filter(
          (entry, i) => entry.at <= endedAt && (thread[i + 1]?.at ?? endedAt) >= startedAt,
        ),
        waits,
        samples: samples.filter((sample) => sample.at >= startedAt && sample.at <= endedAt),
        stacks: new LogicalStacks(reader, signatures),
        nameOf: (flow) => (flow as Segment).operationName,
        isSeen: (from, to) => Math.floor(from + epochOffset) < Math.floor(to + epochOffset),
        intervalMs: sampler.intervalMs,
      });
      return toSnapshots(stretches, { ...options, traceSegmentId: segment.id, epochOffset });
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
      if (open.size === 0) tracker.start(observer);
      if (unfinished.size === 0) drainTimer = timers.every(sampler.drainPeriodMs, drain);
      open.set(segment, seen);
      unfinished.add(seen);
      sampler.resume();
      return seen;
    },
  };
}
