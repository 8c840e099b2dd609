// SPDX-License-Identifier: Apache-2.0
import type { CpuSample } from "../../runtime/runtime.ts";

/** What the engine sampled since the oldest instant that is still to be told, in time order. */
export class SampleLog {
  readonly #capacity: number;
  #samples: readonly CpuSample[] = [];

  /** @param capacity the most samples; beyond it the oldest half goes */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Adds a batch, which begins after the last one.
   *
   * @returns `false` if samples had to go for it
   */
  add(batch: readonly CpuSample[]): boolean {
    this.#samples = this.#samples.concat(batch);
    if (this.#samples.length <= this.#capacity) return true;
    this.#samples = this.#samples.slice(-Math.ceil(this.#capacity / 2));
    return false;
  }

  /** The samples after `from` up to and with `to`. */
  between(from: number, to: number): readonly CpuSample[] {
    return this.#samples.slice(this.#firstAfter(from), this.#firstAfter(to));
  }

  /** Forgets what is not after `at`. */
  trim(at: number): void {
    this.#samples = this.#samples.slice(this.#firstAfter(at));
  }

  /** The last samples, `count` at most. */
  last(count: number): readonly CpuSample[] {
    return this.#samples.slice(-count);
  }

  #firstAfter(at: number): number {
    let low = 0;
    let high = this.#samples.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#samples[middle]?.at ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
