// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { SnapshotBuffer } from "../../lib/report/snapshot_buffer.ts";
import { snapshotsOf } from "./support.ts";

/** What a buffer holds, as `segment:sequence`, in batches of `max`. */
function drain(buffer: SnapshotBuffer, max = 10_000): string[][] {
  const batches: string[][] = [];
  while (buffer.size > 0) {
    batches.push(buffer.take(max).map(({ traceSegmentId, sequence }) => `${traceSegmentId}:${sequence}`));
    buffer.settle("sent");
  }
  return batches;
}

describe("SnapshotBuffer", () => {
  test("gives snapshots in the order they came, in batches", () => {
    const buffer = new SnapshotBuffer(10);
    buffer.push(snapshotsOf("a", 3));
    buffer.push(snapshotsOf("b", 2));
    expect(drain(buffer, 2)).toEqual([["a:0", "a:1"], ["a:2", "b:0"], ["b:1"]]);
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 0, dropped: 0 });
  });

  test("holds exactly its capacity", () => {
    const buffer = new SnapshotBuffer(5);
    buffer.push(snapshotsOf("a", 5));
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 5, dropped: 0 });
    const smaller = new SnapshotBuffer(4);
    smaller.push(snapshotsOf("a", 5));
    expect({ size: smaller.size, dropped: smaller.dropped }).toEqual({ size: 4, dropped: 1 });
  });

  test("cuts the end of the segment that does not fit, never a hole into one", () => {
    const buffer = new SnapshotBuffer(5);
    buffer.push(snapshotsOf("a", 3));
    buffer.push(snapshotsOf("b", 4));
    expect(buffer.dropped).toBe(2);
    expect(drain(buffer)).toEqual([["a:0", "a:1", "a:2", "b:0", "b:1"]]);
  });

  test("takes sequence 0 of every segment when it is full, of 256 segments", () => {
    const buffer = new SnapshotBuffer(5);
    buffer.push(snapshotsOf("a", 5));
    for (let index = 0; index < 256; index++) buffer.push(snapshotsOf(`s${index}`, 3));
    expect(buffer.size).toBe(5 + 256);
    buffer.push(snapshotsOf("one-too-many", 3));
    expect(buffer.size).toBe(5 + 256);
    expect(buffer.dropped).toBe(256 * 2 + 3);
    const [all = []] = drain(buffer);
    expect(all.slice(5)).toEqual(Array.from({ length: 256 }, (_, index) => `s${index}:0`));
  });

  test("counts what is being sent as waiting, until it is known to be sent", () => {
    const buffer = new SnapshotBuffer(4);
    buffer.push(snapshotsOf("a", 4));
    buffer.take(3);
    buffer.push(snapshotsOf("b", 2));
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 5, dropped: 1 });
    buffer.settle("sent");
    expect(drain(buffer)).toEqual([["a:3", "b:0"]]);
  });

  test("gives a batch that was kept again, before what came meanwhile", () => {
    const buffer = new SnapshotBuffer(10);
    buffer.push(snapshotsOf("a", 3));
    buffer.take(2);
    buffer.push(snapshotsOf("b", 1));
    buffer.settle("kept");
    expect(drain(buffer)).toEqual([["a:0", "a:1", "a:2", "b:0"]]);
  });

  test("drops with a lost batch the rest of its segments, and no other", () => {
    const buffer = new SnapshotBuffer(10);
    buffer.push(snapshotsOf("a", 2));
    buffer.push(snapshotsOf("b", 3));
    buffer.push(snapshotsOf("c", 2));
    buffer.take(3);
    buffer.settle("lost");
    expect(buffer.dropped).toBe(5);
    expect(drain(buffer)).toEqual([["c:0", "c:1"]]);
  });

  test("drops all when it is cleared", () => {
    const buffer = new SnapshotBuffer(10);
    buffer.push(snapshotsOf("a", 2));
    buffer.clear();
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 0, dropped: 2 });
  });

  test("takes no empty segment", () => {
    const buffer = new SnapshotBuffer(10);
    buffer.push([]);
    buffer.push(snapshotsOf("a", 1));
    expect(drain(buffer)).toEqual([["a:0"]]);
  });

  test.each([0, -1, 1.5, Number.NaN])("cannot have a capacity of %p", (capacity) => {
    expect(() => new SnapshotBuffer(capacity)).toThrow(RangeError);
  });
});
