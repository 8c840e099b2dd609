// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "./runtime.ts";

/** Beyond it the oldest go: those of timers that were cleared, mostly. */
const MAX_WAITS = 2_000;

/**
 * The waits of resources that are told by their id only, until these call back. A recording goes on for minutes, and
 * a wait holds the stack it was captured with: so what calls back once is let go then, and the number of the others
 * is bounded.
 */
export class WaitsById {
  readonly #once = new Map<number, Wait>();
  readonly #repeating = new Map<number, Wait>();

  set(id: number, wait: Wait, isOnce: boolean): void {
    const waits = isOnce ? this.#once : this.#repeating;
    waits.set(id, wait);
    if (waits.size <= MAX_WAITS) return;
    for (const oldest of waits.keys()) {
      waits.delete(oldest);
      return;
    }
  }

  /** The wait of a resource that calls back now. */
  take(id: number): Wait | undefined {
    const wait = this.#once.get(id);
    if (!wait) return this.#repeating.get(id);
    this.#once.delete(id);
    return wait;
  }
}
