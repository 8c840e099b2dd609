// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "bun:test";
import { bench, snapshotOf } from "./store_bench.ts";

describe("snapshots", () => {
  test("they come in the order of their sequence, whatever order they arrived in", () => {
    const { store } = bench();
    for (const sequence of [2, 0, 3, 1]) store.addSnapshot(snapshotOf("a", sequence));
    expect(store.snapshots("a").map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
    expect(store.snapshots("none")).toEqual([]);
  });

  test("one with the same task, segment and sequence adds nothing", () => {
    const { store } = bench();
    store.addSnapshot(snapshotOf("a", 0, { stack: ["first"] }));
    store.addSnapshot(snapshotOf("a", 0, { stack: ["second"] }));
    store.addSnapshot(snapshotOf("a", 0, { stack: ["third"], taskId: "other" }));
    expect(store.snapshots("a").map(({ stack }) => stack[0])).toEqual(["first", "third"]);
  });

  test("a stack that comes again is stored once", () => {
    const { store } = bench();
    for (const sequence of [0, 1]) store.addSnapshot(snapshotOf("a", sequence, { stack: ["main", "f"] }));
    const [first, second] = store.snapshots("a");
    expect(first?.stack).toEqual(["main", "f"]);
    expect(second?.stack).toBe(first?.stack);
  });

  test("a task lists the segments whose sequence 0 came for it", () => {
    const { store } = bench();
    store.addSnapshot(snapshotOf("a", 1));
    store.addSnapshot(snapshotOf("b", 0));
    store.addSnapshot(snapshotOf("c", 0, { taskId: "other" }));
    expect(store.profiledSegmentIds("task")).toEqual(["b"]);
    store.addSnapshot(snapshotOf("a", 0));
    expect(store.profiledSegmentIds("task")).toEqual(["a", "b"]);
  });

  test("at the limit all stay, beyond it the segment that was profiled first loses all of its own", () => {
    const { store, full } = bench({ snapshots: 4 });
    for (const id of ["a", "b"]) for (const sequence of [0, 1]) store.addSnapshot(snapshotOf(id, sequence));
    expect(full).toEqual([]);
    store.addSnapshot(snapshotOf("b", 2));
    expect(store.snapshots("a")).toEqual([]);
    expect(store.snapshots("b")).toHaveLength(3);
    expect(store.dropped.snapshots).toBe(2);
    expect(full).toEqual([["snapshots", 4]]);
  });

  test("a segment that alone is too large loses what comes last", () => {
    const { store } = bench({ snapshots: 2 });
    for (const sequence of [0, 1, 2]) store.addSnapshot(snapshotOf("a", sequence));
    expect(store.snapshots("a").map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(store.dropped.snapshots).toBe(1);
  });

  test("distinct stacks count by their length", () => {
    const { store } = bench({ chars: 100 });
    store.addSnapshot(snapshotOf("a", 0, { stack: ["x".repeat(60)] }));
    store.addSnapshot(snapshotOf("a", 1, { stack: ["x".repeat(60)] }));
    store.addSnapshot(snapshotOf("b", 0, { stack: ["y".repeat(40)] }));
    expect(store.dropped.snapshots).toBe(0);
    store.addSnapshot(snapshotOf("b", 1, { stack: ["z"] }));
    expect(store.dropped.snapshots).toBe(2);
    expect(store.snapshots("b")).toHaveLength(2);
  });
});
