// SPDX-License-Identifier: Apache-2.0
import type { AnyFunction } from "./_replace.ts";
import type { Flow, Wait } from "./runtime.ts";

/** A call whose callbacks come later: `pipeline`, which calls `transform`. */
interface Cause {
  readonly flow: Flow;
  readonly wait: Wait;
  /** Stands for the call where the runtime calls back: it may do so often, and `wait` ends once. */
  readonly waker: Wait;
  /** Whether the call has not returned yet: whoever made it is on the stack. */
  isCalling: boolean;
}

/** Tells by what call the running code was begun. */
export interface JscCauses {
  /** The innermost call of `flow` in whose context the running code is. */
  of(flow: Flow): Cause | undefined;
  /** Calls `original` in the context of `wait`, if there is one. */
  within(flow: Flow, wait: Wait | undefined, original: AnyFunction, self: unknown, args: unknown[]): unknown;
  /** Forgets all calls. */
  clear(): void;
}

/** A trace without frames. */
const NO_TRACE: object = Object.freeze({});

/**
 * A callback that the runtime's own code calls has no callers of the app on its stack. But it runs in the async
 * context of the call that began it, which a storage of ours therefore names.
 */
export function createJscCauses(): JscCauses {
  // Not by an import, which on Bun would settle what the app sees of the module.
  const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");
  const storage = new AsyncLocalStorage<object>();
  // A connection that is kept has its context for ever: it keeps the key, but nothing of the request.
  let causes = new WeakMap<object, Cause>();
  return {
    of(flow) {
      const key = storage.getStore();
      const cause = key && causes.get(key);
      // Another request may use what this one opened.
      return cause?.flow === flow ? cause : undefined;
    },
    within(flow, wait, original, self, args) {
      if (!wait) return original.apply(self, args);
      const key = {};
      const cause: Cause = { flow, wait, waker: standIn(wait), isCalling: true };
      causes.set(key, cause);
      try {
        return storage.run(key, Reflect.apply, original, self, args);
      } finally {
        cause.isCalling = false;
      }
    },
    clear() {
      causes = new WeakMap();
    },
  };
}

function standIn(wait: Wait): Wait {
  const { at, kind } = wait;
  return { at, kind, dueAt: undefined, callersOnly: false, trace: NO_TRACE, parent: undefined, cause: wait };
}
