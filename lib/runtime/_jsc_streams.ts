// SPDX-License-Identifier: Apache-2.0
import type { JscTracking } from "./_jsc_tracking.ts";
import { wrapPromising } from "./_jsc_wrap.ts";
import {
  type AnyFunction,
  builtin,
  disguise,
  isWrapper,
  method,
  prototypeOf,
  type Replace,
} from "./_replace.ts";
import type { Flow, Wait } from "./runtime.ts";

/** What `for await` goes over: an object, its method that returns the iterator, and what a turn is called. */
type Iterable = readonly [target: object | undefined, key: PropertyKey, kind: string];

/**
 * Follows what streams wait for: what their readers and writers promise, and a turn of `for await`, where the engine
 * asks the iterator and no function that the app calls is there to be wrapped.
 */
export function wrapStreams(tracking: JscTracking, replace: Replace): void {
  for (const [target, key, kind] of iterables()) {
    if (target) replace(target, key, (original) => wrapIterable(original, kind, tracking));
  }
  const promising: readonly (readonly [object | undefined, string, readonly string[]])[] = [
    [
      prototypeOf(globalThis, "ReadableStream"),
      "ReadableStream",
      ["pipeTo", "text", "json", "bytes", "blob"],
    ],
    [prototypeOf(globalThis, "ReadableStreamDefaultReader"), "ReadableStream", ["read"]],
    [prototypeOf(globalThis, "ReadableStreamBYOBReader"), "ReadableStream", ["read"]],
    [prototypeOf(globalThis, "WritableStreamDefaultWriter"), "WritableStream", ["write", "close"]],
    [prototypeOf(builtin("node:readline/promises"), "Interface"), "readline", ["question"]],
  ];
  for (const [target, name, keys] of promising) {
    for (const key of target ? keys : []) {
      const waiting = { kind: `${name}.${key}`, frequency: "await" } as const;
      replace(target as object, key, (original) => wrapPromising(original, waiting, tracking));
    }
  }
}

function iterables(): Iterable[] {
  return [
    [prototypeOf(builtin("node:stream"), "Readable"), Symbol.asyncIterator, "stream.next"],
    [prototypeOf(builtin("node:readline"), "Interface"), Symbol.asyncIterator, "readline.next"],
    [prototypeOf(builtin("node:readline/promises"), "Interface"), Symbol.asyncIterator, "readline.next"],
    [prototypeOf(builtin("node:fs"), "Dir"), Symbol.asyncIterator, "fs.Dir.next"],
    [prototypeOf(globalThis, "ReadableStream"), Symbol.asyncIterator, "ReadableStream.next"],
    [prototypeOf(globalThis, "ReadableStream"), "values", "ReadableStream.next"],
    [builtin("node:events"), "on", "events.next"],
    [builtin("node:timers/promises"), "setInterval", "setInterval"],
    [builtin("node:fs/promises"), "watch", "fs.watch"],
    [builtin("node:fs/promises"), "glob", "fs.glob"],
  ];
}

/** An iterator that is made for a watched flow gets a `next` of its own. */
function wrapIterable(original: AnyFunction, kind: string, tracking: JscTracking): AnyFunction {
  return method({
    call(...args) {
      const iterator = original.apply(this, args);
      const flow = tracking.on() ? tracking.current() : undefined;
      if (!flow || !tracking.isWatched(flow)) return iterator;
      if (typeof iterator !== "object" || iterator === null) return iterator;
      const next: unknown = Reflect.get(iterator, "next");
      // That of `readline` is one of `events.on`, and has one already.
      if (typeof next !== "function" || isWrapper(next)) return iterator;
      const value = wrapNext(next as AnyFunction, kind, tracking);
      disguise(value, next);
      // Where that is refused, it is told as before.
      Reflect.defineProperty(iterator, "next", {
        configurable: true,
        enumerable: false,
        writable: true,
        value,
      });
      return iterator;
    },
  });
}

/** Of a long loop not every turn's wait is captured; but its turns wait at the same place. */
function wrapNext(next: AnyFunction, kind: string, tracking: JscTracking): AnyFunction {
  let latest: { readonly flow: Flow; readonly wait: Wait } | undefined;
  return method({
    call(...args) {
      const flow = tracking.on() ? tracking.current() : undefined;
      if (!flow || !tracking.isWatched(flow)) return next.apply(this, args);
      const wait = tracking.register(flow, kind, "await", undefined);
      if (wait) latest = { flow, wait };
      else if (latest?.flow !== flow) latest = undefined;
      const turn = tracking.within(flow, latest?.wait, next, this, args);
      if (latest && turn instanceof Promise) tracking.bind(turn, latest.wait);
      return turn;
    },
  });
}
