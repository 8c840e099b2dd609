// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "bun:test";
import { bench, segmentOf, snapshotOf } from "./store_bench.ts";

describe("segments", () => {
  test("at the limit all stay, beyond it the oldest trace goes as a whole", () => {
    const { store, full } = bench({ segments: 3 });
    for (const id of ["a1", "a2", "b1"]) store.addSegment(segmentOf(id, id.slice(0, 1)));
    expect(full).toEqual([]);
    store.addSegment(segmentOf("c1", "c"));
    expect(["a1", "a2", "b1", "c1"].filter((id) => store.segment(id) !== undefined)).toEqual(["b1", "c1"]);
    expect(store.trace("a")).toEqual([]);
    expect(store.dropped.segments).toBe(2);
    expect(full).toEqual([["segments", 3]]);
  });

  test("that something goes is said once", () => {
    const { store, full } = bench({ segments: 1 });
    for (const id of ["a", "b", "c", "d"]) store.addSegment(segmentOf(id));
    expect(store.dropped.segments).toBe(3);
    expect(full).toHaveLength(1);
  });

  test("a trace with snapshots outlives newer ones without, whichever of the two came first", () => {
    const { store } = bench({ segments: 4 });
    store.addSegment(segmentOf("early"));
    store.addSnapshot(snapshotOf("early", 0));
    store.addSnapshot(snapshotOf("late", 0));
    store.addSegment(segmentOf("late"));
    for (let n = 0; n < 20; n++) store.addSegment(segmentOf(`n${n}`));
    expect(store.segment("early")?.segmentId).toBe("early");
    expect(store.segment("late")?.segmentId).toBe("late");
    expect(store.segment("n19")?.segmentId).toBe("n19");
    expect(store.dropped.segments).toBe(18);
  });

  test("profiled traces have half of the room", () => {
    const { store } = bench({ segments: 4 });
    for (let n = 0; n < 9; n++) {
      store.addSnapshot(snapshotOf(`p${n}`, 0));
      store.addSegment(segmentOf(`p${n}`));
    }
    store.addSegment(segmentOf("n0"));
    store.addSegment(segmentOf("n1"));
    expect(["p6", "p7", "p8", "n0", "n1"].filter((id) => store.segment(id))).toEqual([
      "p7",
      "p8",
      "n0",
      "n1",
    ]);
  });

  test("a trace that alone is too large makes room for itself", () => {
    const { store } = bench({ segments: 2 });
    for (const id of ["1", "2", "3"]) store.addSegment(segmentOf(id, "t"));
    expect(store.trace("t").map(({ segmentId }) => segmentId)).toEqual(["3"]);
  });

  test("long texts count", () => {
    const { store, full } = bench({ chars: 2000 });
    store.addSegment(segmentOf("a", "a", "x".repeat(700)));
    store.addSegment(segmentOf("b", "b", "x".repeat(700)));
    expect(full).toEqual([]);
    store.addSegment(segmentOf("c", "c", "x".repeat(700)));
    expect(["a", "b", "c"].filter((id) => store.segment(id))).toEqual(["b", "c"]);
  });

  test("one that comes again adds nothing", () => {
    const { store } = bench();
    store.addSegment(segmentOf("a", "t"));
    store.addSegment(segmentOf("a", "t", "again"));
    expect(store.trace("t").map(({ spans }) => spans[0]?.operationName)).toEqual([""]);
  });
});
