// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { analyze } from "../../../lib/oap/analyzer.ts";
import { type StackSnapshot, type TimedStack, timedStacks } from "../../../lib/oap/export/timed_stack.ts";
import { REQUEST, START, snapshots } from "./support.ts";

/** `from-to stack xcount`, in milliseconds since START. */
const told = (stacks: readonly TimedStack[]) =>
  stacks.map(({ from, to, stack, count }) => `${from - START}-${to - START} ${stack.join(" ")} x${count}`);

describe("snapshots", () => {
  test("of one stack are one stretch", () => {
    expect(told(timedStacks(snapshots([0, "a  b"], [10, "a  b"], [20, "a  b"])))).toEqual(["0-20 a b x3"]);
  });

  test("of different stacks share the time between them with their common callers", () => {
    expect(told(timedStacks(snapshots([0, "a  b  c"], [10, "a  b  d"])))).toEqual([
      "0-0 a b c x1",
      "0-10 a b x0",
      "10-10 a b d x1",
    ]);
  });

  test("of different roots share none", () => {
    expect(told(timedStacks(snapshots([0, "a"], [10, "b"])))).toEqual(["0-0 a x1", "10-10 b x1"]);
  });

  test("are cut where a sequence number is missing", () => {
    const [first, , third] = snapshots([0, "a"], [10, "a"], [20, "a"]);
    expect(told(timedStacks([first, third].filter((snapshot) => snapshot !== undefined)))).toEqual([
      "0-0 a x1",
      "20-20 a x1",
    ]);
  });

  test("that came twice, or are empty, count once or not at all", () => {
    const [a, b] = snapshots([0, "a"], [10, "a"]) as [StackSnapshot, StackSnapshot];
    expect(told(timedStacks([a, { ...a, time: a.time + 5 }, b]))).toEqual(["0-10 a x2"]);
    expect(told(timedStacks([{ ...a, stack: [] }, b]))).toEqual(["10-10 a x1"]);
  });

  test("of none are nothing", () => {
    expect(timedStacks([])).toEqual([]);
  });
});

test("the stretches of each element add up to what the analyzer tells", () => {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * n);
  };
  let time = START;
  const many = Array.from({ length: 2_000 }, (_, sequence) => {
    time += random(12);
    const stack = ["root", ...Array.from({ length: random(5) }, (_, depth) => `f${depth}.${random(3)}`)];
    return { time, sequence, stack };
  }).filter(() => random(50) > 0);
  for (const recording of [REQUEST, many]) {
    const times = new Map<string, { duration: number; count: number }>();
    for (const { from, to, stack, count } of timedStacks(recording)) {
      stack.forEach((_, depth) => {
        const key = stack.slice(0, depth + 1).join("/");
        const sum = times.get(key) ?? { duration: 0, count: 0 };
        times.set(key, { duration: sum.duration + to - from, count: sum.count + count });
      });
    }
    const stored = recording.map((snapshot) => ({ ...snapshot, taskId: "t", segmentId: "s" }));
    const timeRange = { start: 0, end: Number.MAX_SAFE_INTEGER };
    const { trees } = analyze([{ segmentId: "s", timeRange }], () => stored);
    const analyzed = new Map<string, { duration: number; count: number }>();
    for (const { elements } of trees) {
      const paths = new Map<number, string>();
      for (const { id, parentId, codeSignature, duration, count } of elements) {
        const path = parentId === 0 ? codeSignature : `${paths.get(parentId)}/${codeSignature}`;
        paths.set(id, path);
        analyzed.set(path, { duration, count });
      }
    }
    expect(analyzed.size).toBeGreaterThan(4);
    expect(times).toEqual(analyzed);
  }
});
