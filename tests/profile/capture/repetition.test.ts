// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { Repetition } from "../../../lib/profile/capture/repetition.ts";
import type { WaitFrequency } from "../../../lib/runtime/runtime.ts";

const FREQUENCIES = [
  "pause",
  "task",
  "promise",
  "await",
  "tick",
  "microtask",
  "entry",
  "settled",
] as const satisfies readonly WaitFrequency[];

/** Which of so many waits are a loop's; each is the one that `numberOf` gives. */
function looped(repetition: Repetition, count: number, numberOf: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => i).filter((i) => {
    const number = numberOf(i);
    return repetition.goesOn(FREQUENCIES[number % 8] ?? "await", Math.floor(number / 8));
  });
}

const from = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i);

describe("Repetition", () => {
  test("tells a loop when 32 waits came as those before them, which it looks for at every sixteenth", () => {
    expect(looped(new Repetition(), 100, () => 3)).toEqual(from(32, 100));
    expect(looped(new Repetition(), 100, (i) => i % 5)).toEqual(from(48, 100));
    // In a turn one function goes on, and in the next one another number of them.
    expect(looped(new Repetition(), 100, (i) => (i % 17) * 8)).toEqual(from(48, 100));
  });

  test("tells one whose turn has 32 waits, and none whose turn has more", () => {
    expect(looped(new Repetition(), 100, (i) => i % 32)).toEqual(from(64, 100));
    expect(looped(new Repetition(), 500, (i) => i % 33)).toEqual([]);
  });

  test("looks at no wait before the first", () => {
    expect(looped(new Repetition(), 100, (i) => (i + 1) % 18)).toEqual(from(64, 100));
  });

  test("tells none where one of 32 is another one, by its kind or by how many functions have gone on", () => {
    for (const usual of from(0, 8)) {
      for (const other of from(0, 16).filter((each) => each !== usual)) {
        expect(looped(new Repetition(), 300, (i) => (i % 33 === 0 ? other : usual))).toEqual([]);
      }
    }
  });

  test("tells its end at the first wait that is another one", () => {
    const repetition = new Repetition();
    looped(repetition, 100, () => 3);
    expect(looped(repetition, 1, () => 4)).toEqual([]);
    // Since the end there were as many as are enough, and the next one is looked at.
    expect(looped(repetition, 60, () => 3)).toEqual(from(43, 60));
    expect(looped(repetition, 60, () => 5)).toEqual(from(47, 60));
  });

  test("takes more than 31 functions that go on for as many", () => {
    expect(looped(new Repetition(), 60, (i) => (31 + (i % 7) ** 5) * 8)).toEqual(from(32, 60));
    expect(looped(new Repetition(), 500, (i) => (30 + (i % 33 === 0 ? 1 : 0)) * 8)).toEqual([]);
  });
});
