// SPDX-License-Identifier: Apache-2.0

/** A number that was not among so many before is new. */
const RECENT = 16;
/** Above it numbers are as one. */
const MAX_RESUMED = 32;
/**
 * One that comes back sooner than so many milliseconds after it was new is that of a loop around another one: in so many
 * there is as much to be captured again as that took.
 */
const LOOP_MS = 160;

/**
 * Tells by a number, as how many functions of a request go on one after the other, whether it does what it did lately. A
 * loop has the same few numbers again and again; when it is over, its callers go on as well.
 */
export class Resumptions {
  /** Which one each number was last; 0 if it never was. */
  readonly #last = new Float64Array(MAX_RESUMED + 1);
  /** When each was new last. */
  readonly #newAt = new Float64Array(MAX_RESUMED + 1);
  #count = 0;

  /**
   * Whether a number was not seen lately; it has been now.
   *
   * @param now milliseconds
   */
  isNew(resumed: number, now: () => number): boolean {
    const number = Math.min(resumed, MAX_RESUMED);
    const last = this.#last[number] ?? 0;
    this.#last[number] = ++this.#count;
    if (last > 0 && this.#count - last <= RECENT) return false;
    const at = now();
    if (last > 0 && at - (this.#newAt[number] ?? 0) < LOOP_MS) return false;
    this.#newAt[number] = at;
    return true;
  }
}
