// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { backoff } from "../../lib/base/backoff.ts";

describe("backoff", () => {
  test("grows by the factor up to the limit and begins again after a reset", () => {
    const delays = backoff({ firstMs: 100, maxMs: 500, factor: 2, random: () => 1 });
    expect(Array.from({ length: 5 }, () => delays.next())).toEqual([100, 200, 400, 500, 500]);
    delays.reset();
    expect(delays.next()).toBe(100);
  });

  test("the jitter takes away half of a delay at most", () => {
    const delays = backoff({ firstMs: 100, maxMs: 500, factor: 2, random: () => 0 });
    expect(Array.from({ length: 4 }, () => delays.next())).toEqual([50, 100, 200, 250]);
  });

  test("never exceeds the limit, even with a first delay above it", () => {
    const delays = backoff({ firstMs: 900, maxMs: 500, factor: 2, random: () => 1 });
    expect(delays.next()).toBe(500);
    delays.reset();
    expect(delays.next()).toBe(500);
  });
});
