// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { AtomicRef } from "../../lib/base/atomic_ref.ts";

describe("AtomicRef", () => {
  test("changes hands only from the very object that was expected", () => {
    const first = { name: "task" };
    const second = { name: "task" };
    const ref = new AtomicRef<object | undefined>(first);
    expect(ref.compareAndSet(second, undefined)).toBe(false);
    expect(ref.get()).toBe(first);
    expect(ref.compareAndSet(first, second)).toBe(true);
    expect(ref.compareAndSet(first, undefined)).toBe(false);
    expect(ref.get()).toBe(second);
  });

  test("set replaces whatever is there", () => {
    const ref = new AtomicRef(1);
    ref.set(2);
    expect(ref.get()).toBe(2);
  });
});
