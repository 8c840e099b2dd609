// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { RotationPeriod } from "../../lib/runtime/_rotation_period.ts";

/** Where it settles, and what an end then costs, if one costs 0.2 ms and `perMs` for each millisecond. */
function settled(period: RotationPeriod, perMs: number): { ms: number; cost: number } {
  const costOf = (ms: number) => 0.2 + ms * perMs;
  for (let i = 0; i < 50; i++) period.ended(period.ms, costOf(period.ms));
  return { ms: period.ms, cost: costOf(period.ms) };
}

test("begins with the shortest, and gets a second long where an end costs little", () => {
  const period = new RotationPeriod();
  expect(period.ms).toBe(100);
  period.ended(100, 0.2);
  expect(period.ms).toBe(125);
  expect(settled(period, 0.000_4).ms).toBe(1_000);
});

test("is so long that an end costs 0.7 ms", () => {
  const { ms, cost } = settled(new RotationPeriod(), 0.001);
  expect(ms).toBeWithin(490, 510);
  expect(cost).toBeCloseTo(0.7, 2);
});

test("is 100 ms at least, however much an end costs", () => {
  expect(settled(new RotationPeriod(), 0.05).ms).toBe(100);
});

test("comes back from a collection in between, and does not hear of profiles that ended early", () => {
  const period = new RotationPeriod();
  settled(period, 0);
  period.ended(1_000, 7);
  expect(period.ms).toBe(100);
  period.ended(49, 0.2);
  expect(period.ms).toBe(100);
  expect(settled(period, 0).ms).toBe(1_000);
});
