// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { frequencyOf, timersOf } from "../../lib/runtime/_wait_frequency.ts";

describe("frequencyOf", () => {
  test.each([
    [undefined, "task"],
    [0, "tick"],
    [1, "task"],
    [1.9, "task"],
    [2, "pause"],
    [4_000, "pause"],
  ] as const)("tells what calls back after %p ms as a %s", (delayMs, expected) => {
    expect(frequencyOf(delayMs)).toBe(expected);
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
