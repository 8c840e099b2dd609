// SPDX-License-Identifier: Apache-2.0
import type { WaitFrequency } from "../runtime/runtime.ts";
import { Resumptions } from "./_resumptions.ts";

/** What may be taken: so many at once, and then as many as come back with each millisecond. */
interface Limit {
  readonly burst: number;
  readonly perMs: number;
}

/** A waiting stack costs 4–10 µs on the path of the request, and more off it when it is read. */
const LIMITS: Readonly<Record<WaitFrequency, Limit>> = {
  task: { burst: 1_000, perMs: 0.25 },
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
/** So many are captured when the request begins something else, as far as there are any. */
const AFTER_CHANGE = 8;
const CHANGE: Limit = { burst: 80, perMs: 0.1 };
/** Of so many that are refused, one looks at the clock. */
const LOOK_EVERY = 8;

/**
 * How many waits of a request are captured. One with thousands of awaits is thinned out evenly, so that it becomes
 * some 10 % longer; what it waits for outside the thread, and what it waits for first when it begins something else,
 * is captured all the same, as far as it is not itself so frequent.
 */
export class WaitBudget {
  readonly #left: Record<WaitFrequency, number>;
  readonly #refilledAt: Record<WaitFrequency, number>;
  readonly #share: number;
  #refused = 0;
  readonly #resumptions = new Resumptions();
  /** So many are still to be captured of what has just begun. */
  #begun = 0;
  #changeLeft = CHANGE.burst;
  #changeRefilledAt: number;
  #pace = 1;
  #ranUntil: number;
  /** Whether none was refused since the last run ended. */
  #isNewRun = false;
  /** Whether the run that goes on has been given those for its time off the thread. */
  #isBack = false;

  /**
   * @param now milliseconds
   * @param share how many of those that come back are given, of 1
   */
  constructor(now: number, share: number = 1) {
    this.#share = share;
    this.#ranUntil = now;
    this.#changeRefilledAt = now;
    const { task, microtask, entry } = LIMITS;
    this.#left = { task: task.burst, microtask: microtask.burst, entry: entry.burst };
    this.#refilledAt = { task: now, microtask: now, entry: now };
  }

  /**
   * Takes one, if there is one.
   *
   * @param resumed how many functions have gone on since the last call
   */
  take(frequency: WaitFrequency, resumed: number, now: () => number): boolean {
    if (resumed > 0) this.#begun = this.#resumptions.isNew(resumed) ? AFTER_CHANGE : 0;
    if (this.#left[frequency] < 1) {
      if (frequency !== "entry" && this.#takesOfChange(now)) return true;
      if (!this.#isNewRun && this.#refused++ % LOOK_EVERY !== 0) return false;
      const at = now();
      if (this.#isNewRun) this.#comeBack(at);
      this.#isNewRun = false;
      this.#refill(frequency, at);
      if (this.#left[frequency] < 1) return false;
    }
    this.#left[frequency]--;
    return true;
  }

  #takesOfChange(now: () => number): boolean {
    if (this.#begun === 0) return false;
    this.#begun--;
    const at = now();
    const back = (at - this.#changeRefilledAt) * CHANGE.perMs;
    this.#changeLeft = Math.min(CHANGE.burst, this.#changeLeft + back);
    this.#changeRefilledAt = at;
    if (this.#changeLeft < 1) return false;
    this.#changeLeft--;
    return true;
  }

  /**
   * The flow had the thread, and another run of it may have begun.
   *
   * @param run in milliseconds; after the one before
   */
  ran({ on, off }: { readonly on: number; readonly off: number }): void {
    if (!this.#isBack) this.#comeBack(on);
    this.#isBack = false;
    this.#isNewRun = true;
    this.#ranUntil = off;
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

  #comeBack(at: number): void {
    if (at - this.#ranUntil < AWAY_MS) return;
    this.#isBack = true;
    this.#left.microtask = Math.max(this.#left.microtask, AFTER_AWAY * this.#pace);
  }

  #refill(frequency: WaitFrequency, now: number): void {
    const { burst, perMs } = LIMITS[frequency];
    const part = this.#share * (frequency === "task" ? 1 : this.#pace);
    const back = (now - this.#refilledAt[frequency]) * perMs * part;
    this.#left[frequency] = Math.min(burst, this.#left[frequency] + back);
    this.#refilledAt[frequency] = now;
  }
}
