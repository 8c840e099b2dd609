// SPDX-License-Identifier: Apache-2.0
import type { WaitFrequency } from "../../runtime/runtime.ts";

/** So many waits that came in the order of those before them are a loop's. */
const ENOUGH = 32;
/** A turn of it has at most so many. */
const MAX_PERIOD = 32;
/** While there is none, one is looked for at every so many. */
const LOOK_EVERY = 16;
/** Those that are remembered. */
const SIZE = ENOUGH + MAX_PERIOD;

const NUMBERS: Readonly<Record<WaitFrequency, number>> = {
  pause: 0,
  task: 1,
  promise: 2,
  await: 3,
  tick: 4,
  microtask: 5,
  entry: 6,
  settled: 7,
};
const FREQUENCIES = Object.keys(NUMBERS).length;
/** Above it functions that go on are as one: a number fits into a byte. */
const MAX_RESUMED = 31;

/**
 * Tells a loop by what a request registers: the same in the same order, again and again. It takes no stack to see that,
 * and from then on there is little that one would tell.
 */
export class Repetition {
  readonly #recent = new Uint8Array(SIZE);
  #count = 0;
  /** How many waits a turn of the loop has; 0 if there is none. */
  #period = 0;

  /**
   * Whether a wait goes on with a loop.
   *
   * @param resumed how many functions have gone on since the wait before
   */
  goesOn(frequency: WaitFrequency, resumed: number): boolean {
    const number = Math.min(resumed, MAX_RESUMED) * FREQUENCIES + NUMBERS[frequency];
    const last = this.#count++;
    this.#recent[last % SIZE] = number;
    if (this.#period > 0 && this.#at(last - this.#period) === number) return true;
    this.#period = last % LOOK_EVERY === 0 ? this.#find(last) : 0;
    return this.#period > 0;
  }

  #find(last: number): number {
    const longest = Math.min(MAX_PERIOD, last + 1 - ENOUGH);
    for (let period = 1; period <= longest; period++) {
      let alike = 0;
      while (alike < ENOUGH && this.#at(last - alike) === this.#at(last - alike - period)) alike++;
      if (alike === ENOUGH) return period;
    }
    return 0;
  }

  #at(position: number): number {
    return this.#recent[position % SIZE] ?? 0;
  }
}
