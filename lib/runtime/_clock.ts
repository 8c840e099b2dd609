// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "./runtime.ts";

/** The two clocks of a process, in milliseconds. */
export interface ClockSources {
  /** Monotonic, with fractions. */
  readonly now: () => number;
  /** Whole milliseconds since 1970, cut as `Date.now` cuts them. */
  readonly wall: () => number;
  /** The runtime's own idea of what to add to `now` to get milliseconds since 1970. */
  readonly origin: number;
}

/** Taken when the agent loads, before a test framework puts its fake time in their place. */
export function processClocks(): ClockSources {
  return {
    now: performance.now.bind(performance),
    wall: Date.now.bind(Date),
    origin: performance.timeOrigin,
  };
}

/**
 * A clock that is anchored to the wall clock anew with {@link Clock.epochOffset}, a hundred times a second at most.
 *
 * A reading of the wall clock, cut to whole milliseconds, says that the offset lies in a range of one
 * millisecond. The offset is kept while it lies in there and moved to the nearer end when it does not: so it
 * gets more precise with each reading, follows a correction at once, and needs no threshold.
 */
export function createClock({ now, wall, origin }: ClockSources): Clock {
  let offset = origin;
  let anchoredAt = Number.NEGATIVE_INFINITY;
  return {
    now,
    epochOffset(at = now()) {
      if (at - anchoredAt < ANCHORED_MS) return offset;
      anchoredAt = at;
      const before = now();
      const reading = wall();
      const after = now();
      // The reading was taken in between: the range is wider when the thread was held up just here.
      offset = Math.min(Math.max(offset, reading - after), reading + LAST_FRACTION - before);
      return offset;
    },
  };
}

/** A correction of the wall clock may show so much later: less than a request takes that anybody looks at. */
const ANCHORED_MS = 10;

/** The largest part of a millisecond that is cut off; less than 1, or the end would belong to the next one. */
const LAST_FRACTION = 1 - 2 ** -10;
