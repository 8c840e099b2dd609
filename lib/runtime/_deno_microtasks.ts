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
        const [callback] = args;
        if (!isOn() || typeof callback !== "function") return Reflect.apply(original, this, args);
        const resource = new AsyncResource("Microtask", { requireManualDestroy: true });
        const told = (): void => {
          try {
            resource.runInAsyncScope(callback as AnyFunction);
          } finally {
            resource.emitDestroy();
          }
        };
        return Reflect.apply(original, this, [told]);
      },
    }),
  );
}
