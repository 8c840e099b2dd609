// SPDX-License-Identifier: Apache-2.0
import type { CpuSample } from "../runtime/runtime.ts";
import type { Run, TimelineInput } from "./timeline_types.ts";

/**
 * Names what ran where no hook told: a flow that was already waiting when the recording began resumes once
 * without its hook (node.md §2.2). Its outermost function gives it away, if that was seen to run for one name only.
 */
export class Holders {
  readonly #input: TimelineInput;
  readonly #others: readonly Run[];
  #names: Map<string, string | undefined> | undefined;

  constructor(input: TimelineInput, others: readonly Run[]) {
    this.#input = input;
    this.#others = others;
  }

  /** The name under which the sample's outermost function ran elsewhere, or `undefined`. */
  of(sample: CpuSample): string | undefined {
    this.#names ??= this.#learn();
    return this.#names.get(this.#outermost(sample));
  }

  #learn(): Map<string, string | undefined> {
    const { samples, nameOf } = this.#input;
    const names = new Map<string, string | undefined>();
    let next = 0;
    for (const run of this.#others) {
      if (!run.flow) continue;
      const name = nameOf(run.flow);
      while ((samples[next]?.at ?? Infinity) <= run.on) next++;
      for (; (samples[next]?.at ?? Infinity) <= run.off; next++) {
        const sample = samples[next];
        const outermost = sample ? this.#outermost(sample) : "";
        if (!outermost) continue;
        names.set(outermost, !names.has(outermost) || names.get(outermost) === name ? name : undefined);
      }
    }
    return names;
  }

  #outermost(sample: CpuSample): string {
    return this.#input.stacks.ofSample(sample.frames).calls.at(-1)?.signature ?? "";
  }
}
