// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { finished } from "../../lib/base/steps.ts";
import { type SnapshotOptions, toSnapshots } from "../../lib/profile/snapshot.ts";
import type { Stretch } from "../../lib/profile/timeline/timeline_types.ts";

const EPOCH = 1_700_000_000_000;

const OPTIONS: SnapshotOptions = {
  taskId: "task",
  traceSegmentId: "segment",
  epochOffset: EPOCH,
  periodMs: 10,
  maxDepth: 500,
};

function told(stretches: readonly Stretch[], options: Partial<SnapshotOptions> = {}): string[] {
  return finished(toSnapshots(stretches, { ...OPTIONS, ...options })).map(
    ({ time, sequence, codeSignatures }) => `${sequence}@${time - EPOCH} ${codeSignatures.join(" > ")}`,
  );
}

function stretch(from: number, to: number, ...stack: string[]): Stretch {
  return { from, to, stack };
}

/** How the backend counts: duration by consecutive equal frames, and how often a frame was seen. */
function analysed(stretches: readonly Stretch[], options: Partial<SnapshotOptions> = {}) {
  const snapshots = finished(toSnapshots(stretches, { ...OPTIONS, ...options }));
  const figures: Record<string, { ms: number; count: number }> = {};
  for (const [i, { time, codeSignatures }] of snapshots.entries()) {
    const before = snapshots[i - 1];
    for (const code of new Set(codeSignatures)) {
      const figure = figures[code] ?? { ms: 0, count: 0 };
      figures[code] = figure;
      figure.count++;
      if (before?.codeSignatures.includes(code)) figure.ms += time - before.time;
    }
  }
  return { figures, snapshots };
}

describe("toSnapshots()", () => {
  test("has a snapshot at both edges and evenly between them, two a millisecond at a period of 10 ms", () => {
    expect(told([stretch(0, 2, "r", "a")])).toEqual(["0@0 r > a", "1@1 r > a", "2@1 r > a", "3@2 r > a"]);
    expect(told([stretch(0, 30, "r", "a")])).toHaveLength(60);
    expect(told([stretch(0, 30, "r", "a")], { periodMs: 100 })).toHaveLength(6);
  });

  test("closes a stretch at the instant the next one opens, so that durations add up", () => {
    const stretches = [stretch(0, 1, "r", "a"), stretch(1, 2, "r", "b")];
    expect(told(stretches)).toEqual(["0@0 r > a", "1@1 r > a", "2@1 r > b", "3@2 r > b"]);
  });

  test("drops a stretch without a whole millisecond and joins what it had parted", () => {
    const parted = [stretch(0, 0.4, "r", "a"), stretch(0.4, 0.9, "r", "b"), stretch(0.9, 1, "r", "a")];
    expect(told(parted)).toEqual(["0@0 r > a", "1@1 r > a"]);
  });

  test("keeps the same stretch where a millisecond begins in it", () => {
    const parted = [stretch(0, 1.6, "r", "a"), stretch(1.6, 2.3, "r", "b"), stretch(2.3, 3, "r", "a")];
    expect(told(parted)).toEqual([
      "0@0 r > a",
      "1@1 r > a",
      "2@1 r > b",
      "3@2 r > b",
      "4@2 r > a",
      "5@3 r > a",
    ]);
  });

  test("cuts times to whole milliseconds as Date.now() does", () => {
    expect(told([stretch(0.9, 1.9, "r")])).toEqual(["0@0 r", "1@1 r"]);
  });

  test("gives a request within one millisecond one snapshot, as the backend lists by sequence 0", () => {
    expect(told([stretch(3.1, 3.6, "r", "a"), stretch(3.6, 3.9, "r", "b")])).toEqual(["0@3 r > a"]);
  });

  test("gives nothing for no time at all", () => {
    expect(told([])).toEqual([]);
  });

  test("keeps counts in proportion to time, as the flame view draws counts", () => {
    const stretches: Stretch[] = [];
    let at = 0;
    for (let i = 0; i < 200; i++) {
      for (const [name, ms] of [
        ["short", 1],
        ["middle", 7],
        ["long", 42],
      ] as const) {
        stretches.push(stretch(at, at + ms, "r", name));
        at += ms;
      }
    }
    // 10 s: the longest request that must be in proportion.
    expect(at).toBe(10_000);
    const { figures, snapshots } = analysed(stretches);
    expect(snapshots.length).toBeLessThan(12_000);
    for (const [name, ms] of [
      ["r", 10_000],
      ["middle", 1_400],
      ["long", 8_400],
    ] as const) {
      expect(figures[name]?.ms).toBe(ms);
      const share = (figures[name]?.count ?? 0) / snapshots.length;
      expect(share / (ms / 10_000)).toBeGreaterThan(0.95);
      expect(share / (ms / 10_000)).toBeLessThan(1.05);
    }
  });

  test("thins out the longest legal request evenly, below the backend's limit and with exact durations", () => {
    const minutes = 15 * 60_000;
    const { figures, snapshots } = analysed([
      stretch(0, minutes / 3, "r", "a"),
      stretch(minutes / 3, minutes / 3 + 5, "r", "b"),
      stretch(minutes / 3 + 5, minutes, "r", "a"),
    ]);
    expect(snapshots.length).toBeLessThan(12_000);
    expect(figures).toMatchObject({ r: { ms: minutes }, a: { ms: minutes - 5 }, b: { ms: 5 } });
  });

  test("cuts a request of very many stretches to a coarser grid, without bias", () => {
    const stretches = Array.from({ length: 90_000 }, (_, i) =>
      stretch(i * 10, i * 10 + 10, "r", i % 3 ? "a" : "b"),
    );
    const { figures, snapshots } = analysed(stretches);
    expect(snapshots.length).toBeLessThan(12_000);
    expect(figures.r?.ms).toBe(900_000);
    expect((figures.b?.ms ?? 0) / 900_000).toBeCloseTo(1 / 3, 1);
  });

  test("counts sequences without a hole and never goes back in time", () => {
    const { snapshots } = analysed([
      stretch(0, 33, "r", "a"),
      stretch(33, 34, "r"),
      stretch(34, 90, "r", "b"),
    ]);
    expect(snapshots.map(({ sequence }) => sequence)).toEqual(snapshots.map((_, i) => i));
    expect(snapshots.every(({ time }, i) => time >= (snapshots[i - 1]?.time ?? 0))).toBe(true);
  });

  test("keeps a stack at the depth limit whole, and of a deeper one the root and the innermost", () => {
    expect(told([stretch(0, 1, "r", "a", "b", "c")], { maxDepth: 4 })[0]).toBe("0@0 r > a > b > c");
    expect(told([stretch(0, 1, "r", "a", "b", "c")], { maxDepth: 3 })[0]).toBe("0@0 r > b > c");
    expect(told([stretch(0, 1, "r", "a", "b", "c")], { maxDepth: 1 })[0]).toBe("0@0 r");
  });

  test("shares one array between the snapshots of a stack, for encoders that cache", () => {
    const { snapshots } = analysed([stretch(0, 1, "r", "a"), stretch(1, 2, "r"), stretch(2, 3, "r", "a")]);
    expect(snapshots[0]?.codeSignatures).toBe(snapshots[5]?.codeSignatures as readonly string[]);
  });
});
