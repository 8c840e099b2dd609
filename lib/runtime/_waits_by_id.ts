// SPDX-License-Identifier: Apache-2.0
import type { Flow, Wait } from "./runtime.ts";

/** Beyond it the oldest go: not every resource tells its end. */
const MAX_WAITS = 2_000;

/** What a resource was made for. */
export interface Begun {
  readonly flow: Flow | undefined;
  /** Absent where it was not captured: whose immediate it is, is known by nothing else as it calls back. */
  readonly wait: Wait | undefined;
}

/**
 * What the resources were made for that are told by their id only. A wait holds the stack it was captured with: they
 * are bounded.
 */
export class WaitsById {
  readonly #waits = new Map<number, Begun>();

  set(id: number, flow: Flow | undefined, wait: Wait | undefined): void {
    this.#waits.set(id, { flow, wait });
    if (this.#waits.size <= MAX_WAITS) return;
    for (const oldest of this.#waits.keys()) {
      this.#waits.delete(oldest);
      return;
    }
  }

  get(id: number): Begun | undefined {
    return this.#waits.get(id);
  }

  /** The resource called back for the last time, or never will. */
  delete(id: number): void {
    this.#waits.delete(id);
  }
}
