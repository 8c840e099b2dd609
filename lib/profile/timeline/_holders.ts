// SPDX-License-Identifier: Apache-2.0
import type { CpuSample } from "../../runtime/runtime.ts";
import type { LogicalStacks } from "../stack/logical_stack.ts";
import type { SampleLog } from "./sample_log.ts";
import type { ThreadLog } from "./thread_log.ts";

/** So many samples are looked at, and so many names remembered. */
const MAX_SAMPLES = 500;
const MAX_NAMES = 1_000;

/**
 * Names what ran where no hook told: a flow that was already waiting when the recording began resumes once
 * without its hook (node.md §2.2). Its outermost function gives it away, if that was seen to run for one name only.
 */
export class Holders {
  readonly #thread: ThreadLog;
  readonly #samples: SampleLog;
  readonly #stacks: LogicalStacks;
  /** By the outermost function; `undefined` where it ran for several. */
  readonly #names = new Map<string, string | undefined>();
  #learntUntil = Number.NEGATIVE_INFINITY;

  constructor(thread: ThreadLog, samples: SampleLog, stacks: LogicalStacks) {
    this.#thread = thread;
    this.#samples = samples;
    this.#stacks = stacks;
  }

  /** The name under which the sample's outermost function ran elsewhere, or `undefined`. */
  of(sample: CpuSample): string | undefined {
    this.#learn();
    return this.#names.get(this.#outermost(sample));
  }

  #learn(): void {
    const samples = this.#samples.last(MAX_SAMPLES).filter(({ at }) => at > this.#learntUntil);
    const first = samples[0]?.at;
    const last = samples.at(-1)?.at;
    if (first === undefined || last === undefined) return;
    this.#learntUntil = last;
    let next = 0;
    for (const { on, off, name, isFlow } of this.#thread.between(first, last)) {
      if (!isFlow) continue;
      while ((samples[next]?.at ?? Infinity) <= on) next++;
      for (; (samples[next]?.at ?? Infinity) <= off; next++) {
        const sample = samples[next];
        if (sample) this.#ran(this.#outermost(sample), name);
      }
    }
  }

  #ran(outermost: string, name: string): void {
    if (!outermost || (this.#names.size >= MAX_NAMES && !this.#names.has(outermost))) return;
    const isOnly = !this.#names.has(outermost) || this.#names.get(outermost) === name;
    this.#names.set(outermost, isOnly ? name : undefined);
  }

  #outermost(sample: CpuSample): string {
    return this.#stacks.of(sample.frames).calls.at(-1)?.signature ?? "";
  }
}
