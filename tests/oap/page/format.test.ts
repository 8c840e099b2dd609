// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import {
  count,
  formatMs,
  formatRange,
  formatSeconds,
  formatShare,
  formatStart,
  formatTime,
} from "../../../lib/oap/page/format.ts";

test("a duration is told in its own unit", () => {
  const told = [0, 0.4, 999.4, 999.5, 1000, 59_990, 60_000, 125_400].map(formatMs);
  expect(told).toEqual(["0 ms", "0 ms", "999 ms", "1.00 s", "1.00 s", "59.99 s", "1 min", "2 min 5 s"]);
  expect([0, 59, 60, 61].map(formatSeconds)).toEqual(["0 s", "59 s", "1 min", "1 min 1 s"]);
});

test("a part of a time is told exactly enough for its length", () => {
  expect(formatRange(0, 600)).toBe("0 – 600 ms");
  expect(formatRange(5900.44, 5902)).toBe("5900.4 – 5902 ms");
  expect(formatRange(0, 999)).toBe("0 – 999 ms");
  expect(formatRange(500, 1500)).toBe("500 ms – 1.50 s");
});

test("a share is never told as nothing or all where it is not", () => {
  const told = [0, 0.4, 9.94, 10, 55.5, 99.4, 99.6, 100].map((part) => formatShare(part, 100));
  expect(told).toEqual(["0 %", "0.4 %", "9.9 %", "10 %", "56 %", "99 %", "99.6 %", "100 %"]);
  expect(formatShare(1, 0)).toBe("0 %");
});

test("a time of the day has milliseconds", () => {
  const date = new Date(2026, 0, 2, 3, 4, 5, 6);
  expect(formatTime(date.getTime())).toBe("03:04:05.006");
});

test("what did not begin today has its day", () => {
  const began = new Date(2026, 0, 2, 23, 59, 59).getTime();
  expect(formatStart(began, began + 900)).toBe("23:59:59");
  expect(formatStart(began, began + 1000)).toBe("2026-01-02 23:59:59");
});

test("a number goes with its noun", () => {
  expect([0, 1, 2].map((number) => count(number, "request"))).toEqual([
    "0 requests",
    "1 request",
    "2 requests",
  ]);
});
