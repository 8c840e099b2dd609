// SPDX-License-Identifier: Apache-2.0

/** A number that was not among so many before is new. */
const RECENT = 16;
/** Above it numbers are as one. */
const MAX_RESUMED = 32;

/**
 * Tells by a number, as how many functions of a request go on one after the other, whether it does what it did lately. A
 * loop has the same few numbers again and again; when it is over, its callers go on as well.
 */
export class Resumptions {
  /** Which one each number was last. */
  readonly #last = new Float64Array(MAX_RESUMED + 1).fill(Number.NEGATIVE_INFINITY);
  /** When each was new last. */
  readonly #newAt = new Float64Array(MAX_RESUMED + 1).fill(Number.NEGATIVE_INFINITY);
  readonly #loopMs: number;
  #count = 0;

  /** @param loopMs one that comes back sooner after it was new, in milliseconds, is that of a loop around another one */
  constructor(loopMs: number) {
    this.#loopMs = loopMs;
  }

  /**
   * Whether a number was not seen lately; it has been now.
   *
   * @param now milliseconds
   * @param mayBeLoop whether one that comes back as soon as those of a loop is new, too
   */
  isNew(resumed: number, now: () => number, mayBeLoop: boolean): boolean {
    const number = Math.min(resumed, MAX_RESUMED);
    const last = this.#last[number] ?? 0;
    this.#last[number] = ++this.#count;
    if (this.#count - last <= RECENT) return false;
    const at = now();
    if (!mayBeLoop && at - (this.#newAt[number] ?? 0) < this.#loopMs) return false;
    this.#newAt[number] = at;
    return true;
  }
}
