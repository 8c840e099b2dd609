// SPDX-License-Identifier: Apache-2.0
import { type AnyFunction, builtin, disguise, method, prototypeOf } from "./_replace.ts";
import { nameOf } from "./_resource_name.ts";

/** Who is told what the event loop calls where no hook tells of it. */
export interface ReadObserver {
  /** A socket of the app has read something, as `net.read`; its listeners are told next. */
  began(kind: string): void;
  /** All that they did right then is done, microtasks and ticks too. */
  ended(): void;
}

/** Sees what sockets of `node:net` read, from `start` to `stop`. */
export interface SocketReads {
  start(): void;
  stop(): void;
}

/**
 * What a socket has read the runtime pushes into the stream that the socket is, by a method that sockets inherit from
 * streams: one of their own comes before it.
 *
 * To be called before `queueMicrotask` and `process.nextTick` are wrapped.
 */
export function createSocketReads({ began, ended }: ReadObserver): SocketReads {
  const queueMicrotask = globalThis.queueMicrotask.bind(globalThis);
  const nextTick = process.nextTick.bind(process);
  // A tick that is asked for in a microtask runs when the microtasks are drained.
  const afterMicrotasks = (then: () => void): void => queueMicrotask(() => nextTick(then));
  const sockets = prototypeOf(builtin("node:net"), "Socket");
  let own: AnyFunction | undefined;
  return {
    start() {
      const push: unknown = sockets && Reflect.get(sockets, "push");
      if (!sockets || typeof push !== "function" || Object.hasOwn(sockets, "push")) return;
      own = method({
        call(...args) {
          if (args[0] != null) {
            began(kindOf(this as Socket));
            // A stream may tell its listeners in a tick, and what they settle goes on in microtasks after that.
            afterMicrotasks(() => afterMicrotasks(ended));
          }
          return (push as AnyFunction).apply(this, args);
        },
      });
      disguise(own, push);
      Reflect.defineProperty(sockets, "push", {
        configurable: true,
        enumerable: false,
        writable: true,
        value: own,
      });
    },
    stop() {
      if (sockets && own && Reflect.get(sockets, "push") === own) Reflect.deleteProperty(sockets, "push");
      own = undefined;
    },
  };
}

interface Socket {
  readonly encrypted?: boolean;
  readonly _handle?: object | null;
}

function kindOf({ encrypted, _handle }: Socket): string {
  return nameOf(_handle ?? undefined) ?? (encrypted ? "tls.read" : "net.read");
}
