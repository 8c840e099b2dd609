// SPDX-License-Identifier: Apache-2.0
import type { WaitFrequency } from "../runtime/runtime.ts";

/** What may be taken: so many at once, and then as many as come back with each millisecond. */
interface Limit {
  readonly burst: number;
  readonly perMs: number;
}

/** A waiting stack costs 4–10 µs on the path of the request, and more off it when it is read. */
const LIMITS: Readonly<Record<WaitFrequency, Limit>> = {
  task: { burst: 1_000, perMs: 5 },
  microtask: { burst: 150, perMs: 0.4 },
  entry: { burst: 50, perMs: 0.05 },
};
/** From this part on what is captured is something else: there is always a stack that was not seen yet. */
const NOVELTY = 0.1;
/** The least part of these that come back where nothing new is captured. */
const LEAST_PACE = 1 / 4;
/** After so many milliseconds off the thread there are at least so many: they cost little beside these. */
const AWAY_MS = 2;
const AFTER_AWAY = 8;
/** Of so many that are refused, one looks at the clock. */
const LOOK_EVERY = 8;

/**
 * How many waits of a request are captured. One with thousands of awaits is thinned out evenly, so that it becomes
 * some 10 % longer; what it waits for outside the thread is captured all the same.
 */
export class WaitBudget {
  readonly #left: Record<WaitFrequency, number>;
  readonly #refilledAt: Record<WaitFrequency, number>;
  readonly #share: number;
  #refused = 0;
  #pace = 1;
  #ranUntil: number;

  /**
   * @param now milliseconds
   * @param share how many of those that come back are given, of 1
   */
  constructor(now: number, share: number = 1) {
    this.#share = share;
    this.#ranUntil = now;
    const { task, microtask, entry } = LIMITS;
    this.#left = { task: task.burst, microtask: microtask.burst, entry: entry.burst };
    this.#refilledAt = { task: now, microtask: now, entry: now };
  }

  /** Takes one, if there is one. */
  take(frequency: WaitFrequency, now: () => number): boolean {
    if (this.#left[frequency] < 1) {
      if (this.#refused++ % LOOK_EVERY !== 0) return false;
      this.#refill(frequency, now());
      if (this.#left[frequency] < 1) return false;
    }
    this.#left[frequency]--;
    return true;
  }

  /**
   * The flow had the thread.
   *
   * @param run in milliseconds; after the one before
   */
  ran(run: { readonly on: number; readonly off: number }): void {
    if (run.on - this.#ranUntil >= AWAY_MS) {
      this.#left.microtask = Math.max(this.#left.microtask, AFTER_AWAY * this.#pace);
    }
    this.#ranUntil = run.off;
  }

  /**
   * What was captured lately has been read. Of a request that waits where it waited before, fewer and fewer are
   * captured, but for tasks; of one that does something else, as many as at first.
   *
   * @param novelty the part of the waits, of 1, whose stacks were not known
   */
  learned(novelty: number): void {
    this.#pace = novelty > NOVELTY ? 1 : Math.max(LEAST_PACE, this.#pace / 2);
  }

  #refill(frequency: WaitFrequency, now: number): void {
    const { burst, perMs } = LIMITS[frequency];
    const part = this.#share * (frequency === "task" ? 1 : this.#pace);
    const back = (now - this.#refilledAt[frequency]) * perMs * part;
    this.#left[frequency] = Math.min(burst, this.#left[frequency] + back);
    this.#refilledAt[frequency] = now;
  }
}
