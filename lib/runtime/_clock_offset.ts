// SPDX-License-Identifier: Apache-2.0

const TRIES = 20;

/**
 * Milliseconds to subtract from `other()` to get `now()`, for two clocks that run alike. Of several readings
 * the tightest bracket counts.
 */
export function clockOffset(now: () => number, other: () => number): number {
  let tightest = Number.POSITIVE_INFINITY;
  let offset = 0;
  for (let i = 0; i < TRIES; i++) {
    const before = now();
    const reading = other();
    const after = now();
    if (after - before >= tightest) continue;
    tightest = after - before;
    offset = reading - (before + after) / 2;
  }
  return offset;
}

/**
 * A conversion that is narrowed with each pair: `reading` was taken at or after `before` on the agent's clock,
 * so the largest difference seen is nearest to the truth. For an engine whose clock cannot be read by itself
 * (Deno's profiler, deno.md §1.4).
 */
export function narrowingOffset(): (reading: number, before: number) => number {
  let offset = Number.NEGATIVE_INFINITY;
  return (reading, before) => {
    offset = Math.max(offset, before - reading);
    return reading + offset;
  };
}
