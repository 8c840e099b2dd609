// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../../base/steps.ts";
import type { Wait } from "../../runtime/runtime.ts";
import type { Call } from "../code/code_signature.ts";
import { common, hasCallers, isSamePlace } from "../stack/callers.ts";
import { isRead, type LogicalStacks } from "../stack/logical_stack.ts";
import type { WaitLog } from "./_wait_log.ts";

/** What a gap may belong to. */
export interface Candidates {
  /** The wait that ended the gap. */
  readonly ended: Wait | undefined;
  /** Waits that were open during the whole gap, the latest first. */
  readonly pending: readonly Wait[];
}

/** Functions of which it is remembered when they went on. */
const MAX_FUNCTIONS = 200;

/** When a function, called by these, last went on from what it had awaited. */
interface Resumption {
  readonly calls: readonly Call[];
  readonly at: number;
  /** Whether it had gone on from there the time before, too. */
  readonly isLoop: boolean;
}

/**
 * Knows which waits are open although nobody waits for them any more: the loser of a `Promise.race`, or what was
 * begun and is not awaited. They end in the middle of something else, which is what the flow waits for then.
 */
export class LeftWaits {
  readonly #waits: WaitLog;
  readonly #stacks: LogicalStacks;
  /** Since when nobody waits for each. */
  readonly #left = new WeakMap<Wait, number>();
  /** By the function's signature. */
  readonly #resumptions = new Map<string, Resumption>();

  constructor(waits: WaitLog, stacks: LogicalStacks) {
    this.#waits = waits;
    this.#stacks = stacks;
  }

