// SPDX-License-Identifier: Apache-2.0
import { type AnyFunction, createReplace, method } from "./_replace.ts";

/**
 * Makes `queueMicrotask` tell `async_hooks` when it calls back, as Node's does: on Deno they hear of promises, timers
 * and ticks alone, and what a microtask does would be told as waiting.
 *
 * @param isOn whether the hooks are on: while not, it is one branch
 */
export function tellMicrotasks(isOn: () => boolean): void {
  const { AsyncResource } = process.getBuiltinModule("node:async_hooks");
  createReplace()(globalThis, "queueMicrotask", (original) =>
    method({
      call(this: unknown, ...args: unknown[]): unknown {
        if (!isOn()) return original.apply(this, args);
        const [callback] = args;
        if (typeof callback !== "function") return original.apply(this, args);
        const resource = new AsyncResource("Microtask", { requireManualDestroy: true });
        const told = (): void => {
          try {
            resource.runInAsyncScope(callback as AnyFunction);
          } finally {
            resource.emitDestroy();
          }
        };
        return original.apply(this, [told]);
      },
    }),
  );
}
