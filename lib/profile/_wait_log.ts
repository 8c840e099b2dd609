// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "../runtime/runtime.ts";

/** How far back the wait of a gap is looked for where nothing tells which one ended it. */
const MAX_PENDING = 32;

/** The waits of one flow, as far as they are still to be told or may be those of a gap. */
export class WaitLog {
  /** When each first woke the flow. */
  readonly #ends = new WeakMap<Wait, number>();
  /** In time order; the first ones, up to `#told`, were registered before what is still to be told. */
  #waits: Wait[] = [];
  #told = 0;

  /** How many were registered in what is still to be told. */
  get untold(): number {
    return this.#waits.length - this.#told;
  }

  add(wait: Wait): void {
    this.#waits.push(wait);
  }

  /** `wait` woke the flow. */
  ended(wait: Wait, at: number): void {
    if (!this.#ends.has(wait)) this.#ends.set(wait, at);
  }

  /** When a wait first woke the flow; `undefined` if it has not. */
  endOf(wait: Wait): number | undefined {
    return this.#ends.get(wait);
  }

  /** The first one that is still to be told. */
  get next(): Wait | undefined {
    return this.#waits[this.#told];
  }

  /** Those still to be told that were registered up to `at`, which are then told. */
  takeUntil(at: number): readonly Wait[] {
    const first = this.#told;
    while ((this.#waits[this.#told]?.at ?? Infinity) <= at) this.#told++;
    return this.#waits.slice(first, this.#told);
  }

  /** The latest of those that were told which had been registered before a gap and had not ended in it. */
  pending(from: number, to: number): Wait[] {
    return this.#latest((wait) => wait.at <= from && (this.#ends.get(wait) ?? Infinity) >= to);
  }

  /** Forgets what was told, but for what may still be the wait of a gap; returns that. */
  forget(): readonly Wait[] {
    const open = this.#latest((wait) => !this.#ends.has(wait)).reverse();
    this.#waits = [...open, ...this.#waits.slice(this.#told)];
    this.#told = open.length;
    return open;
  }

  /** The latest first. */
  #latest(isWanted: (wait: Wait) => boolean): Wait[] {
    const found: Wait[] = [];
    for (let i = this.#told - 1; i >= 0 && found.length < MAX_PENDING; i--) {
      const wait = this.#waits[i];
      if (wait && isWanted(wait)) found.push(wait);
    }
    return found;
  }
}
