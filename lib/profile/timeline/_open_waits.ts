// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../../base/steps.ts";
import { MICROTASKS } from "../../runtime/microtasks.ts";
import type { Wait } from "../../runtime/runtime.ts";
import { hasCallers, isCalledAt, isCalledBy } from "../stack/callers.ts";
import { isRead, type LogicalStacks } from "../stack/logical_stack.ts";
import { type Candidates, LeftWaits } from "./_left_waits.ts";
import { MAX_PENDING, type WaitLog } from "./_wait_log.ts";
import { deepestOf } from "./_wait_stretches.ts";
import type { Run } from "./timeline_types.ts";

/** So many of the waits that stand at one place are looked at, where there are more than can be in all. */
const MAX_ALIKE = 8;

/** Knows what a flow may wait for, from gap to gap: what woke it, and which of its waits are open. */
export class OpenWaits {
  readonly #waits: WaitLog;
  readonly #stacks: LogicalStacks;
  readonly #left: LeftWaits;
  /** When the last run that was told began. */
  #ranFrom = -Infinity;
  /** Whether some waits were not captured. */
  #isThinned = false;
  /** The wait that woke a run last, and the last of those that tell where they stand. */
  #woken: Wait | undefined;
  #placed: Wait | undefined;
  /** The last one that is known to have ended a gap. */
  #waited: Wait | undefined;
  /** Those that last woke the flow while it waited for something else: a connection that it opened, and others use. */
  readonly #lent = new WeakSet<Wait>();
  /** Whether what had the thread last was of that kind. */
  #wasLent = false;

  constructor(waits: WaitLog, stacks: LogicalStacks) {
    this.#waits = waits;
    this.#stacks = stacks;
    this.#left = new LeftWaits(waits, stacks);
  }

  /** The wait that woke a run last. */
  get woken(): Wait | undefined {
    return this.#woken;
  }

  /** The last one of those that tell where they stand. */
  get placed(): Wait | undefined {
    return this.#placed;
  }

  /** The same, if some waits were not captured, so that it may have come again. */
  get again(): Wait | undefined {
    return this.#isThinned ? this.#placed : undefined;
  }

  /** The flow registered a wait that was not captured. */
  refused(): void {
    this.#isThinned = true;
  }

