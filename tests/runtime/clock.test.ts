// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { createClock } from "../../lib/runtime/_clock.ts";

/** Two clocks that a test moves: the wall clock is `now` plus `trueOffset`, cut. */
function clocks(trueOffset: number, origin: number) {
  const sources = { at: 0, trueOffset, stepMs: 0 };
  const now = () => {
    sources.at += sources.stepMs;
    return sources.at;
  };
  const clock = createClock({ now, wall: () => Math.floor(sources.at + sources.trueOffset), origin });
  return { sources, clock };
}

describe("epochOffset", () => {
  test("keeps the runtime's own origin while the wall clock agrees", () => {
    const { sources, clock } = clocks(1_000.25, 1_000.25);
    for (const at of [0, 0.7, 10.75, 1e6 + 0.1]) {
      sources.at = at;
      expect(clock.epochOffset()).toBe(1_000.25);
    }
  });

  test("is right to the millisecond from the first call, whatever the origin says", () => {
    for (const origin of [0, 999.9, 1_001.6, 5_000]) {
      const { sources, clock } = clocks(1_000.6, origin);
      sources.at = 0.3;
      expect(Math.floor(sources.at + clock.epochOffset())).toBe(1_000);
    }
  });

  test("gets closer with each reading", () => {
    const { sources, clock } = clocks(1_000.6, 0);
    for (let i = 0; i < 200; i++) {
      sources.at += 7.31;
      clock.epochOffset();
    }
    expect(Math.abs(clock.epochOffset() - 1_000.6)).toBeLessThan(0.02);
  });

  test("follows a correction of the wall clock, forwards and back", () => {
    const { sources, clock } = clocks(1_000, 1_000);
    for (const trueOffset of [1_003.5, 60_000, -7]) {
      sources.trueOffset = trueOffset;
      sources.at += 12.34;
      expect(Math.floor(sources.at + clock.epochOffset())).toBe(Math.floor(sources.at + trueOffset));
    }
  });

  test("does not move because the thread was held up between two readings", () => {
    const { sources, clock } = clocks(1_000.5, 1_000.5);
    sources.stepMs = 40;
    for (let i = 0; i < 10; i++) expect(clock.epochOffset()).toBe(1_000.5);
  });
});
