// SPDX-License-Identifier: Apache-2.0

import type { Call } from "../code/code_signature.ts";
import { isCalledBy } from "../stack/callers.ts";

/** Functions of the runtime that are remembered. */
const MAX_KNOWN = 200;

/** Knows for which function of the app the runtime worked last, by the name of its own. */
export class KnownWork {
  readonly #known = new Map<string, readonly Call[]>();

  /**
   * The calls below which `builtin` is told, where only their callers are known: `calls`, or the function that these
   * called when they were last seen to have the runtime do the same.
   */
  below(builtin: string, calls: readonly Call[]): readonly Call[] {
    if (!builtin) return calls;
    const known = this.#known.get(builtin);
    if (known && isCalledBy(known, calls)) return known;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(builtin, calls);
    return calls;
  }
}
