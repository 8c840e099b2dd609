// SPDX-License-Identifier: Apache-2.0

/** So long may the end of a profile hold the thread, in milliseconds. */
const GOAL_MS = 0.7;
/** Below this the least that an end costs, 0.2 ms, would be what is paid for. */
const SHORTEST_MS = 100;
const LONGEST_MS = 1_000;
/** A collection may come in between, so a longer one is tried again and again. */
const GROWTH = 1.25;

/**
 * How long V8's profiles are to be. The end of one hands its call tree over, at 2 to 8 µs a node: 1 ms for a second
 * of an app that does the same again and again, and 5 to 12 for one with forty to eighty frames on its stacks, of
 * which hardly two are alike.
 */
export class RotationPeriod {
  #ms: number = SHORTEST_MS;

  /** Milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /** A profile of `lengthMs` took `costMs` to end. */
  ended(lengthMs: number, costMs: number): void {
    // What a short one costs is what any costs at least.
    if (lengthMs < this.#ms / 2) return;
    const fitting = (lengthMs * GOAL_MS) / costMs;
    this.#ms = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.min(fitting, this.#ms * GROWTH)));
  }
}
