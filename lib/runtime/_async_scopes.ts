// SPDX-License-Identifier: Apache-2.0
import { type AnyFunction, createReplace, method } from "./_replace.ts";

/** Is told of each callback that an `AsyncResource` of the app runs in its own context. */
export interface ScopeObserver {
  /** Until it is, a call costs one branch. */
  isOn(): boolean;
  /** `before` of this resource is about to be told, still in the context of who calls. */
  begins(asyncId: number): void;
  /** The context of the resource is entered. */
  entered(asyncId: number): void;
}

/**
 * Tells when the context of an `AsyncResource` is entered. On Node ≥ 24 and Deno `runInAsyncScope` calls the hooks first:
 * what a pool calls back for a request would be told for whoever happened to call the pool.
 */
export function tellScopes(observer: ScopeObserver): void {
  const { AsyncResource } = process.getBuiltinModule("node:async_hooks");
  createReplace()(AsyncResource.prototype, "runInAsyncScope", (original) =>
    method({
      call(...args) {
        const [callback] = args;
        if (!observer.isOn() || !(this instanceof AsyncResource) || typeof callback !== "function") {
          return original.apply(this, args);
        }
        const asyncId = this.asyncId();
        const entered: AnyFunction = function (...given) {
          observer.entered(asyncId);
          return Reflect.apply(callback, this, given);
        };
        args[0] = entered;
        observer.begins(asyncId);
        return original.apply(this, args);
      },
    }),
  );
}
