// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { checkTask, endTime, overlap, type ProfileTask } from "../../lib/profile/task.ts";

const NOW = 1_700_000_000_000;
const GOOD: ProfileTask = {
  taskId: "1",
  endpointName: "GET:/",
  durationMs: 60_000,
  minDurationThresholdMs: 0,
  dumpPeriodMs: 10,
  maxSamplingCount: 1,
  startTime: NOW,
};

const check = (changes: Partial<ProfileTask>) => checkTask({ ...GOOD, ...changes }, NOW);

describe("checkTask", () => {
  const limits: [key: keyof ProfileTask, good: unknown[], bad: unknown[]][] = [
    ["taskId", ["x"], [""]],
    ["endpointName", ["/"], [""]],
    ["durationMs", [60_000, 900_000], [59_999, 900_001, 0, -60_000, Number.NaN, Infinity]],
    ["minDurationThresholdMs", [0, 1, 1e9], [-1, Number.NaN]],
    ["dumpPeriodMs", [10, 500], [9, 0, -10, Number.NaN]],
    ["maxSamplingCount", [1, 9], [0, 10, -1, Number.NaN]],
    ["startTime", [NOW - 59_999, NOW, NOW + 1e9], [NOW - 60_000, NOW - 60_001, 0, Number.NaN]],
  ];
  for (const [key, good, bad] of limits) {
    test(`takes ${key} within its bounds and refuses it outside`, () => {
      for (const value of good) expect(check({ [key]: value })).toBeUndefined();
      for (const value of bad)
        expect({ value, reason: check({ [key]: value }) }).not.toHaveProperty("reason", undefined);
    });
  }

  test("says what is wrong and what was expected", () => {
    expect(check({ durationMs: 960_000 })).toBe("its duration is 16 min, expected 1 to 15");
    expect(check({ minDurationThresholdMs: -1 })).toBe("its threshold is -1 ms, expected 0 or more");
    expect(check({ dumpPeriodMs: 9 })).toBe("its dump period is 9 ms, expected 10 or more");
    expect(check({ maxSamplingCount: 10 })).toBe("its sampling count is 10, expected 1 to 9");
    expect(check({ startTime: NOW - 60_000 })).toBe("its time is over");
  });
});

test("tasks overlap if one begins before the other ends, whichever is told first", () => {
  const at = (startTime: number, durationMs = 60_000): ProfileTask => ({ ...GOOD, startTime, durationMs });
  const other = at(NOW);
  expect(endTime(other)).toBe(NOW + 60_000);
  const cases: [task: ProfileTask, expected: boolean][] = [
    [at(NOW), true],
    [at(NOW + 59_999), true],
    [at(NOW + 60_000), false],
    [at(NOW - 59_999), true],
    [at(NOW - 60_000), false],
    [at(NOW - 60_000, 300_000), true],
    [at(NOW + 1_000, 10_000), true],
  ];
  for (const [task, expected] of cases) {
    expect([overlap(task, other), overlap(other, task)]).toEqual([expected, expected]);
  }
});
