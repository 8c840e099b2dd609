// SPDX-License-Identifier: Apache-2.0
/** What the runs after a gap tell of it. */
import type { Wait } from "../runtime/runtime.ts";
import type { Call } from "./code_signature.ts";
import type { LogicalStacks } from "./logical_stack.ts";
import type { Run } from "./timeline_types.ts";

/** From a callback to the continuation it resolves: on a busy thread up to some 2 ms, as those of other flows come before. */
const LATE_HOP_MS = 3;

/** The wait that woke the flow right after a run, where it is known. */
export function continuedBy(runs: readonly Run[], index: number): Wait | undefined {
  const end = runs[index]?.off ?? 0;
  for (let i = index + 1; (runs[i]?.on ?? Infinity) < end + LATE_HOP_MS; i++) {
    const woken = runs[i]?.woken;
    if (woken) return woken;
  }
  return undefined;
}

/** Whether `wait` may await what `ended` stands for: it began later, and before the gap. */
export function isAwaiter(wait: Wait | undefined, ended: Wait | undefined, from: number): boolean {
  if (!wait || !ended || wait.callersOnly) return false;
  return wait.kind === "await" && wait.at >= ended.at && wait.at <= from;
}

/** The outermost physical function of a run with its callers, as the first wait it registers tells. */
export function resumedBy(
  run: Run | undefined,
  first: Wait | undefined,
  stacks: LogicalStacks,
): readonly Call[] {
  if (!run || !first || first.at > run.off) return [];
  const { calls, physical, lacksWaiter } = stacks.ofWait(first);
  if (lacksWaiter) return [];
  return calls.slice(Math.max(0, physical - 1));
}
