// SPDX-License-Identifier: Apache-2.0
import type { WaitFrequency } from "../runtime/runtime.ts";
import { Resumptions } from "./_resumptions.ts";

/** What may be taken: so many at once, and then as many as come back with each millisecond. */
interface Limit {
  readonly burst: number;
  readonly perMs: number;
}

/** A waiting stack costs 4–10 µs on the path of the request, and more off it when it is read. */
const LIMITS = {
  task: { burst: 1_000, perMs: 0.25 },
  microtask: { burst: 150, perMs: 0.4 },
  entry: { burst: 50, perMs: 0.05 },
  /** What the request waits for when it has begun something else. */
  change: { burst: 80, perMs: 0.1 },
} as const satisfies Readonly<Record<WaitFrequency | "change", Limit>>;
type Source = keyof typeof LIMITS;
/** From this part on what is captured is something else: there is always a stack that was not seen yet. */
const NOVELTY = 0.1;
/** The least part of these that come back where nothing new is captured. */
const LEAST_PACE = 1 / 16;
/** What is left of the pace after each time that nothing new was captured. */
const SLOWDOWN = 1 / 4;
/** After so many milliseconds off the thread there are at least so many: they cost little beside these. */
const AWAY_MS = 2;
const AFTER_AWAY = 8;
/** So many are captured when the request begins something else, as far as there are any. */
const AFTER_CHANGE = 8;
/** Of so many that are refused, one looks at the clock. */
const LOOK_EVERY = 8;

/**
 * How many waits of a request are captured. One with thousands of awaits is thinned out evenly, so that it becomes
 * some 10 % longer; what it waits for outside the thread, and what it waits for first when it begins something else,
 * is captured all the same, as far as it is not itself so frequent.
 */
export class WaitBudget {
  readonly #left: Record<Source, number>;
  readonly #refilledAt: Record<Source, number>;
  readonly #share: number;
  #refused = 0;
  readonly #resumptions = new Resumptions();
  /** So many are still to be captured of what has just begun. */
  #begun = 0;
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
    const { task, microtask, entry, change } = LIMITS;
    this.#left = {
      task: task.burst,
      microtask: microtask.burst,
      entry: entry.burst,
      change: change.burst,
    };
    this.#refilledAt = { task: now, microtask: now, entry: now, change: now };
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
    this.#refill("change", now());
    if (this.#left.change < 1) return false;
    this.#left.change--;
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
    this.#pace = novelty > NOVELTY ? 1 : Math.max(LEAST_PACE, this.#pace * SLOWDOWN);
  }

  #comeBack(at: number): void {
    if (at - this.#ranUntil < AWAY_MS) return;
    this.#isBack = true;
    // The first one is that of the next time off the thread, as likely as not.
    this.#left.microtask = Math.max(this.#left.microtask, AFTER_AWAY * this.#pace, 1);
  }

  #refill(source: Source, now: number): void {
    const { burst, perMs } = LIMITS[source];
    const back = (now - this.#refilledAt[source]) * perMs * this.#partOf(source);
    this.#left[source] = Math.min(burst, this.#left[source] + back);
    this.#refilledAt[source] = now;
  }

  #partOf(source: Source): number {
    if (source === "change") return 1;
    return source === "task" ? this.#share : this.#share * this.#pace;
  }
}
