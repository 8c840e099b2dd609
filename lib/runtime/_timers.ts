// SPDX-License-Identifier: Apache-2.0
import type { Timer, Timers } from "./runtime.ts";

/** Longest delay a runtime's timer can have: it takes longer ones for 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Timers on the runtime's own functions as they are now: later they may be wrapped (Bun) or faked (tests).
 *
 * They are set outside any request, whoever sets them: else a timer set while a request is served would run in
 * its context, hold on to it, and be recorded as one of its waits. An AsyncResource made now does that on every
 * runtime; `AsyncLocalStorage.exit` would leave the contexts of the app's own storages.
 *
 * @param onError is told what a callback threw, which must not end the app
 */
export function createTimers(onError: (error: unknown) => void): Timers {
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval } =
    process.getBuiltinModule("node:timers");
  const { AsyncResource } = process.getBuiltinModule("node:async_hooks");
  const outside = new AsyncResource("SW_AGENT");

  function guarded(callback: () => void): () => void {
    return () => {
      try {
        callback();
      } catch (error) {
        try {
          onError(error);
        } catch {
          // There is nobody left to tell.
        }
      }
    };
  }

  return {
    after(delayMs, callback) {
      const run = guarded(callback);
      const delay = Math.min(Math.max(delayMs, 0), MAX_DELAY_MS);
      return outside.runInAsyncScope((): Timer => {
        const timeout = setTimeout(run, delay);
        timeout.unref();
        return { cancel: () => clearTimeout(timeout) };
      });
    },
    every(periodMs, callback) {
      const run = guarded(callback);
      const period = Math.min(Math.max(periodMs, 1), MAX_DELAY_MS);
      return outside.runInAsyncScope((): Timer => {
        const interval = setInterval(run, period);
        interval.unref();
        return { cancel: () => clearInterval(interval) };
      });
    },
    turn: () => outside.runInAsyncScope(() => new Promise((resolve) => void setImmediate(resolve))),
  };
}
