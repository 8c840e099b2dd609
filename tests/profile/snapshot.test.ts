// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { type SnapshotOptions, toSnapshots } from "../../lib/profile/snapshot.ts";
import type { Stretch } from "../../lib/profile/timeline.ts";

const EPOCH = 1_700_000_000_000;

function told(stretches: readonly Stretch[], options: Partial<SnapshotOptions> = {}): string[] {
  return toSnapshots(stretches, {
    taskId: "task",
    traceSegmentId: "segment",
    epochOffset: EPOCH,
    periodMs: 10,
    maxDepth: 500,
    ...options,
  }).map(({ time, sequence, codeSignatures }) => `${sequence}@${time - EPOCH} ${codeSignatures.join(" > ")}`);
}

function stretch(from: number, to: number, ...stack: string[]): Stretch {
  return { from, to, stack };
}

describe("toSnapshots()", () => {
  test("has a snapshot at both edges and at every period between them", () => {
    expect(told([stretch(0, 25, "r", "a")])).toEqual(["0@0 r > a", "1@10 r > a", "2@20 r > a", "3@25 r > a"]);
  });

  test("closes a stretch at the instant the next one opens, so that durations add up", () => {
    expect(told([stretch(0, 5, "r", "a"), stretch(5, 12, "r", "b")])).toEqual([
      "0@0 r > a",
      "1@5 r > a",
      "2@5 r > b",
      "3@12 r > b",
    ]);
  });

  test("has no tick at an edge", () => {
    expect(told([stretch(0, 10, "r")])).toEqual(["0@0 r", "1@10 r"]);
    expect(told([stretch(0, 11, "r")])).toEqual(["0@0 r", "1@10 r", "2@11 r"]);
  });

  test("drops a stretch without a whole millisecond and joins what it had parted", () => {
    const parted = [stretch(0, 4.2, "r", "a"), stretch(4.2, 4.9, "r", "b"), stretch(4.9, 8, "r", "a")];
    expect(told(parted)).toEqual(["0@0 r > a", "1@8 r > a"]);
  });

  test("keeps the same stretch where a millisecond begins in it", () => {
    const parted = [stretch(0, 4.6, "r", "a"), stretch(4.6, 5.3, "r", "b"), stretch(5.3, 8, "r", "a")];
    expect(told(parted)).toEqual(["0@0 r > a", "1@4 r > a", "2@4 r > b", "3@5 r > b", "4@5 r > a", "5@8 r > a"]);
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

  test("keeps a stack at the depth limit whole, and of a deeper one the root and the innermost", () => {
    expect(told([stretch(0, 1, "r", "a", "b", "c")], { maxDepth: 4 })[0]).toBe("0@0 r > a > b > c");
    expect(told([stretch(0, 1, "r", "a", "b", "c")], { maxDepth: 3 })[0]).toBe("0@0 r > b > c");
    expect(told([stretch(0, 1, "r", "a", "b", "c")], { maxDepth: 1 })[0]).toBe("0@0 r");
  });

  test("shares one array between the snapshots of a stack, for encoders that cache", () => {
    const snapshots = toSnapshots([stretch(0, 5, "r", "a"), stretch(5, 9, "r"), stretch(9, 14, "r", "a")], {
      taskId: "task",
      traceSegmentId: "segment",
      epochOffset: EPOCH,
      periodMs: 10,
      maxDepth: 500,
    });
    expect(snapshots[0]?.codeSignatures).toBe(snapshots[5]?.codeSignatures as readonly string[]);
  });
});
