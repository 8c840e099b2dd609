// SPDX-License-Identifier: Apache-2.0

import type { TimedStack } from "../export/timed_stack.ts";
import type { TimeRange } from "./span_tree.ts";

/**
 * What of a recording lies in parts of time, both ends included. A stretch that crosses an end is cut there, so that
 * the times add up to the parts'; its snapshots count where more than half of it remains.
 */
export function within(stacks: readonly TimedStack[], ranges: readonly TimeRange[]): TimedStack[] {
  return ranges.flatMap(([start, end]) =>
    stacks
      .filter(({ from, to }) => to >= start && from <= end)
      .map((stretch) => {
        const from = Math.max(stretch.from, start);
        const to = Math.min(stretch.to, end);
        if (from === stretch.from && to === stretch.to) return stretch;
        const share = (to - from) / (stretch.to - stretch.from);
        return { ...stretch, from, to, count: Math.round(stretch.count * share) };
      })
      .filter(({ from, to, count }) => to > from || count > 0),
  );
}
