// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "../runtime/runtime.ts";

/** So many of the open waits are looked at where nothing tells which one ended a gap. */
const MAX_PENDING = 32;
/** So many of a run's last waits are asked for: the awaits of its outer functions are among them. */
const MAX_LATER = 8;

/** What is known of a wait. */
interface Entry {
  readonly wait: Wait;
  /** In which of the flow's runs it was registered, counted from 0. */
  readonly run: number;
  /** When it first woke the flow; infinite if it has not. */
  end: number;
}

/** The waits of one flow, as far as they are still to be told or may be those of a gap. */
export class WaitLog {
  readonly #entries = new WeakMap<Wait, Entry>();
  #ran = 0;
  /** In time order; the first ones, up to `#told`, were registered before what is still to be told. */
  #log: Entry[] = [];
  #told = 0;
  /** Those that were told, but for what {@link WaitLog.pending} found to have ended. */
  #open: Entry[] = [];
  /** So many were seen by {@link WaitLog.takeNew}. */
  #seen = 0;

  /** How many were registered in what is still to be told. */
  get untold(): number {
    return this.#log.length - this.#told;
  }

  add(wait: Wait): void {
    const entry: Entry = { wait, run: this.#ran, end: Infinity };
    this.#entries.set(wait, entry);
    this.#log.push(entry);
  }

  /** A run ended that `woken` had begun at `at`. */
  ran(woken: Wait | undefined, at: number): void {
    this.#ran++;
    const entry = woken && this.#entries.get(woken);
    if (entry?.end === Infinity) entry.end = at;
  }

  /** When a wait first woke the flow; infinite if it has not. */
  endOf(wait: Wait): number {
    return this.#entries.get(wait)?.end ?? Infinity;
  }

  /** The first one that is still to be told. */
  get next(): Wait | undefined {
    return this.#log[this.#told]?.wait;
  }

  /** Those still to be told that were registered up to `at`, which are then told. */
  takeUntil(at: number): readonly Wait[] {
    const taken: Wait[] = [];
    for (let entry = this.#log[this.#told]; entry && entry.wait.at <= at; entry = this.#log[this.#told]) {
      taken.push(entry.wait);
      this.#open.push(entry);
      this.#told++;
    }
    return taken;
  }

  /**
   * The latest of those that were told which had not ended before `at`, the latest first. The gaps that are asked for
   * follow each other, so what had ended is not looked at again.
   */
  pending(at: number): Wait[] {
    const found: Entry[] = [];
    let first = this.#open.length;
    while (first > 0 && found.length < MAX_PENDING) {
      const entry = this.#open[--first];
      if (entry && entry.end >= at) found.push(entry);
    }
    this.#open.length = first;
    this.#open.push(...found.toReversed());
    return found.map(({ wait }) => wait);
  }

  /** Whether two waits were registered in the same run. */
  together(a: Wait, b: Wait): boolean {
    return this.#entries.get(a)?.run === this.#entries.get(b)?.run;
  }

  /** The last ones that were registered after `wait` in the same run and had ended by `at`. */
  laterInRun(wait: Wait, at: number): Wait[] {
    const found: Wait[] = [];
    const run = this.#entries.get(wait)?.run ?? -1;
    const end = this.#endOfRun(run);
    for (let i = end - 1; i >= Math.max(0, end - MAX_LATER); i--) {
      const later = this.#log[i];
      if (!later || later.wait === wait || later.run !== run) break;
      if (later.end <= at) found.push(later.wait);
    }
    return found;
  }

  /** Where the waits of later runs begin. */
  #endOfRun(run: number): number {
    let low = 0;
    let high = this.#told;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#log[middle]?.run ?? 0) <= run) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Those that came since the last call and are still to be told. */
  takeNew(): readonly Wait[] {
    const fresh = this.#log.slice(Math.max(this.#told, this.#seen)).map(({ wait }) => wait);
    this.#seen = this.#log.length;
    return fresh;
  }

  /** The latest of those that were told and have not ended, in time order. */
  open(): readonly Wait[] {
    return this.pending(Infinity).reverse();
  }

  /** Forgets what was told, but for what {@link WaitLog.open} gave just now. */
  forget(): void {
    const open = this.#open.slice(-MAX_PENDING);
    this.#seen -= this.#told - open.length;
    this.#log = [...open, ...this.#log.slice(this.#told)];
    this.#open = open;
    this.#told = open.length;
  }
}
