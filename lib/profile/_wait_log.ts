// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "../runtime/runtime.ts";

/** How far back the wait of a gap is looked for where nothing tells which one ended it. */
const MAX_PENDING = 32;
/** So many of a run's last waits are asked for: the awaits of its outer functions are among them. */
const MAX_LATER = 8;

/** The waits of one flow, as far as they are still to be told or may be those of a gap. */
export class WaitLog {
  /** When each first woke the flow. */
  readonly #ends = new WeakMap<Wait, number>();
  /** In which of its runs the flow registered each, counted from 0. */
  readonly #runs = new WeakMap<Wait, number>();
  #ran = 0;
  /** In time order; the first ones, up to `#told`, were registered before what is still to be told. */
  #waits: Wait[] = [];
  #told = 0;
  /** So many were seen by {@link WaitLog.takeNew}. */
  #seen = 0;

  /** How many were registered in what is still to be told. */
  get untold(): number {
    return this.#waits.length - this.#told;
  }

  add(wait: Wait): void {
    this.#waits.push(wait);
    this.#runs.set(wait, this.#ran);
  }

  /** A run ended that `woken` had begun at `at`. */
  ran(woken: Wait | undefined, at: number): void {
    this.#ran++;
    if (woken && !this.#ends.has(woken)) this.#ends.set(woken, at);
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

  /** Whether two waits were registered in the same run. */
  together(a: Wait, b: Wait): boolean {
    return this.#runs.get(a) === this.#runs.get(b);
  }

  /** The last ones that were registered after `wait` in the same run and had ended by `at`. */
  laterInRun(wait: Wait, at: number): Wait[] {
    const found: Wait[] = [];
    const run = this.#runs.get(wait) ?? -1;
    const end = this.#endOfRun(run);
    for (let i = end - 1; i >= Math.max(0, end - MAX_LATER); i--) {
      const later = this.#waits[i];
      if (!later || later === wait || this.#runs.get(later) !== run) break;
      if ((this.#ends.get(later) ?? Infinity) <= at) found.push(later);
    }
    return found;
  }

  /** Where the waits of later runs begin. */
  #endOfRun(run: number): number {
    let low = 0;
    let high = this.#told;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#runs.get(this.#waits[middle] as Wait) ?? 0) <= run) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The latest of those that were told and have not ended. */
  open(): readonly Wait[] {
    return this.#latest((wait) => !this.#ends.has(wait)).reverse();
  }

  /** Those that came since the last call and are still to be told. */
  takeNew(): readonly Wait[] {
    const fresh = this.#waits.slice(Math.max(this.#told, this.#seen));
    this.#seen = this.#waits.length;
    return fresh;
  }

  /** Forgets what was told, but for `open`, which is in time order. */
  forgetBut(open: readonly Wait[]): void {
    this.#seen -= this.#told - open.length;
    this.#waits = [...open, ...this.#waits.slice(this.#told)];
    this.#told = open.length;
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
