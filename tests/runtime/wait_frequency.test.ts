// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { frequencyOf, timersOf } from "../../lib/runtime/_wait_frequency.ts";

describe("frequencyOf", () => {
  test.each([
    ["fs", undefined, "task"],
    ["setImmediate", 0, "tick"],
    ["nextTick", 0, "microtask"],
    ["queueMicrotask", undefined, "microtask"],
    ["setTimeout", 1, "task"],
    ["setTimeout", 1.9, "task"],
    ["setTimeout", 2, "pause"],
    ["setTimeout", 4_000, "pause"],
  ] as const)("tells %s that calls back after %p ms as a %s", (kind, delayMs, expected) => {
    expect(frequencyOf(kind, delayMs)).toBe(expected);
  });
});

describe("timersOf", () => {
  test("tells timers of another length apart, and what is no timer by its name alone", () => {
    expect(timersOf("setTimeout", 300)).toBe(timersOf("setTimeout", 500));
    expect(timersOf("setTimeout", 300)).not.toBe(timersOf("setTimeout", 4_000));
    expect(timersOf("setTimeout", 300)).not.toBe(timersOf("setInterval", 300));
    expect(timersOf("fs", undefined)).toBe("fs");
  });
});
