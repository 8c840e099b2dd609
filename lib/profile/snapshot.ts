// SPDX-License-Identifier: Apache-2.0
import type { Steps } from "../base/steps.ts";
import type { Stretch } from "./timeline/timeline_types.ts";

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

/** OAP analyses the first 12,000 snapshots of a segment (`maxSizeOfAnalyzeProfileSnapshot`); some are left for it. */
const MAX_SNAPSHOTS = 11_000;
/** Snapshots a dump period: two a millisecond at the shortest, 10 ms. */
const PER_PERIOD = 20;
/** So many stretches or snapshots are done in one step. */
const STEP = 50;

/** A stretch on the grid of whole milliseconds. */
interface Cut {
  readonly from: number;
  to: number;
  readonly stack: readonly string[];
}

/**
 * Reads a timeline, at its edges and evenly in between.
 *
 * The backend counts last − first of consecutive equal frames, so ticks alone lose one period per stretch
 * (OAP `ProfileStackNode`). With a snapshot at the first and at the last instant of every stretch the
 * durations add up to what passed. Times are cut to whole milliseconds, as `Date.now()` and the spans' times
 * are; a stretch that is cut to nothing goes, which is unbiased because the edges are contiguous.
 *
 * SkyWalking's flame view draws counts, not durations. Two snapshots are the least a stretch needs, so counts
 * are in proportion to time only if a millisecond counts two: that many are taken, at a dump period of 10 ms,
 * and in proportion fewer at a longer one. A request too long for that is thinned out evenly, and one of very
 * many stretches is cut to a coarser grid, so that the backend's analysis holds all of it.
 *
 * A stack deeper than `maxDepth` keeps its root, which groups the tree, and its innermost frames.
 */
export function* toSnapshots(
  stretches: readonly Stretch[],
  options: SnapshotOptions,
): Steps<ThreadSnapshot[]> {
  const { taskId, traceSegmentId, epochOffset, periodMs, maxDepth } = options;
  const snapshots: ThreadSnapshot[] = [];
  const push = (time: number, codeSignatures: readonly string[]) => {
    snapshots.push({ taskId, traceSegmentId, time, sequence: snapshots.length, codeSignatures });
  };
  const stacks = new Stacks(maxDepth);
  let gridMs = 1;
  let cuts = yield* cutTo(gridMs, stretches, epochOffset, stacks);
  while (cuts.length * 2 > MAX_SNAPSHOTS / 2) {
    gridMs *= 2;
    cuts = yield* cutTo(gridMs, stretches, epochOffset, stacks);
  }
  const durationMs = (cuts.at(-1)?.to ?? 0) - (cuts[0]?.from ?? 0);
  const perMs = Math.min(PER_PERIOD / periodMs, (MAX_SNAPSHOTS - cuts.length * 2) / durationMs);
  const owed = new Map<readonly string[], number>();
  for (const { from, to, stack } of cuts) {
    const due = (owed.get(stack) ?? 0) + (to - from) * perMs;
    const count = Math.max(2, Math.round(due));
    owed.set(stack, due - count);
    for (let i = 0; i < count; i++) {
      push(Math.round(from + ((to - from) * i) / (count - 1)), stack);
      if (snapshots.length % STEP === 0) yield;
    }
  }
  // A request within one millisecond still has to be listed, and the backend lists by sequence 0.
  const [first] = stretches;
  if (snapshots.length === 0 && first) push(Math.floor(first.from + epochOffset), stacks.of(first.stack));
  return snapshots;
}

/** Cuts stretches to multiples of `gridMs`; the ends of the whole stay where they are. */
function* cutTo(
  gridMs: number,
  stretches: readonly Stretch[],
  epochOffset: number,
  stacks: Stacks,
): Steps<Cut[]> {
  const start = Math.floor((stretches[0]?.from ?? 0) + epochOffset);
  const end = Math.floor((stretches.at(-1)?.to ?? 0) + epochOffset);
  const onGrid = (at: number): number => {
    const cut = start + Math.floor((Math.floor(at + epochOffset) - start) / gridMs) * gridMs;
    return Math.floor(at + epochOffset) >= end ? end : cut;
  };
  const cuts: Cut[] = [];
  for (const [i, stretch] of stretches.entries()) {
    if (i % STEP === STEP - 1) yield;
    const from = onGrid(stretch.from);
    const to = onGrid(stretch.to);
    if (to <= from) continue;
    const stack = stacks.of(stretch.stack);
    const last = cuts.at(-1);
    if (last?.stack === stack && last.to === from) last.to = to;
    else cuts.push({ from, to, stack });
  }
  return cuts;
}

/** One array for each distinct stack, cut to the greatest depth. */
class Stacks {
  readonly #maxDepth: number;
  readonly #known = new Map<string, readonly string[]>();
  /** The same by the arrays themselves, which come again and again. */
  readonly #capped = new Map<readonly string[], readonly string[]>();

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  of(stack: readonly string[]): readonly string[] {
    const capped = this.#capped.get(stack) ?? this.#find(stack);
    this.#capped.set(stack, capped);
    return capped;
  }

  #find(stack: readonly string[]): readonly string[] {
    const key = stack.join("\n");
    const known = this.#known.get(key) ?? this.#cap(stack);
    this.#known.set(key, known);
    return known;
  }

  #cap(stack: readonly string[]): readonly string[] {
    if (stack.length <= this.#maxDepth) return stack;
    return [...stack.slice(0, 1), ...stack.slice(stack.length - (this.#maxDepth - 1))];
  }
}
