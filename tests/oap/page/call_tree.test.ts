// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { timedStacks } from "../../../lib/oap/export/timed_stack.ts";
import { type CallNode, callTree, hotPath, matchedTime, treeRows } from "../../../lib/oap/page/call_tree.ts";
import { within } from "../../../lib/oap/page/selection.ts";
import { HELD, LIST, OTHER, PARSE, REQUEST, ROOT_FRAME, START, snapshots, WAIT } from "../export/support.ts";

const stacks = timedStacks(REQUEST);
const told = ({ signature, depth, total, self, count, states }: CallNode) =>
  `${"  ".repeat(depth)}${signature} ${total}/${self} x${count} ${states.running}+${states.waiting}+${states.held}`;

describe("a call tree", () => {
  const tree = callTree(stacks);

  test("tells of each element its time, its own, how often it was seen, and what the request did", () => {
    const all = new Set(tree.nodes.map(({ id }) => id));
    expect(treeRows(tree.roots, all, "").map(told)).toEqual([
      `${ROOT_FRAME} 73/0 x9 30+40+3`,
      `  ${LIST} 73/0 x9 30+40+3`,
      `    ${WAIT} 40/40 x2 0+40+0`,
      `    ${PARSE} 30/30 x5 30+0+0`,
      `    ${HELD} 3/0 x2 0+0+3`,
      `      ${OTHER} 3/3 x2 0+0+3`,
    ]);
    expect(tree.total).toBe(73);
  });

  test("is open at first where the time goes", () => {
    const rows = treeRows(tree.roots, hotPath(tree), "");
    expect(rows.map(({ signature }) => signature)).toEqual([ROOT_FRAME, LIST, WAIT, PARSE, HELD]);
  });

  test("keeps a function apart that calls itself, and one with other callers", () => {
    const { nodes } = callTree(
      timedStacks(snapshots([0, "a  a  b"], [5, "a  a  b"], [5, "a  b"], [9, "a  b"])),
    );
    expect(nodes.map(told)).toEqual([
      "a 9/0 x4 9+0+0",
      "  a 5/0 x2 5+0+0",
      "    b 5/5 x2 5+0+0",
      "  b 4/4 x2 4+0+0",
    ]);
  });

  test("of nothing is empty", () => {
    expect(callTree([])).toEqual({ roots: [], nodes: [], total: 0 });
  });

  test("of stacks thousands of frames deep is told", () => {
    const deep = Array.from({ length: 5_000 }, (_, i) => `f${i}`).join("  ");
    const tree = callTree(timedStacks(snapshots([0, deep], [9, deep])));
    expect(treeRows(tree.roots, new Set(tree.nodes.map(({ id }) => id)), "").length).toBe(5_000);
    expect(treeRows(tree.roots, new Set(), "F4999").length).toBe(5_000);
  });
});

describe("a search", () => {
  test("shows what matches and its callers, whatever is open", () => {
    const { roots } = callTree(stacks);
    const found = treeRows(roots, new Set(), "REPORT.ts").map(({ signature }) => signature);
    expect(found).toEqual([ROOT_FRAME, LIST, HELD, OTHER]);
    expect(treeRows(roots, new Set(), "nowhere")).toEqual([]);
  });

  test("shows what is open below a match, and no more", () => {
    const { roots, nodes } = callTree(stacks);
    const all = new Set(nodes.map(({ id }) => id));
    const found = (open: ReadonlySet<number>) =>
      treeRows(roots, open, "held by").map(({ signature }) => signature);
    expect(found(all)).toEqual([ROOT_FRAME, LIST, HELD, OTHER]);
    expect(found(new Set())).toEqual([ROOT_FRAME, LIST, HELD]);
  });

  test("counts each moment once", () => {
    expect(matchedTime(stacks, "src/")).toBe(73);
    expect(matchedTime(stacks, "parse")).toBe(30);
    expect(matchedTime(stacks, "report")).toBe(3);
    expect(matchedTime(stacks, "")).toBe(0);
  });
});

describe("a part of the time", () => {
  const times = (...ranges: [number, number][]) =>
    within(
      stacks,
      ranges.map(([from, to]) => [START + from, START + to] as const),
    ).map(({ from, to, stack }) => [from - START, to - START, stack.at(-1)]);

  test("cuts what crosses its ends", () => {
    expect(times([10, 50])).toEqual([
      [10, 20, PARSE],
      [20, 50, WAIT],
    ]);
  });

  test("may be several", () => {
    expect(times([0, 5], [61, 100])).toEqual([
      [0, 5, PARSE],
      [61, 63, OTHER],
      [63, 73, PARSE],
    ]);
  });

  test("that is all or more of it changes nothing", () => {
    expect(within(stacks, [[START, START + 73]])).toEqual(stacks);
    expect(within(stacks, [[0, Number.MAX_SAFE_INTEGER]])).toEqual(stacks);
  });

  test("before or after the recording is empty", () => {
    expect(times([-9, -1], [74, 80])).toEqual([]);
  });
});
