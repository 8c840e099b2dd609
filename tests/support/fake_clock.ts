// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer, Timers } from "../../lib/runtime/runtime.ts";

interface Pending {
  at: number;
  readonly everyMs: number | undefined;
  readonly callback: () => void;
}

/** Longest delay a runtime's timer can have. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** A clock and its timers that move only when a test says so. */
export class FakeClock implements Clock, Timers {
  readonly #pending = new Set<Pending>();
  #now: number;
  #epochOffset: number;

  constructor(now = 1_000, epochOffset = 1_700_000_000_000) {
    this.#now = now;
    this.#epochOffset = epochOffset;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#now;
  }

  epochOffset(): number {
    return this.#epochOffset;
  }

  /** Milliseconds since 1970. */
  wall(): number {
    return this.#now + this.#epochOffset;
  }

  /** Corrects the wall clock, as NTP does, without touching the monotonic one. */
  correctWall(ms: number): void {
    this.#epochOffset += ms;
  }

  after(delayMs: number, callback: () => void): Timer {
    const delay = Math.min(Math.max(delayMs, 0), MAX_DELAY_MS);
    return this.#add({ at: this.#now + delay, everyMs: undefined, callback });
  }

  every(periodMs: number, callback: () => void): Timer {
    return this.#add({ at: this.#now + periodMs, everyMs: periodMs, callback });
  }

  /** A real one: nothing waits for it to be moved on. */
  turn(): Promise<void> {
    return new Promise((resolve) => void setImmediate(resolve));
  }

  /** Moves on, firing what falls due in order of time. Promise callbacks do not run: see {@link settle}. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at);
      if (next.everyMs === undefined) this.#pending.delete(next);
      else next.at += next.everyMs;
      next.callback();
    }
    this.#now = end;
  }

  /** Moves on without firing anything, as while a function holds the event loop. */
  block(ms: number): void {
    this.#now += ms;
  }

  /** Moves on in steps, and lets promise callbacks run after each. */
  async advanceAsync(ms: number, stepMs: number = ms): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.advance(Math.min(left, stepMs));
      await settle();
    }
  }

  #add(pending: Pending): Timer {
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  #next(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending)
      if (pending.at <= end && (!next || pending.at < next.at)) next = pending;
    return next;
  }
}

/** Lets the promise callbacks that are due run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 32; turn++) await Promise.resolve();
}
