// SPDX-License-Identifier: Apache-2.0
import { MICROTASKS } from "../../runtime/microtasks.ts";
import type { Wait } from "../../runtime/runtime.ts";
import { HOP_MS, LATE_HOP_MS } from "./_following_runs.ts";
import type { Run } from "./timeline_types.ts";

/** So many of the open waits are looked at where nothing tells which one ended a gap. */
export const MAX_PENDING = 32;
/** So many of the awaits after a wait are asked for: those of the functions that are called for it come first. */
const MAX_NEXT = 32;
/** So many of a run's last awaits are asked for: those of its outer functions are among them. */
const MAX_LAST = 8;
/** So many of a run's awaits are known to it: its first ones and {@link MAX_LAST}. */
const MAX_IN_RUN = 256;
/** So many waits back it is known what woke the code that registered one: each of them keeps its run. */
const MAX_ORIGINS = 8;

/** What is known of a run. It lives as long as a wait that was registered in it may end. */
interface Registered {
  /** In time order. */
  readonly awaits: Entry[];
  /** When the first of these ended; infinite if none has. */
  firstEnd: number;
}

/** What is known of a wait. */
interface Entry {
  readonly wait: Wait;
  readonly run: Registered;
  /** When it first woke the flow; infinite if it has not. */
  end: number;
  /** What woke the code that registered it. */
  origin: Entry | undefined;
}

/** The waits of one flow, as far as they are still to be told or may be those of a gap. */
export class WaitLog {
  readonly #entries = new WeakMap<Wait, Entry>();
  #run: Registered = { awaits: [], firstEnd: Infinity };
  /** In time order; the first ones, up to `#told`, have been told since {@link WaitLog.forget}. */
  #log: Entry[] = [];
  #told = 0;
  /** Those that were told, but for what {@link WaitLog.pending} found to have ended. */
  #open: Entry[] = [];
  /** So many were seen by {@link WaitLog.takeNew}. */
  #seen = 0;
  /** What woke the flow when it last went on by more than a promise, and until when it has run since. */
  #waker: Wait | undefined;
  #ranUntil = -Infinity;
  /** By the awaits that ended since {@link WaitLog.forget}, in time order: each would keep all that came after it. */
  readonly #wakers = new Map<Wait, Wait>();

  /** How many were registered in what is still to be told. */
  get untold(): number {
    return this.#log.length - this.#told;
  }

  add(wait: Wait): void {
    const entry: Entry = { wait, run: this.#run, end: Infinity, origin: this.#woke(wait.parent) };
    this.#entries.set(wait, entry);
    this.#log.push(entry);
    const { awaits } = this.#run;
    if (wait.kind === "await") awaits.push(entry);
    if (awaits.length > MAX_IN_RUN) awaits.splice(-1 - MAX_LAST, 1);
    let last = entry.origin;
    for (let count = 1; last && count < MAX_ORIGINS; count++) last = last.origin;
    if (last) last.origin = undefined;
  }

  /** The entry of what woke the code that registers a wait, or of the call it stands for. */
  #woke(woken: Wait | undefined): Entry | undefined {
    return woken && (this.#entries.get(woken) ?? (woken.cause && this.#entries.get(woken.cause)));
  }

  /** A run ended. */
  ran({ on, off, woken }: Run): void {
    this.#run = { awaits: [], firstEnd: Infinity };
    const isAwait = woken?.kind === "await";
    const entry = woken && this.#entries.get(woken);
    const isFirst = entry?.end === Infinity;
    this.#noteWaker(woken, isFirst, on);
    this.#ranUntil = off;
    if (!entry || !isFirst) return;
    entry.end = on;
    if (!isAwait) return;
    entry.run.firstEnd = Math.min(entry.run.firstEnd, on);
    if (this.#waker) this.#wakers.set(woken, this.#waker);
  }

  /** Notes what has woken the flow by more than promises and microtasks, which only go on with that. */
  #noteWaker(woken: Wait | undefined, isFirst: boolean, on: number): void {
    const goesOn = woken !== undefined && (woken.kind === "await" || MICROTASKS.has(woken.kind));
    const isNew = on - this.#ranUntil > (goesOn ? LATE_HOP_MS : HOP_MS);
    if (goesOn) {
      if (isNew) this.#waker = undefined;
    } else if (woken || isNew) {
      // What a connection is opened by says nothing of what comes on it later.
      this.#waker = isFirst ? woken : undefined;
    }
  }

  /** What had woken the flow when an await ended, where that is known: what resolved the promise, or led to it. */
  wakerAt(wait: Wait): Wait | undefined {
    return this.#wakers.get(wait);
  }

  /** When a wait first woke the flow; infinite if it has not. */
  endOf(wait: Wait): number {
    return this.#entries.get(wait)?.end ?? Infinity;
  }

  /** The first one that is still to be told. */
  get next(): Wait | undefined {
    return this.#log[this.#told]?.wait;
  }

  /** Those still to be told that were registered up to `at`. */
  until(at: number): readonly Wait[] {
    return this.#until(at).map(({ wait }) => wait);
  }

  /** The same, which are then told. */
  takeUntil(at: number): readonly Wait[] {
    const taken = this.#until(at);
    this.#told += taken.length;
    for (const entry of taken) if (!entry.wait.isMark) this.#open.push(entry);
    return taken.map(({ wait }) => wait);
  }

  #until(at: number): readonly Entry[] {
    let end = this.#told;
    while ((this.#log[end]?.wait.at ?? Infinity) <= at) end++;
    return this.#log.slice(this.#told, end);
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

  /** Leaves out of {@link WaitLog.pending} what the last call of it gave and nothing can be waiting for. */
  letGo(waits: ReadonlySet<Wait>): void {
    const last = this.#open.splice(Math.max(0, this.#open.length - MAX_PENDING));
    this.#open.push(...last.filter(({ wait }) => !waits.has(wait)));
  }

  /** Whether two waits were registered in the same run. */
  together(a: Wait, b: Wait): boolean {
    return this.#entries.get(a)?.run === this.#entries.get(b)?.run;
  }

  /** What woke the code that registered a wait, as far as that is known. */
  originOf(wait: Wait): Wait | undefined {
    return this.#entries.get(wait)?.origin?.wait;
  }

  /**
   * The first and the last awaits that were registered after `wait` in the same run, in time order; none if none of that
   * run has ended by `at`.
   */
  laterAwaits(wait: Wait, at: number): readonly Wait[] {
    const run = this.#entries.get(wait)?.run;
    if (!run || run.firstEnd > at) return [];
    const { awaits } = run;
    const first = awaits.findLastIndex((entry) => entry.wait.at <= wait.at) + 1;
    const last = Math.max(first + MAX_NEXT, awaits.length - MAX_LAST);
    return [...awaits.slice(first, first + MAX_NEXT), ...awaits.slice(last)].map((entry) => entry.wait);
  }

  /** Those that came since the last call and are still to be told. */
  takeNew(): readonly Wait[] {
    const fresh = this.#log.slice(Math.max(this.#told, this.#seen)).map(({ wait }) => wait);
    this.#seen = this.#log.length;
    return fresh;
  }

  /** Forgets what was told, up to `at`, but for what {@link WaitLog.pending} gave just now. */
  forget(at: number): void {
    for (const wait of this.#wakers.keys()) {
      if (this.endOf(wait) > at) break;
      this.#wakers.delete(wait);
    }
    this.#log = this.#log.slice(this.#told);
    this.#seen = Math.max(0, this.#seen - this.#told);
    this.#told = 0;
    this.#open = this.#open.slice(-MAX_PENDING);
  }
}
