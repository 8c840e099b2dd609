// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../base/steps.ts";
import type { Logger } from "../log.ts";
import type { AwaitObserver, CpuSample, Flow, Runtime, Timer } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import { sliced } from "./_sliced.ts";
import { CodeSignatures } from "./code/code_signature.ts";
import { type Recording, type RecordingContext, SegmentRecording } from "./recording.ts";
import { SampleLog } from "./timeline/sample_log.ts";
import { ThreadLog } from "./timeline/thread_log.ts";

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

/** What {@link createRecorder} works with. */
export interface RecorderOptions {
  readonly runtime: Runtime;
  readonly log: Logger;
  /** The segment of the running code, from its async context. */
  readonly currentSegment: () => Segment | undefined;
}

/** A segment is told this long after its end: off the response's path, and one drain serves several. */
const SETTLE_MS = 20;
/** A segment that goes on is told bit by bit from this age on, or when it has seen so much. */
const DIGEST_MS = 2_000;
const DIGEST_UNTOLD = 2_000;
/** From this age on traces are kept as such for so long at most: before, it would be work while the request runs. */
const UNPACK_AGE_MS = 500;
const UNPACK_PERIOD_MS = 100;
/** Samples that are remembered: twelve minutes at 7 ms. */
const MAX_SAMPLES = 100_000;
const MAX_SOURCE_BYTES = 4_000_000;
const MAX_MAP_BYTES = 8_000_000;

/** The recorder of a runtime. */
export function createRecorder({ runtime, log, currentSegment }: RecorderOptions): Recorder {
  const { clock, timers, sampler, tracker, stacks: reader, host } = runtime;
  const signatures = new CodeSignatures({
    readSource: (path) => host.readSource(path, MAX_SOURCE_BYTES),
    readMap: (path) => host.readSource(path, MAX_MAP_BYTES),
    findMap: host.findSourceMap,
    baseDir: host.cwd,
  });
  /** Recordings whose snapshots are still to be told. */
  const unfinished = new Set<SegmentRecording>();
  const open = new Map<Flow, SegmentRecording>();
  const samples = new SampleLog(MAX_SAMPLES);
  const thread = new ThreadLog({
    nameOf: (flow) => (flow as Segment).operationName,
    onRun: (flow, run) => open.get(flow)?.ran(run),
  });
  let armed = false;
  let drainTimer: Timer | undefined;
  let drainAt = Number.POSITIVE_INFINITY;
  let unpackTimer: Timer | undefined;
  let settled: Promise<void> | undefined;
  let working: Promise<unknown> = Promise.resolve();
  let isDigesting = false;
  let isUnpacking = false;
  let saidCaveat = false;

  const observer: AwaitObserver = {
    current: currentSegment,
    isWatched: (flow) => open.has(flow),
    wantsWait: (flow, frequency, source, resumed) =>
      open.get(flow)?.affords(frequency, source, resumed) ?? false,
    onThread(at, flow, ended, holder) {
      thread.change(at, flow, ended, holder);
      if (flow && ended) open.get(flow)?.woke(ended, at);
    },
    onWait: (flow, wait) => open.get(flow)?.waited(wait),
    onFailure(error) {
      log.throttled(
        "recorder.tracker",
        "warn",
        () => `Could not see all that profiled requests waited for: ${error}`,
      );
    },
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

  /** Drains now and then, also what nobody wants: it would be much by the time that somebody does. */
  function drainLater(): void {
    const periodMs = sampler.drainPeriodMs;
    const at = clock.now() + periodMs;
    if (!armed || drainAt <= at) return;
    drainTimer?.cancel();
    drainAt = at;
    drainTimer = timers.after(periodMs, () => {
      drainAt = Number.POSITIVE_INFINITY;
      drain();
      drainLater();
    });
  }

  async function unpack(): Promise<void> {
    if (isUnpacking) return;
    isUnpacking = true;
    const from = clock.now() - UNPACK_AGE_MS;
    try {
      for (const recording of [...unfinished]) {
        if (recording.segment.startedAt < from) await recording.unpack();
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
      for (const recording of [...unfinished]) {
        const { toldUntil, untold } = recording.timeline;
        if (until - toldUntil > DIGEST_MS || untold > DIGEST_UNTOLD) await recording.advance(until);
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

  const context: RecordingContext = {
    clock,
    thread,
    samples,
    reader,
    signatures,
    intervalMs: sampler.intervalMs,
    work,
    settle,
    onForgotten: sayForgotten,
    onClosed({ segment }) {
      open.delete(segment);
      if (open.size > 0) return;
      tracker.stop();
      thread.change(clock.now(), undefined, undefined, undefined);
    },
    onFinished(recording) {
      if (!unfinished.delete(recording)) return;
      sampler.pause();
      if (unfinished.size === 0) {
        unpackTimer?.cancel();
        // Not as the tracker stops: one that has ended, and is yet to be told, knows by it who had the thread.
        thread.clear();
      }
      trim();
    },
  };

  return {
    unavailable: () => sampler.unavailable(),
    arm() {
      if (armed) return;
      armed = true;
      const from = clock.now();
      tracker.prepare();
      const blockedMs = clock.now() - from + sampler.start(onSamples);
      log.info(
        () => `The engine's profiler is on; starting it held the event loop for ${blockedMs.toFixed(1)} ms`,
      );
      const caveat = sampler.caveat();
      if (caveat && !saidCaveat) log.warn(caveat);
      saidCaveat = true;
      drainLater();
    },
    disarm() {
      if (!armed) return;
      armed = false;
      drainTimer?.cancel();
      drainAt = Number.POSITIVE_INFINITY;
      for (const recording of [...unfinished]) recording.discard();
      sampler.stop();
    },
    open(segment) {
      const recording = new SegmentRecording(segment, context);
      if (open.size === 0) tracker.start(observer);
      sampler.resume();
      if (unfinished.size === 0) {
        unpackTimer = timers.every(UNPACK_PERIOD_MS, () => void unpack());
        drainLater();
      }
      open.set(segment, recording);
      unfinished.add(recording);
      return recording;
    },
  };
}
