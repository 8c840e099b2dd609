// SPDX-License-Identifier: Apache-2.0

/** A timer that is never meant to fire. */
const FOREVER_MS = 2 ** 31 - 1;

/**
 * Calls `flush` once, when the process has nothing left to do, and keeps it for as long as that takes. The event
 * is `beforeExit`, which Bun and Deno have too; the exit code stays as it is.
 *
 * A process that is ended by `process.exit`, a signal or an exception is gone before anything could be sent:
 * only a signal handler could help there, and that would take the signal away from the app.
 *
 * @returns takes the registration back
 */
export function exitFlush(flush: () => Promise<void>): () => void {
  const { setTimeout, clearTimeout } = process.getBuiltinModule("node:timers");
  const onBeforeExit = () => {
    process.removeListener("beforeExit", onBeforeExit);
    const hold = setTimeout(() => {}, FOREVER_MS);
    const release = () => clearTimeout(hold);
    try {
      flush().then(release, release);
    } catch {
      release();
    }
  };
  process.on("beforeExit", onBeforeExit);
  return () => void process.removeListener("beforeExit", onBeforeExit);
}
