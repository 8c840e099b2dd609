// SPDX-License-Identifier: Apache-2.0
import type { Stretch } from "./timeline.ts";

/** What a profiled segment was doing at one instant: the backend's unit of trace profiling. */
export interface ThreadSnapshot {
  readonly taskId: string;
  readonly traceSegmentId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** 0, 1, 2 … without a hole: the backend adds up only what is consecutive. */
  readonly sequence: number;
  /** Outermost first. One array object per distinct stack of a segment, so an encoder can cache by identity. */
  readonly codeSignatures: readonly string[];
}

/** What {@link toSnapshots} needs besides the timeline. */
export interface SnapshotOptions {
  readonly taskId: string;
  readonly traceSegmentId: string;
  /** Turns the agent's clock into milliseconds since 1970, the same value the segment's spans use. */
  readonly epochOffset: number;
  /** The task's dump period in milliseconds. */
  readonly periodMs: number;
  /** Most code signatures a stack may have. */
  readonly maxDepth: number;
}

/**
 * Reads a timeline at the task's period and at its edges.
 *
 * The backend counts last − first of consecutive equal frames, so ticks alone lose one period per stretch
 * (OAP `ProfileStackNode`). With a snapshot at the first and at the last instant of every stretch the
 * durations add up to what passed. Times are cut to whole milliseconds, as `Date.now()` and the spans' times
 * are; a stretch that is cut to nothing goes, which is unbiased because the edges are contiguous.
 *
 * A stack deeper than `maxDepth` keeps its root, which groups the tree, and its innermost frames.
 */
export function toSnapshots(stretches: readonly Stretch[], options: SnapshotOptions): ThreadSnapshot[] {
  const { taskId, traceSegmentId, epochOffset, periodMs, maxDepth } = options;
  const snapshots: ThreadSnapshot[] = [];
  const push = (time: number, codeSignatures: readonly string[]) => {
    snapshots.push({ taskId, traceSegmentId, time, sequence: snapshots.length, codeSignatures });
  };
  const stacks = new Map<string, readonly string[]>();
  const intern = (stack: readonly string[]): readonly string[] => {
    const key = stack.join("\n");
    const known = stacks.get(key) ?? cap(stack, maxDepth);
    stacks.set(key, known);
    return known;
  };

  let open: { from: number; to: number; stack: readonly string[] } | undefined;
  const close = () => {
    if (!open) return;
    push(open.from, open.stack);
    for (let time = open.from + periodMs; time < open.to; time += periodMs) push(time, open.stack);
    push(open.to, open.stack);
  };
  for (const stretch of stretches) {
    const from = Math.floor(stretch.from + epochOffset);
    const to = Math.floor(stretch.to + epochOffset);
    if (to <= from) continue;
    const stack = intern(stretch.stack);
    if (open?.stack === stack && open.to === from) open.to = to;
    else {
      close();
      open = { from, to, stack };
    }
  }
  close();
  // A request within one millisecond still has to be listed, and the backend lists by sequence 0.
  const [first] = stretches;
  if (snapshots.length === 0 && first) push(Math.floor(first.from + epochOffset), intern(first.stack));
  return snapshots;
}

function cap(stack: readonly string[], maxDepth: number): readonly string[] {
  if (stack.length <= maxDepth) return stack;
  return [...stack.slice(0, 1), ...stack.slice(stack.length - (maxDepth - 1))];
}
