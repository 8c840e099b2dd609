// SPDX-License-Identifier: Apache-2.0
/**
 * What the snapshots of a segment tell about time: the one reading that the exports and the page share.
 *
 * @module
 */

/** One stack of a profiled segment, as an agent reports it. */
export interface StackSnapshot {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** 0, 1, 2 …; where a number is missing nothing is known. */
  readonly sequence: number;
  /** Code signatures, root first. */
  readonly stack: readonly string[];
}

/** A stretch of time with one stack. */
export interface TimedStack {
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Milliseconds since 1970; equal to `from` where a snapshot stands alone. */
  readonly to: number;
  /** Code signatures, root first. */
  readonly stack: readonly string[];
  /** How many snapshots have exactly this stack here. */
  readonly count: number;
}

/**
 * Reads snapshots as stretches of time, in the order of time.
 *
 * Between two consecutive snapshots passes the time of the callers that both have, and of no other: that is what
 * SkyWalking's analyzer counts for each element, so the stretches of a function add up to its time there.
 *
 * @param snapshots of one segment by ascending sequence; of one sequence the first counts
 */
export function timedStacks(snapshots: readonly StackSnapshot[]): TimedStack[] {
  const found: TimedStack[] = [];
  let open: { from: number; to: number; stack: readonly string[]; count: number } | undefined;
  const add = (from: number, to: number, stack: readonly string[], count: number): void => {
    if (open !== undefined && open.to === from && isSame(open.stack, stack)) {
      open.to = to;
      open.count += count;
      return;
    }
    if (open !== undefined) found.push(open);
    open = { from, to, stack, count };
  };
  let previous: StackSnapshot | undefined;
  for (const snapshot of snapshots) {
    const { time, sequence, stack } = snapshot;
    if (stack.length === 0 || sequence === previous?.sequence) continue;
    if (previous !== undefined && sequence === previous.sequence + 1 && time > previous.time) {
      const shared = sharedPart(previous.stack, stack);
      if (shared.length > 0) add(previous.time, time, shared, 0);
    }
    add(time, time, stack, 1);
    previous = snapshot;
  }
  if (open !== undefined) found.push(open);
  return found;
}

/** The frames from the root on that two stacks have in common. */
function sharedPart(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a === b) return a;
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length === a.length ? a : a.slice(0, length);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((frame, i) => frame === b[i]));
}
