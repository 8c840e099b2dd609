// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "bun:test";
import { timeRangeOf, timeZoneOf } from "../../lib/oap/duration.ts";

describe("a duration", () => {
  const cases = [
    ["DAY", "2024-02-28", "2024-02-29", [2024, 1, 28], [2024, 2, 1]],
    ["HOUR", "2024-05-01 09", "2024-05-01 23", [2024, 4, 1, 9], [2024, 4, 2]],
    ["MINUTE", "2024-05-01 0959", "2024-05-01 0959", [2024, 4, 1, 9, 59], [2024, 4, 1, 10]],
    ["SECOND", "2024-05-01 095900", "2024-12-31 235959", [2024, 4, 1, 9, 59], [2025, 0, 1]],
  ] as const;
  for (const [step, start, end, from, to] of cases) {
    test(`by ${step} is from the first instant of its start to the last of its end, in local time`, () => {
      const at = ([year = 0, month = 0, ...rest]: readonly number[]) => +new Date(year, month, ...rest);
      expect(timeRangeOf({ start, end, step })).toEqual({ start: at(from), end: at(to) });
    });
  }

  test("in another form than its step's is refused", () => {
    for (const start of ["2024-05-01 10", "2024-5-1", "", "2024-05-01x"]) {
      expect(() => timeRangeOf({ start, end: "2024-05-02", step: "DAY" })).toThrow(
        `Cannot read the time "${start}": its step DAY asks for yyyy-MM-dd`,
      );
    }
  });
});

test("the time zone is that of the process, as +hhmm", () => {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(timeZoneOf(0)) ?? [];
  const east = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  expect(east + new Date(0).getTimezoneOffset()).toBe(0);
});
