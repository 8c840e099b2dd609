// SPDX-License-Identifier: Apache-2.0

import { type StackState, stateOf } from "../export/frame.ts";
import type { TimedStack } from "../export/timed_stack.ts";

/** A frame in the order of time: from when it was entered until it was left. Times are milliseconds since 1970. */
export interface Box {
  readonly signature: string;
  readonly depth: number;
  readonly from: number;
  readonly to: number;
  /** What the request did in it all the time; `mixed` where that changed. */
  readonly state: StackState | "mixed";
  readonly parent: Box | undefined;
}

/** The boxes of a chart by depth, each row in the order of time. */
export type Rows = readonly (readonly Box[])[];

interface OpenBox extends Box {
  to: number;
  state: StackState | "mixed";
}

/** Lays out stretches of time. A frame that goes on from one stretch to the next is one box. */
export function chartRows(stacks: readonly TimedStack[]): Rows {
  const rows: Box[][] = [];
  let open: OpenBox[] = [];
  for (const { from, to, stack } of stacks) {
    if (to <= from) continue;
    const state = stateOf(stack);
    if (open[0] && open[0].to !== from) open = [];
    let depth = 0;
    for (; open[depth]?.signature === stack[depth] && depth < stack.length; depth++) {
      const box = open[depth];
      if (!box) break;
      box.to = to;
      if (box.state !== state) box.state = "mixed";
    }
    open.length = Math.min(open.length, depth);
    for (; depth < stack.length; depth++) {
      const box: OpenBox = {
        signature: stack[depth] ?? "",
        depth,
        from,
        to,
        state,
        parent: open[depth - 1],
      };
      open.push(box);
      rows[depth] ??= [];
      rows[depth]?.push(box);
    }
  }
  return rows;
}

/** Of a row, the index of the first box that ends after a time. */
export function firstAfter(row: readonly Box[], time: number): number {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((row[middle]?.to ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The box at a time and depth. */
export function boxAt(rows: Rows, time: number, depth: number): Box | undefined {
  const row = rows[depth] ?? [];
  const box = row[firstAfter(row, time)];
  return box && box.from <= time ? box : undefined;
}

/** The box beside, above or below another, for those who walk by keys. */
export function neighbour(
  rows: Rows,
  box: Box,
  direction: "up" | "down" | "left" | "right",
): Box | undefined {
  if (direction === "up") return box.parent;
  if (direction === "down") {
    const row = rows[box.depth + 1] ?? [];
    const below = row[firstAfter(row, box.from)];
    return below && below.parent === box ? below : undefined;
  }
  const row = rows[box.depth] ?? [];
  return row[firstAfter(row, box.from) + (direction === "left" ? -1 : 1)];
}
