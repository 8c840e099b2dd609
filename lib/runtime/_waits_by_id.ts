// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "./runtime.ts";

/** Beyond it the oldest go: not every resource tells its end. */
const MAX_WAITS = 2_000;

/** The waits of resources that are told by their id only. A wait holds the stack it was captured with: they are bounded. */
export class WaitsById {
  readonly #waits = new Map<number, Wait>();

  set(id: number, wait: Wait): void {
    this.#waits.set(id, wait);
    if (this.#waits.size <= MAX_WAITS) return;
    for (const oldest of this.#waits.keys()) {
      this.#waits.delete(oldest);
      return;
    }
  }

  get(id: number): Wait | undefined {
    return this.#waits.get(id);
  }

  /** The resource called back for the last time, or never will. */
  delete(id: number): void {
    this.#waits.delete(id);
  }
}
