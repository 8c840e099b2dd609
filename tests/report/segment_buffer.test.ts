// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import type { EncodeSegment } from "../../lib/report/encode_segment.ts";
import { SegmentBuffer } from "../../lib/report/segment_buffer.ts";
import { segment } from "./support.ts";

/** Writes the name of a segment as a field. */
const encode: EncodeSegment = (segment, writer) => {
  if (segment.operationName === "bad") throw new Error("Cannot encode it");
  writer.text(1, segment.operationName);
  writer.commit();
};

function bufferOf(capacity: number): SegmentBuffer {
  return new SegmentBuffer(capacity, encode);
}

/** The texts of fields of less than 128 bytes, one after the other. */
function textsOf(fields: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < fields.length; at += 2 + (fields[at + 1] ?? 0)) {
    texts.push(new TextDecoder().decode(fields.subarray(at + 2, at + 2 + (fields[at + 1] ?? 0))));
  }
  return texts;
}

function drain(buffer: SegmentBuffer, max = 10_000): string[][] {
  const batches: string[][] = [];
  while (buffer.size > 0) {
    batches.push(buffer.take(max).flatMap(textsOf));
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
    const buffer = fill(bufferOf(3), "a", "b", "c");
    expect(drain(buffer, 2)).toEqual([["a", "b"], ["c"]]);
    expect(buffer.dropped).toBe(0);
  });

  test("drops the oldest beyond its capacity", () => {
    const buffer = fill(bufferOf(3), "a", "b", "c", "d");
    expect(buffer.dropped).toBe(1);
    expect(drain(buffer)).toEqual([["b", "c", "d"]]);
  });

  test("keeps profiled segments beside the others, and gives them first", () => {
    const buffer = fill(bufferOf(2), "profiled-1", "a", "b", "c", "profiled-2");
    expect(buffer.dropped).toBe(1);
    expect(drain(buffer, 3)).toEqual([["profiled-1", "profiled-2", "b"], ["c"]]);
  });

  test("gives 4 MiB of large segments at a time, and clears them all", () => {
    const large = new SegmentBuffer(1_000, (_, writer) => {
      writer.bytes(1, new Uint8Array(2 ** 20 - 4));
      writer.commit();
    });
    for (let i = 0; i < 9; i++) large.push(segment("large"));
    const sizes: number[] = [];
    for (let i = 0; i < 2; i++) {
      sizes.push(large.take(2_000).reduce((sum, { length }) => sum + length, 0));
      large.settle("sent");
    }
    expect(sizes).toEqual([2 ** 22, 2 ** 22]);
    expect(large.size).toBe(1);
    for (let i = 0; i < 8; i++) large.push(segment("large"));
    large.clear();
    expect([large.size, large.dropped]).toEqual([0, 9]);
  });

  test("keeps 256 profiled segments, then drops the oldest sixteenth", () => {
    const buffer = bufferOf(1);
    for (let index = 0; index < 256; index++) buffer.push(segment("profiled", true));
    expect(buffer.dropped).toBe(0);
    buffer.push(segment("profiled", true));
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 241, dropped: 16 });
  });

  test("gives a batch that was kept again, in order, and drops its oldest if more came than fits", () => {
    const buffer = fill(bufferOf(3), "a", "b", "profiled");
    buffer.take(3);
    fill(buffer, "c", "d");
    expect(buffer.size).toBe(5);
    buffer.settle("kept");
    expect(buffer.dropped).toBe(1);
    expect(drain(buffer)).toEqual([["profiled", "b", "c", "d"]]);
  });

  test("counts a lost batch", () => {
    const buffer = fill(bufferOf(3), "a", "b", "c");
    buffer.take(2);
    buffer.settle("lost");
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 1, dropped: 2 });
  });

  test("keeps very many in few pages, in order, of which the oldest goes where there are too many", () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `${"n".repeat(20)}${i}`);
    const buffer = fill(bufferOf(8_000), ...names);
    expect(buffer.size).toBeLessThanOrEqual(8_000);
    expect(buffer.size).toBeGreaterThan(7_000);
    expect(buffer.size + buffer.dropped).toBe(10_000);
    const batches = drain(buffer, 2_000);
    expect(batches.flat()).toEqual(names.slice(buffer.dropped));
    for (const batch of batches.slice(0, -1)) expect(batch.length).toBeLessThan(2_600);
  });

  test("keeps what was there where one cannot be encoded", () => {
    const buffer = fill(bufferOf(3), "a");
    expect(() => buffer.push(segment("bad"))).toThrow("Cannot encode it");
    fill(buffer, "b");
    expect(drain(buffer)).toEqual([["a", "b"]]);
  });

  test.each([0, -1, 1.5, Number.NaN])("has no capacity of %p", (capacity) => {
    expect(() => bufferOf(capacity)).toThrow(RangeError);
  });

  test("drops all when it is cleared", () => {
    const buffer = fill(bufferOf(3), "a", "profiled");
    buffer.clear();
    expect({ size: buffer.size, dropped: buffer.dropped }).toEqual({ size: 0, dropped: 2 });
  });
});
