// SPDX-License-Identifier: Apache-2.0
import type { AnyFunction } from "./_replace.ts";
import type { Flow, Wait, WaitFrequency } from "./runtime.ts";

/** What the wrapped primitives ask of the tracker. Every member is called only while {@link JscTracking.on}. */
export interface JscTracking {
  /** Whether a recording is open: the one branch of an inactive wrapper. */
  on(): boolean;
  /** The flow of the running code. */
  current(): Flow | undefined;
  /** Whether the waits of `flow` are of interest. */
  isWatched(flow: Flow): boolean;
  /** The wait that `flow`, which is watched, begins here, if it is to be captured. */
  register(flow: Flow, kind: string, frequency: WaitFrequency, delayMs: number | undefined): Wait | undefined;
  /** What `flow`, which is watched, opens here and what calls back later, without anything to wait for by itself. */
  open(flow: Flow, kind: string): Wait | undefined;
  /** Calls `original`; what it starts, and calls back later, is told below `wait`. */
  within(flow: Flow, wait: Wait | undefined, original: AnyFunction, self: unknown, args: unknown[]): unknown;
  /** Ties a wait to the promise that ends it; `undefined` if that is not to be captured, and so no `await` of it is. */
  bind(promise: object, wait: Wait | undefined): void;
  /** The wait that is tied to a promise. */
  waitFor(promise: object): Wait | undefined;
  /** `flow` has the thread until the microtasks are drained; `wait` is what woke it. */
  enter(flow: Flow, wait: Wait | undefined): void;
}
