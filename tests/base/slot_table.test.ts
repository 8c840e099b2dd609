// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { SlotTable } from "../../lib/base/slot_table.ts";

describe("SlotTable", () => {
  test("gives out as many slots as it has, and again after a release", () => {
    const table = new SlotTable<string>(2);
    const a = table.tryAcquire("a");
    expect(table.tryAcquire("b")).toBeDefined();
    expect(table.tryAcquire("c")).toBeUndefined();
    expect(table.values()).toEqual(["a", "b"]);
    a?.release();
    expect(table.tryAcquire("c")).toBeDefined();
    expect(table.values()).toEqual(["b", "c"]);
  });

  test("a second release of a slot does not free the slot of another", () => {
    const table = new SlotTable<string>(1);
    const a = table.tryAcquire("a");
    a?.release();
    table.tryAcquire("b");
    a?.release();
    expect(table.size).toBe(1);
    expect(table.tryAcquire("c")).toBeUndefined();
  });

  test("holds the same value twice in two slots", () => {
    const table = new SlotTable<string>(2);
    const first = table.tryAcquire("a");
    table.tryAcquire("a");
    first?.release();
    expect(table.values()).toEqual(["a"]);
  });

  test("values can be released while they are iterated", () => {
    const table = new SlotTable<number>(3);
    const slots = [1, 2, 3].map((value) => table.tryAcquire(value));
    const seen: number[] = [];
    for (const value of table.values()) {
      seen.push(value);
      for (const slot of slots) slot?.release();
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(table.size).toBe(0);
  });

  test("refuses a capacity that is not a positive integer", () => {
    for (const capacity of [0, -1, 1.5, Number.NaN]) {
      expect(() => new SlotTable(capacity)).toThrow(RangeError);
    }
    expect(new SlotTable(1).capacity).toBe(1);
  });
});
