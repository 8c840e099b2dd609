// SPDX-License-Identifier: Apache-2.0
import type { Steps } from "../../base/steps.ts";
import type { Stretch } from "./timeline_types.ts";

/** Some 1 MB, and more than the backend analyses. */
const MAX_STRETCHES = 20_000;
/** So many are done in one step. */
const STEP = 100;

/**
 * The stretches of a flow that were told, in time order. What lies within one millisecond is left out, because the
 * backend sees whole ones only, and a list that gets long is cut to a coarser grid: so it is bounded, and the times
 * still add up.
 */
export class StretchList {
  readonly #epochOffset: number;
  /** One array for each distinct stack. */
  readonly #stacks = new Map<string, readonly string[]>();
  #stretches: Stretch[] = [];
  #gridMs = 1;

  constructor(epochOffset: number) {
    this.#epochOffset = epochOffset;
  }

  /** Whether a millisecond begins in an interval. */
  isSeen(from: number, to: number): boolean {
    return Math.floor(from + this.#epochOffset) < Math.floor(to + this.#epochOffset);
  }

  /** Whether it is time for {@link StretchList.coarsen}. */
  get isFull(): boolean {
    return this.#stretches.length >= MAX_STRETCHES;
  }

  /**
   * Adds a stretch. Until {@link StretchList.coarsen} the returned function gives it another stack.
   *
   * @param stack is asked for only if the stretch is not left out
   */
  add(from: number, to: number, stack: () => readonly string[]): (stack: () => readonly string[]) => void {
    // The first one stays, for a request within a millisecond.
    if (this.#stretches.length > 0 && !this.isSeen(from, to)) return () => {};
    const list = this.#stretches;
    const index = list.push({ from, to, stack: this.#shared(stack()) }) - 1;
    return (other) => {
      list[index] = { from, to, stack: this.#shared(other()) };
    };
  }

  all(): readonly Stretch[] {
    return this.#stretches;
  }

  /** Halves the list by cutting it to a coarser grid, without bias. */
  *coarsen(): Steps {
    const list = this.#stretches;
    this.#gridMs *= 2;
    const start = list[0]?.from ?? 0;
    const end = list.at(-1)?.to ?? 0;
    const onGrid = (at: number) =>
      at >= end ? end : start + Math.floor((at - start) / this.#gridMs) * this.#gridMs;
    const cut: Stretch[] = [];
    for (const [i, stretch] of list.entries()) {
      const from = onGrid(stretch.from);
      const to = onGrid(stretch.to);
      const last = cut.at(-1);
      if (to > from) {
        if (last?.stack === stretch.stack) cut[cut.length - 1] = { from: last.from, to, stack: last.stack };
        else cut.push({ from, to, stack: stretch.stack });
      }
      if (i % STEP === 0) yield;
    }
    this.#stretches = cut;
  }

  #shared(stack: readonly string[]): readonly string[] {
    const key = stack.join("\n");
    const known = this.#stacks.get(key) ?? stack;
    this.#stacks.set(key, known);
    return known;
  }
}
