// SPDX-License-Identifier: Apache-2.0

/** What may be taken: so many at once, and then as many as come back with each millisecond. */
export interface Limit {
  readonly burst: number;
  readonly perMs: number;
}

/** What is left of a limit. */
export class Allowance {
  readonly #limit: Limit;
  #refilledAt: number;
  left: number;

  /** @param now milliseconds */
  constructor(limit: Limit, now: number) {
    this.#limit = limit;
    this.#refilledAt = now;
    this.left = limit.burst;
  }

  /** Whether more than half is left. */
  get isPlenty(): boolean {
    return this.left > this.#limit.burst / 2;
  }

  /** @param part how much of what comes back is given, of 1 */
  refill(now: number, part: number): void {
    const { burst, perMs } = this.#limit;
    this.left = Math.min(burst, this.left + (now - this.#refilledAt) * perMs * part);
    this.#refilledAt = now;
  }
}
