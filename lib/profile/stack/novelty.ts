// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "../../runtime/runtime.ts";

/** How many stacks were read lately, and how many of them were not known before that. */
export class Novelty {
  #known = new WeakSet<readonly Frame[]>();
  #fresh = new WeakSet<readonly Frame[]>();
  #read = 0;
  #novel = 0;

  get read(): number {
    return this.#read;
  }

  /** Each time that one of these was read counts, or a loop that has just begun would be one stack among many. */
  get novel(): number {
    return this.#novel;
  }

  /** A stack was read: one array for one stack. */
  note(frames: readonly Frame[]): void {
    if (!this.#known.has(frames)) this.#fresh.add(frames);
    this.#known.add(frames);
    this.#read++;
    if (this.#fresh.has(frames)) this.#novel++;
  }

  /** From here on all stacks that were read are known. */
  settle(): void {
    this.#fresh = new WeakSet();
    this.#read = 0;
    this.#novel = 0;
  }
}
