// SPDX-License-Identifier: Apache-2.0
import { tellCleared } from "./_cleared_timer.ts";
import type { JscTracking } from "./_jsc_tracking.ts";
import { type AnyFunction, method } from "./_replace.ts";
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
      const wait = isWatched ? tracking.register(flow, kind, frequencyOf(kind, delayMs), delayMs) : undefined;
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
      const wait = tracking.register(flow, kind, frequency ?? frequencyOf(kind, delayMs), delayMs);
      const promise =
        wait && delayAt === undefined
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
