// SPDX-License-Identifier: Apache-2.0
/** What the runs after a gap tell of it. */
import type { CpuSample, Wait } from "../../runtime/runtime.ts";
import type { Call } from "../code/code_signature.ts";
import type { LogicalStacks } from "../stack/logical_stack.ts";
import type { Run } from "./timeline_types.ts";

/** From a callback to the continuation it resolves, the runtime takes some 0.05 ms: nobody waits there. */
export const HOP_MS = 0.2;
/** The same on a busy thread, up to some 2 ms, as those of other flows come before. */
export const LATE_HOP_MS = 3;

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

/**
 * The function that went on in a run, with its callers, as what was seen of it there first tells: a sample, or a wait.
 *
 * @param callers those of what the wait that woke it was registered by
 * @param first the first wait that was registered since then
 */
export function resumedBy(
  run: Run | undefined,
  callers: readonly Call[],
  first: Wait | undefined,
  samples: readonly CpuSample[],
  stacks: LogicalStacks,
): readonly Call[] {
  if (!run) return [];
  const until = Math.min(run.off, first?.at ?? run.off);
  for (const { at, frames } of samples) {
    if (at > until) break;
    const { calls, physical } = stacks.of(frames);
    const outermost = calls[physical - 1];
    if (!outermost) continue;
    // It has returned by then.
    return callers.some(({ signature }) => signature === outermost.signature) ? [] : [outermost, ...callers];
  }
  if (!first || first.at > run.off) return [];
  const { calls, physical, lacksWaiter } = stacks.ofWait(first);
  return lacksWaiter ? [] : calls.slice(Math.max(0, physical - 1));
}
