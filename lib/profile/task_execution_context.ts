// SPDX-License-Identifier: Apache-2.0
import { SlotTable } from "../base/slot_table.ts";
import type { Logger } from "../log.ts";
import type { Clock, Timers } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import type { Recorder } from "./recorder.ts";
import type { Recording } from "./recording.ts";
import type { ThreadSnapshot } from "./snapshot.ts";
import type { ProfileTask } from "./task.ts";
import { Watch } from "./watch.ts";

/** What every task is executed with. */
export interface TaskExecutionOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly recorder: Recorder;
  readonly log: Logger;
  /** The most segments watched at the same time. */
  readonly maxParallel: number;
  /** The longest time one segment is watched, in milliseconds. */
  readonly maxWatchMs: number;
  /** The most code signatures of a snapshot. */
  readonly maxDepth: number;
  /** Takes the snapshots of one segment, in sequence order. */
  readonly sink: (snapshots: readonly ThreadSnapshot[]) => void;
}

/** How long the end of a task waits for snapshots: the engine hands its last samples over within a second. */
const SETTLE_MS = 10_000;

/**
 * One running task.
 *
 * Two limits hold. *Slots* limit how many segments are watched at once, fast ones included, so that a burst of
 * requests costs no more than `maxParallel` recordings. *Samples* are taken only by segments that prove slow,
 * at the threshold and not before: a fast segment wastes none, and however many are pending together, exactly
 * `maxSamplingCount` are profiled. Whoever is still pending when the last sample goes is forgotten at once.
 */
export class TaskExecutionContext {
  readonly task: ProfileTask;
  readonly #options: TaskExecutionOptions;
  readonly #onExhausted: () => void;
  readonly #slots: SlotTable<Watch>;
  /** Stopped watches stay as long as their segment: no segment is profiled twice. */
  readonly #watches = new WeakMap<Segment, Watch>();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #startedAt: number;
  #samplesLeft: number;
  #stopped = false;
  #abandoned = false;

  /**
   * @param onExhausted called when all samples are taken and delivered, maybe long before the task's end: the
   * engine's sampler is of no more use
   */
  constructor(task: ProfileTask, options: TaskExecutionOptions, onExhausted: () => void) {
    this.task = task;
    this.#options = options;
    this.#onExhausted = onExhausted;
    this.#slots = new SlotTable(options.maxParallel);
    this.#samplesLeft = task.maxSamplingCount;
    this.#startedAt = options.clock.now();
  }

  /** How many segments were, or are being, profiled. */
  get sampled(): number {
    return this.task.maxSamplingCount - this.#samplesLeft;
  }

  /** How many segments are watched. */
  get watching(): number {
    return this.#slots.size;
  }

  /** A segment began: watches it if it is one of the task's. */
  started(segment: Segment): void {
    if (segment.operationName === this.task.endpointName) this.#attempt(segment);
  }

  /** A segment's name changed, maybe to the task's endpoint (routes are known late), or away from it. */
  renamed(segment: Segment): void {
    const watch = this.#watches.get(segment);
    if (segment.operationName === this.task.endpointName) {
      if (!watch) this.#attempt(segment);
    } else if (watch?.kind === "pending") {
      watch.discard();
      this.#watches.delete(segment);
    }
  }

  /** A segment ended, whichever way. */
  ended(segment: Segment): void {
    this.#watches.get(segment)?.stop(segment.endedAt ?? this.#options.clock.now());
  }

  /** The task is over: watches nothing more. Idempotent. */
  stop(): void {
    const { clock, log } = this.#options;
    this.#stopped = true;
    for (const watch of this.#slots.values()) {
      try {
        watch.stop(clock.now());
      } catch (error) {
        log.error(() => `Cannot stop watching a segment: ${error}`);
      }
    }
  }

  /** Resolves when the snapshots of all stopped watches are delivered, or given up after 10 s. */
  async settled(): Promise<void> {
    const { timers, log } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = timers.after(SETTLE_MS, () => {
        this.#abandoned = true;
        log.warn(`Cannot deliver ${this.#deliveries.size} profiled segments: their snapshots took over 10 s`);
        resolve();
      });
      void Promise.all(this.#deliveries).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #attempt(segment: Segment): void {
    // An endpoint is what was received: a call that is sent may bear the same name, and has no code of its own.
    if (segment.spans[0]?.kind !== "entry") return;
    // What the segment did before the task began was not seen, and a whole story is promised.
    if (this.#stopped || this.#samplesLeft === 0 || segment.startedAt < this.#startedAt) return;
    const { recorder, clock, timers, maxWatchMs } = this.#options;
    const watch: Watch = new Watch({
      segment,
      thresholdMs: this.task.minDurationThresholdMs,
      maxMs: maxWatchMs,
      recorder,
      clock,
      timers,
      takeSample: () => this.#takeSample(watch),
      onStopped: (profiled) => {
        slot?.release();
        if (profiled) this.#deliver(profiled);
        else this.#checkExhausted();
      },
    });
    const slot = this.#slots.tryAcquire(watch);
    if (!slot) return;
    this.#watches.set(segment, watch);
    try {
      watch.start();
    } catch (error) {
      slot.release();
      throw error;
    }
  }

  #takeSample(watch: Watch): boolean {
    if (this.#samplesLeft === 0) return false;
    this.#samplesLeft--;
    if (this.#samplesLeft === 0) {
      for (const other of this.#slots.values()) if (other !== watch) other.discard();
    }
    return true;
  }

  #deliver(recording: Recording): void {
    const delivery = this.#read(recording).then(() => {
      this.#deliveries.delete(delivery);
      this.#checkExhausted();
    });
    this.#deliveries.add(delivery);
  }

  async #read(recording: Recording): Promise<void> {
    const { log, maxDepth, sink } = this.#options;
    const { taskId, dumpPeriodMs: periodMs } = this.task;
    try {
      const snapshots = await recording.snapshots({ taskId, periodMs, maxDepth });
      if (!this.#abandoned) sink(snapshots);
    } catch (error) {
      log.error(() => `Cannot read what was recorded of a segment: ${error}`);
    }
  }

  #checkExhausted(): void {
    if (this.#samplesLeft > 0 || this.#slots.size > 0 || this.#deliveries.size > 0) return;
    this.#onExhausted();
  }
}
