// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer, Timers } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import type { Recorder } from "./recorder.ts";
import type { Recording } from "./recording.ts";

/** Where a {@link Watch} stands. It only moves on in this order; from pending it may skip profiling. */
export type WatchState =
  | { readonly kind: "none" }
  /** Recorded, but not known yet to be slow enough. */
  | { readonly kind: "pending"; readonly recording: Recording; readonly timers: readonly Timer[] }
  /** One of the task's samples: its snapshots will be sent. */
  | { readonly kind: "profiling"; readonly recording: Recording; readonly timers: readonly Timer[] }
  | { readonly kind: "stopped" };

/** What a {@link Watch} needs. */
export interface WatchOptions {
  readonly segment: Segment;
  /** Milliseconds from the segment's start. */
  readonly thresholdMs: number;
  /** The longest time that is recorded, in milliseconds from the segment's start. */
  readonly maxMs: number;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Takes one of the task's samples; `false` if none is left. */
  readonly takeSample: () => boolean;
  /** Called once, when nothing is recorded any more, with the closed recording if the segment was profiled. */
  readonly onStopped: (profiled: Recording | undefined) => void;
}

/**
 * One segment under observation, from the slot it takes to the release.
 *
 * It is recorded from its start, so a slow one can be told from its start, but it becomes one of the task's
 * samples only when it proves slow.
 */
export class Watch {
  readonly #options: WatchOptions;
  #state: WatchState = { kind: "none" };

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get kind(): WatchState["kind"] {
    return this.#state.kind;
  }

  /** Begins to record. With a threshold of 0, or one that has passed, the segment is a sample at once. */
  start(): void {
    if (this.#state.kind !== "none") return;
    const { segment, thresholdMs, maxMs, recorder, clock, timers } = this.#options;
    const recording = recorder.open(segment);
    segment.watched = true;
    const elapsedMs = clock.now() - segment.startedAt;
    const watchTimers = [timers.after(maxMs - elapsedMs, () => this.stop(clock.now()))];
    if (elapsedMs < thresholdMs) {
      watchTimers.push(timers.after(thresholdMs - elapsedMs, () => this.#profile()));
    }
    this.#enter({ kind: "pending", recording, timers: watchTimers });
    if (elapsedMs >= thresholdMs) this.#profile();
  }

  /**
   * The segment or the task ended at `at`, on the agent's clock. A sample is closed and handed over; a segment
   * below the threshold is forgotten. Idempotent.
   */
  stop(at: number): void {
    const { segment, thresholdMs, maxMs, onStopped } = this.#options;
    // The timer for the maximum comes late if the event loop is held.
    const end = Math.min(at, segment.startedAt + maxMs);
    // A handler that never yields lets no timer fire: that it was slow shows only at its end.
    if (end - segment.startedAt >= thresholdMs) this.#profile();
    const state = this.#state;
    if (state.kind !== "profiling") {
      this.discard();
      return;
    }
    this.#enter({ kind: "stopped" });
    try {
      state.recording.close(end);
    } finally {
      onStopped(state.recording);
    }
  }

  /** Forgets the segment, unless it is a sample already. Idempotent. */
  discard(): void {
    const state = this.#state;
    if (state.kind !== "pending") return;
    const { segment, onStopped } = this.#options;
    this.#enter({ kind: "stopped" });
    // A sample keeps the mark: the backend shows no snapshots of a segment that was sampled out.
    segment.watched = false;
    try {
      state.recording.discard();
    } finally {
      onStopped(undefined);
    }
  }

  #profile(): void {
    const state = this.#state;
    if (state.kind !== "pending") return;
    if (this.#options.takeSample()) this.#enter({ ...state, kind: "profiling" });
    else this.discard();
  }

  #enter(state: WatchState): void {
    const previous = this.#state;
    this.#state = state;
    if (state.kind === "stopped" && "timers" in previous) for (const timer of previous.timers) timer.cancel();
  }
}
