// SPDX-License-Identifier: Apache-2.0

const EVENT = "unhandledRejection";

/** Keeps alive what has used up its stack. */
export interface OverflowGuard {
  /** What a promise that is awaited was rejected for, or what was thrown where one was looked at. */
  saw(reason: unknown): void;
}

/**
 * Where the stack is used up, JavaScriptCore finds no room to read an accessor: the function that awaits is rejected for
 * that, and the promise that it awaits, which the same stack has rejected, stays unhandled, for which Bun ends the
 * process. Nobody has that promise any more. But the first function further up that has room awaits what was rejected so.
 *
 * From then on until the event loop's next turn, promises that are unhandled for want of stack are let go; others are
 * not, and an app that listens for them itself is left alone.
 */
export function createOverflowGuard(): OverflowGuard {
  // As they are before they are wrapped: this is no wait of the app's.
  const { setImmediate } = process.getBuiltinModule("node:timers");
  let isOn = false;

  function letGo(reason: unknown): void {
    // Who listens by now has heard it.
    if (isOverflow(reason) || process.listenerCount(EVENT) > 1) return;
    end();
    // Nobody listens any more, so it becomes of this one what would have become of the other.
    void Promise.reject(reason);
  }

  function end(): void {
    isOn = false;
    process.removeListener(EVENT, letGo);
  }

  return {
    saw(reason) {
      if (isOn || !isOverflow(reason) || process.listenerCount(EVENT) > 0) return;
      setImmediate(end);
      process.on(EVENT, letGo);
      // Last: where there is no room for that either, the next function tries again.
      isOn = true;
    },
  };
}

function isOverflow(reason: unknown): boolean {
  return reason instanceof RangeError && reason.message.startsWith("Maximum call stack size");
}
