// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { type FinishedSegment, SegmentBuffer } from "../../lib/report/segment_buffer.ts";

function segment(name: string, watched = false): FinishedSegment {
  return { bytes: new TextEncoder().encode(name), watched };
}

function drain(buffer: SegmentBuffer, max = 10_000): string[][] {
  const batches: string[][] = [];
  while (buffer.size > 0) {
    batches.push(buffer.take(max).map(({ bytes }) => new TextDecoder().decode(bytes)));
    buffer.settle("sent");
  }
  return batches;
}

function fill(buffer: SegmentBuffer, ...names: string[]): SegmentBuffer {
  for (const name of names) buffer.push(segment(name, name.startsWith("profiled")));
  return buffer;
}

describe("SegmentBuffer", () => {
  test("gives segments in the order they came, in batches", () => {
    const buffer = fill(new SegmentBuffer(3), "a", "b", "c");
    expect(drain(buffer, 2)).toEqual([["a", "b"], ["c"]]);
    expect(buffer.dropped).toBe(0);
  });

  test("drops the oldest beyond its capacity", () => {
    const buffer = fill(new SegmentBuffer(3), "a", "b", "c", "d");
    expect(buffer.dropped).toBe(1);
    expect(drain(buffer)).toEqual([["b", "c", "d"]]);
  });

  test("keeps profiled segments beside the others, and gives them first", () => {
    const buffer = fill(new SegmentBuffer(2), "profiled-1", "a", "b", "c", "profiled-2");
    expect(buffer.dropped).toBe(1);
    expect(drain(buffer, 3)).toEqual([["profiled-1", "profiled-2", "b"], ["c"]]);
  });

  test("keeps 256 profiled segments", () => {
    const buffer = new SegmentBuffer(1);
    for (let index = 0; index < 256; index++) buffer.push(segment("profiled", true));
    expect(buffer.dropped).toBe(0);
    buffer.push(segment("profiled", true));
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 256, dropped: 1 });
  });

  test("gives a batch that was kept again, in order, and drops its oldest if more came than fits", () => {
    const buffer = fill(new SegmentBuffer(3), "a", "b", "profiled");
    buffer.take(3);
    fill(buffer, "c", "d");
    expect(buffer.size).toBe(5);
    buffer.settle("kept");
    expect(buffer.dropped).toBe(1);
    expect(drain(buffer)).toEqual([["profiled", "b", "c", "d"]]);
  });

  test("counts a lost batch", () => {
    const buffer = fill(new SegmentBuffer(3), "a", "b", "c");
    buffer.take(2);
    buffer.settle("lost");
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 1, dropped: 2 });
  });

  test("drops all when it is cleared", () => {
    const buffer = fill(new SegmentBuffer(3), "a", "profiled");
    buffer.clear();
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 0, dropped: 2 });
  });
});
