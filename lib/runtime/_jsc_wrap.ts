// SPDX-License-Identifier: Apache-2.0
import { tellCleared } from "./_cleared_timer.ts";
import type { AnyFunction, JscTracking } from "./_jsc_tracking.ts";
import { frequencyOf } from "./_wait_frequency.ts";
import type { WaitFrequency } from "./runtime.ts";

/** How waiting with a function shows. */
export interface Waiting {
  /** What the wait is called in a snapshot. */
  readonly kind: string;
  /** Position of the delay in milliseconds, or {@link NO_DELAY}. */
  readonly delayAt?: number;
  /** How many there may be; a delay of none makes it a tick anyway. */
  readonly frequency?: WaitFrequency;
  /** Whether without a callback it opens what tells its listeners later: nothing to wait for by itself. */
  readonly opens?: boolean;
}

/** In the place of a delay's position: it could run at once. */
export const NO_DELAY: number = -1;

const MARK: unique symbol = Symbol.for("@sw/agent.primitive");

/** Whether a function is a wrapper. */
export function isWrapper(found: object): boolean {
  return MARK in found;
}

/** A module of the runtime, without settling what the app will see of it. */
export function builtin(id: string): object | undefined {
  return process.getBuiltinModule(id) as object | undefined;
}

/** The prototype of a class that `owner` has. */
export function prototypeOf(owner: object | undefined, key: string): object | undefined {
  const type: unknown = owner && Reflect.get(owner, key);
  return typeof type === "function" ? (Reflect.get(type, "prototype") as object | undefined) : undefined;
}

/** Puts a wrapper in the place of a function, unless there is none, or it cannot be, or it has been done. */
export type Replace = (
  target: object,
  key: PropertyKey,
  wrap: (original: AnyFunction) => AnyFunction,
) => void;

/** What is one function in several places (`setTimeout`, `timers.setTimeout`) stays one. */
export function createReplace(): Replace {
  const wrappers = new WeakMap<object, AnyFunction>();
  return (target, key, wrap) => {
    const original: unknown = Reflect.get(target, key);
    if (typeof original !== "function" || isWrapper(original)) return;
    const owner = ownerOf(target, key);
    const own = owner && Object.getOwnPropertyDescriptor(owner, key);
    if (!owner || !own || !("value" in own)) return;
    let wrapped = wrappers.get(original);
    if (!wrapped) {
      wrapped = wrap(original as AnyFunction);
      disguise(wrapped, original);
      wrappers.set(original, wrapped);
    }
    if (own.configurable) Object.defineProperty(owner, key, { ...own, value: wrapped });
    else if (own.writable) Reflect.set(owner, key, wrapped);
  };
}

/** `target`, or the one of its prototypes that has the property. */
function ownerOf(target: object, key: PropertyKey): object | null {
  let owner: object | null = target;
  while (owner && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner);
  return owner;
}

/** Gives a wrapper the properties of what it wraps (`setTimeout`'s `util.promisify.custom`, say). */
export function disguise(wrapper: AnyFunction, original: object): void {
  for (const key of Reflect.ownKeys(original)) {
    const property = Object.getOwnPropertyDescriptor(original, key);
    const own = Object.getOwnPropertyDescriptor(wrapper, key);
    if (property && own?.configurable !== false) Object.defineProperty(wrapper, key, property);
  }
  Object.defineProperty(wrapper, MARK, { value: true });
  // Of an async function it is another one.
  const prototype: unknown = Object.getPrototypeOf(original);
  if (Object.getPrototypeOf(wrapper) !== prototype) Object.setPrototypeOf(wrapper, prototype as object);
}

/** A method has no `prototype` and is no constructor, as what the runtime has built in. */
export function method({ call }: { call: AnyFunction }): AnyFunction {
  return call;
}

/** Follows a function that calls back, or whose result does, by listeners. */
export function wrapCallback(
  original: AnyFunction,
  { kind, delayAt, opens }: Waiting,
  position: number,
  tracking: JscTracking,
): AnyFunction {
  return method({
    call(...args) {
      const flow = tracking.on() ? tracking.current() : undefined;
      if (!flow) return original.apply(this, args);
      const isWatched = tracking.isWatched(flow);
      const index = position < 0 ? args.length - 1 : position;
      const callback = args[index];
      if (typeof callback !== "function") {
        if (!isWatched || !opens) return original.apply(this, args);
        return tracking.within(flow, tracking.open(flow, kind), original, this, args);
      }
      const delayMs = isWatched ? delayOf(args, delayAt) : undefined;
      const wait = isWatched ? tracking.register(flow, kind, frequencyOf(delayMs), delayMs) : undefined;
      const resumed: AnyFunction = function (...results) {
        tracking.enter(flow, wait);
        return Reflect.apply(callback, this, results);
      };
      args[index] = resumed;
      if (!wait) return original.apply(this, args);
      if (delayAt === undefined) return tracking.within(flow, wait, original, this, args);
      // What has a delay does nothing but call back.
      const timer = original.apply(this, args);
      if (delayAt !== NO_DELAY) tellCleared(wait, timer);
      return timer;
    },
  });
}

/** Follows a function that returns a promise. */
export function wrapPromising(
  original: AnyFunction,
  { kind, delayAt, frequency }: Waiting,
  tracking: JscTracking,
): AnyFunction {
  return method({
    call(...args) {
      const flow = tracking.on() ? tracking.current() : undefined;
      if (!flow || !tracking.isWatched(flow)) return original.apply(this, args);
      const delayMs = delayOf(args, delayAt);
      const wait = tracking.register(flow, kind, frequency ?? frequencyOf(delayMs), delayMs);
      if (!wait) return original.apply(this, args);
      const promise =
        delayAt === undefined
          ? tracking.within(flow, wait, original, this, args)
          : original.apply(this, args);
      if (promise instanceof Promise) tracking.bind(promise, wait);
      return promise;
    },
  });
}

function delayOf(args: readonly unknown[], delayAt: number | undefined): number | undefined {
  if (delayAt === undefined) return undefined;
  if (delayAt === NO_DELAY) return 0;
  return Math.max(1, Number(args[delayAt]) || 0); // timers' own rule for 0, NaN and absent
}
