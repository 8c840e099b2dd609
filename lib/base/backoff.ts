// SPDX-License-Identifier: Apache-2.0

/** How a {@link Backoff} grows. */
export interface BackoffOptions {
  /** The first delay in milliseconds, before jitter. */
  readonly firstMs: number;
  /** The longest delay in milliseconds. */
  readonly maxMs: number;
  /** What each delay is multiplied by to get the next one. */
  readonly factor: number;
  /** A number in [0, 1) for the jitter, such as `Math.random`. */
  readonly random: () => number;
}

/** A sequence of growing delays. */
export interface Backoff {
  /** The next delay in milliseconds. */
  next(): number;
  /** Begins again with the first delay. */
  reset(): void;
}

/**
 * Delays that grow by a factor up to a limit. The upper half of each is random, so that instances which lost
 * the backend at the same time do not come back at the same time.
 */
export function backoff(options: BackoffOptions): Backoff {
  const { firstMs, maxMs, factor, random } = options;
  let delay = Math.min(firstMs, maxMs);
  return {
    next() {
      const jittered = delay / 2 + (delay / 2) * random();
      delay = Math.min(delay * factor, maxMs);
      return jittered;
    },
    reset() {
      delay = Math.min(firstMs, maxMs);
    },
  };
}
