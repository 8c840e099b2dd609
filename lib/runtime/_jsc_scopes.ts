// SPDX-License-Identifier: Apache-2.0
import type { JscTracking } from "./_jsc_tracking.ts";
import { type AnyFunction, method, type Replace } from "./_replace.ts";

/**
 * What enters a context that the app has kept: a pool calls back for one request while it works for another, or for
 * none. Their `bind`s are made of these two.
 */
export function wrapScopes(tracking: JscTracking, replace: Replace): void {
  const { AsyncLocalStorage, AsyncResource } = process.getBuiltinModule("node:async_hooks");
  replace(AsyncResource.prototype, "runInAsyncScope", (run) => wrapRun(run, tracking));
  replace(AsyncLocalStorage, "snapshot", (snapshot) =>
    method({
      call(...args) {
        const run = snapshot.apply(this, args);
        return typeof run === "function" ? wrapRun(run as AnyFunction, tracking) : run;
      },
    }),
  );
}

/** Follows a function that calls its first argument in another context than its own. */
function wrapRun(run: AnyFunction, tracking: JscTracking): AnyFunction {
  return method({
    call(...args) {
      const [callback] = args;
      if (!tracking.on() || typeof callback !== "function") return run.apply(this, args);
      const outer = tracking.current();
      const entered: AnyFunction = function (...given) {
        const flow = tracking.current();
        if (flow) tracking.enter(flow, undefined);
        return Reflect.apply(callback, this, given);
      };
      args[0] = entered;
      try {
        return run.apply(this, args);
      } finally {
        if (outer) tracking.enter(outer, undefined);
      }
    },
  });
}
