// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "bun:test";
import { type Analysis, analyze, MAX_ANALYZED_SNAPSHOTS } from "../../lib/oap/analyzer.ts";
import type { Snapshot } from "../../lib/oap/model.ts";

const PERIOD_MS = 10;

/** One stack a sequence number, `main>a>b`; an empty text is an empty stack, `undefined` a number that never came. */
function recording(segmentId: string, stacks: readonly (string | undefined)[], startTime = 0): Snapshot[] {
  return stacks.flatMap((stack, sequence) =>
    stack === undefined
      ? []
      : [
          {
            taskId: "task",
            segmentId,
            sequence,
            time: startTime + sequence * PERIOD_MS,
            stack: stack === "" ? [] : stack.split(">"),
          },
        ],
  );
}

/** Every element as `parent/id signature duration:self count`. */
function shown({ trees }: Analysis): string[][] {
  return trees.map(({ elements }) =>
    elements.map(
      ({ id, parentId, codeSignature, duration, durationChildExcluded, count }) =>
        `${parentId}/${id} ${codeSignature} ${duration}:${durationChildExcluded} x${count}`,
    ),
  );
}

function analyzeAll(stacks: readonly (string | undefined)[]): string[][] {
  return shown(
    analyze([{ segmentId: "s", timeRange: { start: 0, end: 1e9 } }], () => recording("s", stacks)),
  );
}

const vectors: { name: string; stacks: (string | undefined)[]; trees: string[][] }[] = [
  { name: "nothing", stacks: [], trees: [] },
  {
    name: "a lone snapshot counts no time",
    stacks: ["main>a"],
    trees: [["0/1 main 0:0 x1", "1/2 a 0:0 x1"]],
  },
  {
    name: "a run counts from its first snapshot to its last",
    stacks: ["main>a", "main>a", "main>a"],
    trees: [["0/1 main 20:0 x3", "1/2 a 20:20 x3"]],
  },
  {
    name: "the time between two children is the parent's own",
    stacks: ["main>a", "main>a", "main>b", "main>b"],
    trees: [["0/1 main 30:10 x4", "1/2 a 10:10 x2", "1/3 b 10:10 x2"]],
  },
  {
    name: "a child that comes and goes has two runs",
    stacks: ["main>a", "main>a", "main", "main>a", "main>a"],
    trees: [["0/1 main 40:20 x5", "1/2 a 20:20 x4"]],
  },
  {
    name: "a hole in the sequence breaks the runs of all",
    stacks: ["main>a", "main>a", undefined, "main>a", "main>a"],
    trees: [["0/1 main 20:0 x4", "1/2 a 20:20 x4"]],
  },
  {
    name: "an empty stack is a hole",
    stacks: ["main>a", "", "main>a"],
    trees: [["0/1 main 0:0 x2", "1/2 a 0:0 x2"]],
  },
  {
    name: "single hits of a child leave the time with the parent",
    stacks: ["main>a", "main>b", "main>a", "main>b"],
    trees: [["0/1 main 30:30 x4", "1/2 a 0:0 x2", "1/3 b 0:0 x2"]],
  },
  {
    name: "recursion goes deeper",
    stacks: ["f", "f>f", "f>f>f", "f>f>f"],
    trees: [["0/1 f 30:10 x4", "1/2 f 20:10 x3", "2/3 f 10:10 x2"]],
  },
  {
    name: "the same function under two callers is two elements",
    stacks: ["m>a>c", "m>a>c", "m>b>c", "m>b>c"],
    trees: [["0/1 m 30:10 x4", "1/2 a 10:0 x2", "1/3 b 10:0 x2", "2/4 c 10:10 x2", "3/5 c 10:10 x2"]],
  },
  {
    name: "each root has a tree of its own",
    stacks: ["m>a", "n>a", "m>a", "n>a", "n>a"],
    trees: [
      ["0/1 m 0:0 x2", "1/2 a 0:0 x2"],
      ["0/1 n 10:0 x3", "1/2 a 10:10 x3"],
    ],
  },
  {
    name: "ids go breadth first, children in the order they appear",
    stacks: ["r>b>x", "r>a>y", "r>b>z"],
    trees: [
      ["0/1 r 20:20 x3", "1/2 b 0:0 x2", "1/3 a 0:0 x1", "2/4 x 0:0 x1", "2/5 z 0:0 x1", "3/6 y 0:0 x1"],
    ],
  },
  {
    name: "signatures are compared to the letter",
    stacks: ["m>f:1", "m>f:2", "m>f:1 "],
    trees: [["0/1 m 20:20 x3", "1/2 f:1 0:0 x1", "1/3 f:2 0:0 x1", "1/4 f:1  0:0 x1"]],
  },
];

