// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "../runtime/runtime.ts";
import type { Steps } from "./_steps.ts";
import type { WaitLog } from "./_wait_log.ts";
import { common, type LogicalStacks } from "./logical_stack.ts";

/** What a gap may belong to. */
export interface OpenWaits {
  /** The wait that ended the gap. */
  readonly ended: Wait | undefined;
  /** Waits that were open during the whole gap, the latest first. */
  readonly pending: readonly Wait[];
}

/**
 * Knows which waits are open although nobody waits for them any more: the loser of a `Promise.race`, or what was
 * begun and is not awaited. They end in the middle of something else, which is what the flow waits for then.
 */
export class LeftWaits {
  readonly #waits: WaitLog;
  readonly #stacks: LogicalStacks;
  readonly #left = new WeakSet<Wait>();

  constructor(waits: WaitLog, stacks: LogicalStacks) {
    this.#waits = waits;
    this.#stacks = stacks;
  }

  /**
   * Leaves out what nobody waits for, as long as there is something else that the flow can be waiting for: a function
   * that begins something early and awaits it later waits for nothing else.
   */
  *without({ ended, pending }: OpenWaits, from: number): Steps<OpenWaits> {
    const left = new Set<Wait>();
    for (const wait of ended ? [ended, ...pending] : pending) {
      if (yield* this.has(wait, from)) left.add(wait);
    }
    if (left.size === 0) return { ended, pending };
    const others: Wait[] = [];
    for (const wait of pending) {
      yield* this.#stacks.read(wait);
      if (!left.has(wait)) others.push(wait);
    }
    const isOpen = (wait: Wait): boolean =>
      !left.has(wait) || !others.some((other) => this.#isOther(other, wait));
    return { ended: ended && isOpen(ended) ? ended : undefined, pending: pending.filter(isOpen) };
  }

  /** Whether the function that registered `wait`, or a caller of it, awaited something after it and has gone on since. */
  *has(wait: Wait, at: number): Steps<boolean> {
    if (this.#left.has(wait)) return true;
    for (const later of this.#waits.laterInRun(wait, at)) {
      yield* this.#stacks.read(wait);
      yield* this.#stacks.read(later);
      if (!this.#isAwaitAround(later, wait)) continue;
      this.#left.add(wait);
      return true;
    }
    return false;
  }

  /** Whether the flow waits for something else than `wait` at `other`; where it awaits something, that may be `wait`. */
  #isOther(other: Wait, wait: Wait): boolean {
    return this.#stacks.ofWait(other).calls.length > 0 && !this.#isAwaitAround(other, wait);
  }

  /** Whether `other` is an `await` of the function that registered `wait`, or of a caller of it. */
  #isAwaitAround(other: Wait, wait: Wait): boolean {
    const { calls, builtin } = this.#stacks.ofWait(other);
    if (other.kind !== "await" || builtin !== "" || calls.length === 0) return false;
    return common(calls, this.#stacks.ofWait(wait).calls).length === calls.length;
  }
}
