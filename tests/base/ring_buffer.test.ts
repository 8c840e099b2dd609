// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { RingBuffer } from "../../lib/base/ring_buffer.ts";

describe("RingBuffer", () => {
  test("hands items over oldest first and is empty afterwards", () => {
    const buffer = new RingBuffer<number>(3);
    expect([buffer.push(1), buffer.push(2), buffer.push(3)]).toEqual([true, true, true]);
    expect(buffer.size).toBe(3);
    expect(buffer.drain()).toEqual([1, 2, 3]);
    expect(buffer.drain()).toEqual([]);
    expect(buffer.size).toBe(0);
  });

  test("drops the oldest item above its capacity and counts it", () => {
    const buffer = new RingBuffer<number>(3);
    for (const item of [1, 2, 3]) buffer.push(item);
    expect(buffer.dropped).toBe(0);
    expect(buffer.push(4)).toBe(false);
    expect(buffer.push(5)).toBe(false);
    expect(buffer.dropped).toBe(2);
    expect(buffer.size).toBe(3);
    expect(buffer.drain()).toEqual([3, 4, 5]);
    expect(buffer.dropped).toBe(2);
  });

  test("drains no more than asked for and stays in order over its own end", () => {
    const buffer = new RingBuffer<number>(3);
    const seen: number[] = [];
    for (let item = 0; item < 20; item += 2) {
      buffer.push(item);
      buffer.push(item + 1);
      seen.push(...buffer.drain(2));
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
    buffer.push(1);
    expect(buffer.drain(0)).toEqual([]);
    expect(buffer.drain(9)).toEqual([1]);
  });

  test("keeps undefined as an item", () => {
    const buffer = new RingBuffer<undefined>(2);
    buffer.push(undefined);
    expect(buffer.drain()).toEqual([undefined]);
  });

  test("refuses a capacity that is not a positive integer", () => {
    for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new RingBuffer(capacity)).toThrow(
        `Cannot create a ring buffer: the capacity is ${capacity}`,
      );
    }
    expect(new RingBuffer(1).capacity).toBe(1);
  });
});
