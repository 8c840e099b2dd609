// SPDX-License-Identifier: Apache-2.0
import { type PromiseClass, promiseClasses } from "./_jsc_promise_classes.ts";
import type { JscTracking } from "./_jsc_tracking.ts";
import { type AnyFunction, createReplace, method } from "./_replace.ts";
import { NEW_PROMISE } from "./_resource_name.ts";

/** Sees where promises are made and awaited, from `start` to `stop`. */
export interface JscPromises {
  /** Looks for the classes of promises to watch: Bun may have to load them. Without it they are not watched. */
  prepare(): void;
  start(): void;
  stop(): void;
}

/**
 * @param onAwait is told of each promise that is awaited, or whose `then` is called, in the context that does it: both
 * read its `constructor` (ECMAScript's PromiseResolve and SpeciesConstructor), which is an accessor meanwhile
 */
export function createJscPromises(tracking: JscTracking, onAwait: (promise: object) => void): JscPromises {
  const NativePromise = Promise;
  const WatchedPromise = watchedPromise(NativePromise, tracking);
  let classes: readonly WatchedClass[] | undefined;
  let restores: (() => void)[] = [];
  return {
    prepare() {
      classes ??= promiseClasses().map((found) => watchedClass(found, NativePromise, tracking));
    },
    start() {
      // What the app has frozen stays as it is: less is seen then.
      Reflect.set(globalThis, "Promise", WatchedPromise);
      restores = [
        () => {
          if (globalThis.Promise === WatchedPromise) Reflect.set(globalThis, "Promise", NativePromise);
        },
        watchConstructor(NativePromise, onAwait),
        ...(classes ?? []).flatMap(({ type, superClass }) => [
          watchSuper(type, superClass),
          watchConstructor(type, onAwait),
        ]),
      ];
    },
    stop() {
      for (const restore of restores.splice(0)) restore();
    },
  };
}

/** A class of promises, and what it has for a super class while a recording is open. */
interface WatchedClass {
  readonly type: PromiseConstructor;
  readonly superClass: object;
}

function watchedClass(
  { type, kind }: PromiseClass,
  NativePromise: PromiseConstructor,
  tracking: JscTracking,
): WatchedClass {
  createReplace()(type.prototype, "then", (then) => wrapThen(then, tracking));
  return { type, superClass: watchedSuper(NativePromise, kind, tracking) };
}

/** Makes the `constructor` of a class's instances an accessor; returns what ends that. */
function watchConstructor(
  type: { readonly prototype: object },
  onRead: (instance: object) => void,
): () => void {
  const { prototype } = type;
  const native = Object.getOwnPropertyDescriptor(prototype, "constructor");
  if (!native?.configurable) return () => {};
  Object.defineProperty(prototype, "constructor", {
    configurable: true,
    enumerable: false,
    get(this: object): unknown {
      onRead(this);
      return type;
    },
    // An app may assign a constructor of its own to one instance.
    set(this: object, own: unknown) {
      Object.defineProperty(this, "constructor", {
        value: own,
        writable: true,
        configurable: true,
        enumerable: true,
      });
    },
  });
  return () => void Reflect.defineProperty(prototype, "constructor", native);
}

/** Has a class make its instances by another super class than it was declared with; returns what ends that. */
function watchSuper(type: object, superClass: object): () => void {
  const native: unknown = Object.getPrototypeOf(type);
  Reflect.setPrototypeOf(type, superClass);
  return () => void Reflect.setPrototypeOf(type, native as object);
}

/** A `then` of a class's own begins what the promise stands for: that is told below who waits for it. */
function wrapThen(then: AnyFunction, tracking: JscTracking): AnyFunction {
  return method({
    call(...args) {
      const flow = tracking.on() ? tracking.current() : undefined;
      return flow
        ? tracking.within(flow, tracking.waitFor(this as object), then, this, args)
        : then.apply(this, args);
    },
  });
}

/** What a subclass of promises calls by `super`, which notes where. */
function watchedSuper(NativePromise: PromiseConstructor, kind: string, tracking: JscTracking): object {
  const Watched = function (executor: unknown): object {
    const flow = tracking.on() ? tracking.current() : undefined;
    const isWatched = flow !== undefined && tracking.isWatched(flow);
    const wait = isWatched ? tracking.register(flow, kind, "task", undefined) : undefined;
    const promise: object = Reflect.construct(NativePromise, [executor], new.target ?? NativePromise);
    if (wait) tracking.bind(promise, wait);
    return promise;
  };
  // Its statics are inherited through it.
  Object.setPrototypeOf(Watched, NativePromise);
  return Watched;
}

/**
 * A `Promise` that makes native promises and notes where: the only stack of a wait whose primitive is not
 * wrapped. It stands in for the global one only while a recording is open.
 */
function watchedPromise(NativePromise: PromiseConstructor, tracking: JscTracking): PromiseConstructor {
  const Watched = function (
    executor: (resolve: (value: unknown) => void, reject: (reason?: unknown) => void) => void,
  ): object {
    if (new.target === undefined) {
      throw new TypeError("Cannot call a class constructor Promise without |new|");
    }
    const target: unknown = new.target;
    const flow = tracking.on() ? tracking.current() : undefined;
    const isWatched = flow !== undefined && tracking.isWatched(flow);
    if (!isWatched && target === Watched) return new NativePromise(executor);
    const wait = isWatched ? tracking.register(flow, NEW_PROMISE, "promise", undefined) : undefined;
    const promise: object = Reflect.construct(
      NativePromise,
      [executor],
      target === Watched ? NativePromise : (target as PromiseConstructor),
    );
    if (wait) tracking.bind(promise, wait);
    return promise;
  };
  Object.setPrototypeOf(Watched, NativePromise);
  Object.defineProperty(Watched, "prototype", { value: NativePromise.prototype, writable: false });
  Object.defineProperty(Watched, "length", { value: 1, configurable: true });
  Object.defineProperty(Watched, "name", { value: "Promise", configurable: true });
  for (const key of Object.getOwnPropertyNames(NativePromise)) {
    const native: unknown = Reflect.get(NativePromise, key);
    if (typeof native !== "function" || key === "prototype") continue;
    const forwarded = function (this: unknown, ...args: unknown[]): unknown {
      return Reflect.apply(native, this === Watched ? NativePromise : this, args);
    };
    Object.defineProperty(forwarded, "name", { value: key, configurable: true });
    Object.defineProperty(Watched, key, { value: forwarded, writable: true, configurable: true });
  }
  Object.defineProperty(Watched, Symbol.species, {
    configurable: true,
    get(): unknown {
      return this === Watched ? NativePromise : this;
    },
  });
  return Watched as unknown as PromiseConstructor;
}
