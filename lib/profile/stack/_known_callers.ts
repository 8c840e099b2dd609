// SPDX-License-Identifier: Apache-2.0
import type { Call } from "../code/code_signature.ts";

/** Where a function was last seen. */
interface Seen {
  readonly calls: readonly Call[];
  /** Its outermost place in `calls`, else recursion grows. */
  readonly place: number;
  /** When the stack was taken, in milliseconds. */
  readonly at: number;
}

/** The callers that each function of a recording was last seen with. */
export class KnownCallers {
  readonly #seen = new Map<string, Seen>();

  /** Notes a whole stack, innermost first, that was taken at `at`. */
  add(calls: readonly Call[], at: number): void {
    for (const [place, call] of calls.entries()) this.#seen.set(call.signature, { calls, place, at });
  }

  /** `own` with the callers of its outermost function, if that was seen at `since` or later. */
  complete(own: readonly Call[], since: number): readonly Call[] | undefined {
    const seen = this.#seen.get(own.at(-1)?.signature ?? "");
    return seen && seen.at >= since ? [...own, ...seen.calls.slice(seen.place + 1)] : undefined;
  }
}