  /**
   * The wait that woke a run. For one that was not captured, or does not tell which function of the app awaits, stands
   * the last one that does: a loop waits where it waited before.
   */
  *wakerOf(run: Run | undefined): Steps<Wait | undefined> {
    if (!run || !this.#isThinned) return run?.woken;
    yield* this.#stacks.read(run.woken);
    if (run.woken && !this.#isMute(run.woken)) return run.woken;
    for (const wait of [this.#woken, this.#placed]) {
      yield* this.#stacks.read(wait);
      if (!wait || !this.#tells(wait)) continue;
      this.#placed = wait;
      return wait;
    }
    return run.woken;
  }

  /**
   * What the flow does at `at`: of what it has registered since `waker` woke it, or else the last wait that tells where
   * it stands, that which would be told as what it waits for; or this one, if it has registered nothing.
   */
  *latest(waker: Wait | undefined, at: number): Steps<Wait | undefined> {
    const last = waker && this.#tells(waker) ? waker : this.#placed;
    const since = last ? this.#waits.endOf(last) : Number.NEGATIVE_INFINITY;
    const begun = this.#waits
      .pending(at)
      .filter((wait) => wait.at >= since && wait.at <= at && !this.#isCleared(wait));
    for (const wait of begun) yield* this.#stacks.read(wait);
    const { pending } = yield* this.#left.without({ ended: undefined, pending: begun }, at, last);
    const together = (a: Wait, b: Wait) => this.#waits.together(a, b);
    return deepestOf({ pending, stacks: this.#stacks, together }).wait ?? last;
  }

  /** Whether JavaScriptCore had left the function that awaits, and nothing else tells of it. */
  #isMute(wait: Wait): boolean {
    return wait.callersOnly && !this.#tells(wait);
  }

  /**
   * Whether what woke a run, or else the one before it, is no concern of the flow, as far as is known before it was told:
   * it goes on for others by what this one opened.
   */
  isLent(woken: Wait | undefined): boolean {
    if (!woken) return this.#wasLent;
    const origin = this.#waits.originOf(woken);
    return this.#lent.has(woken) || (origin !== undefined && this.#lent.has(origin));
  }

  /** A run was told. */
  *told({ on, woken }: Run, isLent: boolean): Steps {
    this.#ranFrom = on;
    this.#wasLent = isLent;
    if (woken?.kind === "await") {
      yield* this.#stacks.read(woken);
      this.#left.wentOn(woken, on);
    }
    if (!woken || isLent || (isRead(woken) && this.#isMute(woken))) return;
    this.#woken = woken;
    if (isRead(woken) && this.#tells(woken)) this.#placed = woken;
  }

  /** What a gap before `run`, or the flow's end, may belong to, read as far as it is needed. */
  *within(from: number, to: number, run: Run | undefined): Steps<Candidates> {
    const pending = this.#waits.pending(to);
    const last = yield* this.wakerOf(run);
    yield* this.#stacks.read(last);
    // What woke the flow last was its outermost function, which goes on after the one that waited.
    const isAgain = last !== undefined && this.#calls(last, this.#waited);
    const waker = last !== run?.woken && isAgain ? this.#waited : last;
    const mayBe =
      waker === run?.woken || (!MICROTASKS.has(waker?.kind ?? "") && (yield* this.#isThere(waker, pending)));
    const ended = mayBe ? waker : undefined;
    const isAwaited =
      ended && this.#isPlaced(ended, from) && (yield* this.#left.since(ended, from)) === undefined;
    const found = isAwaited
      ? { ended, pending }
      : yield* this.#left.without({ ended, pending: yield* this.#telling(to) }, from, this.#placed);
    if (found.ended && found.ended === run?.woken) this.#waited = found.ended;
    if (found.ended || run?.woken) this.#wasLent = !found.ended;
    if (run?.woken && this.#wasLent) this.#lent.add(run.woken);
    else if (run?.woken) this.#lent.delete(run.woken);
    return found;
  }

  /** Whether the function that awaits `wait` called the one that waited for `waited`: by itself or, in a loop, by others. */
  #calls(wait: Wait, waited: Wait | undefined): boolean {
    const { calls } = this.#stacks.ofWait(waited);
    const callers = this.#stacks.ofWait(wait).calls;
    return isCalledBy(calls, callers) || (this.#left.isOfLoop(wait) && isCalledAt(calls, callers));
  }

  /** Whether a wait tells where it stands: else others are asked. */
  #isPlaced(wait: Wait, from: number): boolean {
    return wait.at <= from && this.#tells(wait) && !this.#stacks.ofWait(wait).cause;
  }

  #tells(wait: Wait): boolean {
    return this.#stacks.ofWait(wait).calls.length > 0;
  }

  /**
   * The waits that were open at `at` and tell where the flow may wait, the latest first, read. A library may set a timer
   * for each answer on its connection, which is never waited for: these are let go, and so are timers that were cleared,
   * however late, and those that stand where enough others do.
   */
  *#telling(at: number): Steps<readonly Wait[]> {
    for (;;) {
      const pending = this.#waits.pending(at);
      for (const wait of pending) yield* this.#stacks.read(wait);
      const nobodys = pending.filter((wait) => !this.#tells(wait) || this.#isCleared(wait));
      const unwanted = [...nobodys, ...(pending.length < MAX_PENDING ? [] : this.#crowdOf(pending))];
      if (unwanted.length === 0) return pending;
      this.#waits.letGo(new Set(unwanted));
    }
  }

  /** Whether it is for a timer that was cleared before it woke the flow. */
  #isCleared(wait: Wait): boolean {
    return this.#waits.endOf(wait) === Infinity && wait.isCleared?.() === true;
  }

  /** Those before the last ones that stand at the same place. */
  #crowdOf(pending: readonly Wait[]): readonly Wait[] {
    const counts = new Map<string, number>();
    return pending.filter((wait) => {
      const { calls } = this.#stacks.ofWait(wait);
      const place = `${calls.length} ${calls[0]?.line} ${calls[0]?.signature}`;
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      return count > MAX_ALIKE;
    });
  }

  /** Whether the flow may have waited where it did before: what it registered last was not registered elsewhere. */
  *#isThere(before: Wait | undefined, pending: readonly Wait[]): Steps<boolean> {
    const { calls } = this.#stacks.ofWait(before);
    for (const wait of pending) {
      if (wait.at < this.#ranFrom) break;
      yield* this.#stacks.read(wait);
      if (!hasCallers(calls, this.#stacks.ofWait(wait).calls)) return false;
    }
    return true;
  }

  /**
   * Keeps of the waits that were told up to `at` those that may still be the one of a gap or of a run, and reads them:
   * what they were registered by is then told with them, and need not be kept.
   */
  *forget(at: number): Steps {
    // They may have ended since.
    yield* this.#telling(at);
    this.#waits.forget(at);
    yield* this.#stacks.read(this.#woken);
  }
}