describe("analyze", () => {
  for (const { name, stacks, trees } of vectors) {
    test(name, () => expect(analyzeAll(stacks)).toEqual(trees));
  }

  test("the range of time includes both of its ends", () => {
    const all = recording("s", ["m>a", "m>b", "m>c", "m>d"]);
    const part = (start: number, end: number) =>
      analyze([{ segmentId: "s", timeRange: { start, end } }], () => all).trees[0]?.elements.map(
        ({ codeSignature }) => codeSignature,
      );
    expect(part(10, 20)).toEqual(["m", "b", "c"]);
    expect(part(11, 20)).toEqual(["m", "c"]);
    expect(part(10, 19)).toEqual(["m", "b"]);
    expect(part(31, 99)).toBeUndefined();
  });

  test("between the ends of the range the sequence decides, not the time", () => {
    const snapshots = recording("s", ["m", "m", "m"]).map((snapshot) =>
      snapshot.sequence === 1 ? { ...snapshot, time: 500 } : snapshot,
    );
    const { trees } = analyze([{ segmentId: "s", timeRange: { start: 0, end: 20 } }], () => snapshots);
    expect(trees[0]?.elements[0]).toMatchObject({ count: 3, duration: 20 });
  });

  test("of two segments the later one keeps only the sequences that the first one lacks", () => {
    const bySegment: Record<string, Snapshot[]> = {
      a: recording("a", ["m>a", "m>a"]),
      b: recording("b", ["m>b", "m>b", "m>b", "m>b"]),
    };
    const timeRange = { start: 0, end: 1000 };
    const both = ["a", "b"].map((segmentId) => ({ segmentId, timeRange }));
    expect(shown(analyze(both, (id) => bySegment[id] ?? []))).toEqual([
      ["0/1 m 30:10 x4", "1/2 a 10:10 x2", "1/3 b 10:10 x2"],
    ]);
  });

  test("several ranges of one segment count each snapshot once", () => {
    const all = recording("s", ["m", "m", "m", "m", "m", "m"]);
    const ranges = [
      { start: 0, end: 20 },
      { start: 10, end: 20 },
      { start: 50, end: 50 },
    ];
    const queries = ranges.map((timeRange) => ({ segmentId: "s", timeRange }));
    expect(shown(analyze(queries, () => all))).toEqual([["0/1 m 20:20 x4"]]);
  });

  test("a segment without snapshots in the range does not disturb the others", () => {
    const queries = ["none", "s"].map((segmentId) => ({ segmentId, timeRange: { start: 0, end: 99 } }));
    const { tip, trees } = analyze(queries, (id) => (id === "s" ? recording("s", ["m"]) : []));
    expect(tip).toBeUndefined();
    expect(trees).toHaveLength(1);
  });

  test("the limit holds for each query, the tip for their sum", () => {
    const stacks = Array.from({ length: 6 }, () => "m");
    const of = (id: string) => recording(id, stacks);
    const timeRange = { start: 0, end: 1000 };
    const one = analyze([{ segmentId: "a", timeRange }], of, 6);
    expect(one.tip).toBeUndefined();
    expect(one.trees[0]?.elements[0]?.count).toBe(6);
    const over = analyze([{ segmentId: "a", timeRange }], of, 5);
    expect(over.tip).toBe(
      "Out of snapshot analyze limit, 6 snapshots found, but analysis first 5 snapshots only.",
    );
    expect(over.trees[0]?.elements[0]).toMatchObject({ count: 5, duration: 40 });
    const halves = [
      { segmentId: "a", timeRange: { start: 0, end: 20 } },
      { segmentId: "a", timeRange: { start: 30, end: 50 } },
    ];
    const sum = analyze(halves, of, 5);
    expect(sum.tip).toContain("6 snapshots found");
    expect(sum.trees[0]?.elements[0]).toMatchObject({ count: 6, duration: 50 });
  });

  test("the limit counts sequence numbers, not snapshots", () => {
    const stacks = ["m", undefined, undefined, "m"];
    const { tip, trees } = analyze(
      [{ segmentId: "s", timeRange: { start: 0, end: 99 } }],
      () => recording("s", stacks),
      3,
    );
    expect(tip).toContain("4 snapshots found");
    expect(trees[0]?.elements[0]?.count).toBe(1);
  });

  test("12000 snapshots are analyzed whole, of 12001 the first 12000", () => {
    const of = (length: number) =>
      analyze([{ segmentId: "s", timeRange: { start: 0, end: 1e9 } }], () =>
        recording(
          "s",
          Array.from({ length }, () => "m>a"),
        ),
      );
    expect(MAX_ANALYZED_SNAPSHOTS).toBe(12_000);
    const whole = of(12_000);
    expect(whole.tip).toBeUndefined();
    expect(whole.trees[0]?.elements[1]).toMatchObject({ count: 12_000, duration: 119_990 });
    const over = of(12_001);
    expect(over.tip).toBe(
      "Out of snapshot analyze limit, 12001 snapshots found, but analysis first 12000 snapshots only.",
    );
    expect(over.trees[0]?.elements[1]).toMatchObject({ count: 12_000, duration: 119_990 });
  });
});