  /** The flow went on at `at` as `wait`, which was read, had ended. */
  wentOn(wait: Wait, at: number): void {
    const { calls } = this.#stacks.ofWait(wait);
    const [resumed] = calls;
    if (!resumed || !this.#isAwait(wait)) return;
    if (this.#resumptions.size >= MAX_FUNCTIONS) this.#resumptions.clear();
    const isLoop = isSameStack(this.#resumptions.get(resumed.signature)?.calls ?? [], calls);
    this.#resumptions.set(resumed.signature, { calls, at, isLoop });
  }

  /** Whether the function that registered `wait` goes on from one place again and again. */
  isOfLoop(wait: Wait): boolean {
    const [call] = this.#stacks.ofWait(wait).calls;
    return this.#resumptions.get(call?.signature ?? "")?.isLoop === true;
  }

  /**
   * Leaves out what nobody waits for, if the flow has begun to wait for something else since: a function that begins
   * something early and awaits it later waits for nothing else. What is never seen to end, as the promise of `await null`,
   * is over when a caller of its function has gone on and something else was waited for since. But what the flow waits
   * for then may be what comes of it, as a page is of its parts.
   *
   * @param last the latest wait that was seen to end
   */
  *without({ ended, pending }: Candidates, from: number, last: Wait | undefined): Steps<Candidates> {
    const left = new Map<Wait, number>();
    for (const wait of ended ? [ended, ...pending] : pending) {
      const since = yield* this.since(wait, from);
      if (since !== undefined) left.set(wait, since);
    }
    const others = pending.filter((wait) => !left.has(wait));
    for (const other of others) yield* this.#stacks.read(this.#waits.wakerAt(other));
    const instead = (wait: Wait): readonly Wait[] => {
      const since = left.get(wait) ?? Infinity;
      return others.filter((other) => other.at >= since && this.#isOther(other, wait));
    };
    const comesOf = (other: Wait, wait: Wait): boolean =>
      others.some((outcome) => this.#isAround(other, outcome) && this.#isOutcome(outcome, wait, pending));
    const isAwaited = (wait: Wait): boolean => instead(wait).every((other) => comesOf(other, wait));
    const isOver = (wait: Wait): boolean =>
      last !== undefined && last.at >= this.#calledUntil(wait) && this.#isOther(last, wait);
    return {
      ended: ended && isAwaited(ended) ? ended : undefined,
      pending: pending.filter((wait) => instead(wait).length === 0 && !isOver(wait)),
    };
  }

  /** When a caller of the function that registered `wait` first is known to have gone on since; infinite if none is. */
  #calledUntil(wait: Wait): number {
    const { calls } = this.#stacks.ofWait(wait);
    let until = Infinity;
    for (let i = 1; i < calls.length; i++) {
      const resumption = this.#resumptions.get(calls[i]?.signature ?? "");
      if (!resumption || resumption.at <= wait.at || resumption.calls.length !== calls.length - i) continue;
      if (hasCallers(calls, resumption.calls)) until = Math.min(until, resumption.at);
    }
    return until;
  }

  /**
   * Since when nobody waits for `wait`, as far as is known at `at`: when the function that registered it, or a caller
   * of it, went on from what it had awaited after that, or else, if it ends again and again, since it ended. `undefined`
   * if none has.
   */
  *since(wait: Wait, at: number): Steps<number | undefined> {
    const known = this.#left.get(wait);
    if (known !== undefined) return known;
    yield* this.#stacks.read(wait);
    for (let origin: Wait | undefined = wait; origin; origin = this.#waits.originOf(origin)) {
      // They come from the inside out. One as deep as one before is of another call of the same function.
      let depth = this.#stacks.ofWait(wait).calls.length + (this.#isAwait(wait) ? 0 : 1);
      for (const later of this.#waits.laterAwaits(origin, at)) {
        if (!isRead(later)) yield* this.#stacks.read(later);
        const { length } = this.#stacks.ofWait(later).calls;
        if (length >= depth || !this.#isAwait(later) || !this.#isAround(later, wait)) continue;
        depth = length;
        const end = this.#waits.endOf(later);
        if (end > at) continue;
        this.#left.set(wait, end);
        return end;
      }
    }
    const ended = this.#waits.endOf(wait);
    return ended <= at ? ended : undefined;
  }

  /** Whether a function of the app awaits: what one of the runtime does, as Promise.all, tells nothing of its caller. */
  #isAwait(wait: Wait): boolean {
    return wait.kind === "await" && this.#stacks.ofWait(wait).builtin === "";
  }

  /**
   * Whether the flow waits for something else than `wait` at `other`; where it awaits something, that may be `wait`. So
   * may all that the function waits for which began what ends again and again, as an interval.
   */
  #isOther(other: Wait, wait: Wait): boolean {
    const isSomewhere = this.#stacks.ofWait(other).calls.length > 0;
    const maySame = other.kind === "await" || !this.#left.has(wait);
    return isSomewhere && !(maySame && this.#isAround(other, wait));
  }

  /**
   * Whether what `other` waits for comes of `wait`: it is going to end as something near that does, and a function there
   * goes on now, as a timer calls it or as it awaits one of `pending`. With what comes on a connection goes on who asked
   * for it, wherever that was opened.
   */
  #isOutcome(other: Wait, wait: Wait, pending: readonly Wait[]): boolean {
    const waker = this.#waits.wakerAt(other);
    if (!waker) return false;
    const { calls } = this.#stacks.ofWait(wait);
    const shared = common(this.#stacks.ofWait(other).calls, calls).length;
    const goesOn = (by: Wait): boolean =>
      this.#waits.wakerAt(by) === wait &&
      this.#isAround(by, wait) &&
      this.#stacks.ofWait(by).calls.length > shared;
    const isNear = common(this.#stacks.ofWait(waker).calls, calls).length > shared;
    return isNear && (wait.dueAt !== undefined || wait.kind === "await" || pending.some(goesOn));
  }

  /** Whether `other` was registered by the function that registered `wait`, or by a caller of it. */
  #isAround(other: Wait, wait: Wait): boolean {
    const { calls } = this.#stacks.ofWait(other);
    return calls.length > 0 && hasCallers(this.#stacks.ofWait(wait).calls, calls);
  }
}

function isSameStack(a: readonly Call[], b: readonly Call[]): boolean {
  return a.length === b.length && a.every((call, i) => isSamePlace(call, b[i]));
}
