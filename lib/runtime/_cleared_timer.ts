// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "./runtime.ts";

/** Lets `wait` tell whether its timer was cleared, where the runtime's timers say that, without keeping the timer. */
export function tellCleared(wait: Wait, timer: unknown): void {
  if (typeof timer !== "object" || timer === null) return;
  const reference = new WeakRef(timer);
  // A timer that is to call back is kept by the runtime.
  wait.isCleared = () => {
    const left = reference.deref();
    return left === undefined || Reflect.get(left, "_destroyed") === true;
  };
}
