// SPDX-License-Identifier: Apache-2.0
import { createJscCauses } from "./_jsc_causes.ts";
import { createOverflowGuard } from "./_jsc_overflow.ts";
import { wrapPrimitives } from "./_jsc_primitives.ts";
import { createJscPromises } from "./_jsc_promises.ts";
import type { JscTracking } from "./_jsc_tracking.ts";
import { AWAIT, NEW_PROMISE } from "./_resource_name.ts";
import { createSocketReads } from "./_sockets.ts";
import { captureTrace } from "./_trace.ts";
import { timersOf } from "./_wait_frequency.ts";
import type { AwaitObserver, AwaitTracker, Flow, Wait, WaitFrequency } from "./runtime.ts";

/** What the tracker needs from Bun. */
export interface JscTrackerOptions {
  readonly now: () => number;
  /** The state of a promise, read without side effects. */
  readonly promiseStatus: (promise: unknown) => "pending" | "fulfilled" | "rejected";
  /** What a rejected promise was rejected for, read without side effects. */
  readonly rejectionReason: (promise: unknown) => unknown;
}

/** Kinds of waits that do not say what is waited for. */
const SILENT: ReadonlySet<string> = new Set([AWAIT, NEW_PROMISE]);

/**
 * Follows flows where no hook tells of promises. ECMAScript's PromiseResolve reads `constructor` from every
 * promise that is awaited, in the context that awaits it: an accessor there sees each native `await`, and a
 * reaction attached in it runs right before the continuation (bun.md §2.2).
 *
 * JavaScriptCore has left the awaiting frame by then, so the stack that waits is taken where the app calls the
 * primitive, or makes the promise.
 */
export function createJscTracker(options: JscTrackerOptions): AwaitTracker {
  const { now, promiseStatus, rejectionReason } = options;
  const nativeThen = Promise.prototype.then;
  const { isPromise } = process.getBuiltinModule("node:util").types;
  const queueMicrotask = globalThis.queueMicrotask.bind(globalThis);
  const nextTick = process.nextTick.bind(process);
  const causes = createJscCauses();
  const overflow = createOverflowGuard();

  let observer: AwaitObserver | undefined;
  let owner: Flow | undefined;
  let woken: Wait | undefined;
  /** The last wait that the app's code has registered which runs since the last {@link enter}. */
  let latest: Wait | undefined;
  /** How many functions of `owner` have gone on since it registered a wait. */
  let resumed = 0;
  /** What the event loop has called, and in whose context, while what comes of that is running. */
  let called: { readonly kind: string; readonly flow: Flow | undefined } | undefined;
  let closing = false;
  let hooking = false;
  /** What was thrown last where something was to be noted. */
  let failure: unknown;
  /** What {@link onAwait} threw last, until it has said so: there may have been no room for that. */
  let unsaid: unknown;
  /** By the promise that ends them; `undefined` for one that is not captured. */
  let waits = new WeakMap<object, Wait | undefined>();
  let entries = new WeakMap<Flow, () => void>();

  function register(
    flow: Flow,
    kind: string,
    frequency: WaitFrequency,
    delayMs: number | undefined,
  ): Wait | undefined {
    const wait = capture(flow, kind, frequency, delayMs);
    if (wait) observer?.onWait(flow, wait);
    return wait;
  }

  function capture(
    flow: Flow,
    kind: string,
    frequency: WaitFrequency,
    delayMs: number | undefined,
  ): Wait | undefined {
    const source = frequency === "pause" ? timersOf(kind, delayMs) : kind;
    const isWanted = observer?.wantsWait(flow, frequency, source, resumed);
    resumed = 0;
    if (!isWanted) return undefined;
    const at = now();
    const isAwait = kind === AWAIT;
    const cause = causes.of(flow);
    const wait: Wait = {
      at,
      kind,
      dueAt: delayMs === undefined ? undefined : at + delayMs,
      callersOnly: isAwait,
      trace: captureTrace(),
      parent: owner === flow ? woken : undefined,
      cause: cause?.wait,
      called: isAwait && owner === flow && latest?.cause === cause?.wait ? latest : undefined,
    };
    if (!cause?.isCalling) latest = wait;
    return wait;
  }

  function open(flow: Flow, kind: string): Wait | undefined {
    const wait = capture(flow, kind, "task", undefined);
    // The call may take its time, which is that of the function that makes it.
    if (wait) observer?.onWait(flow, { ...wait, isMark: true });
    return wait;
  }

  function enter(flow: Flow, wait: Wait | undefined): void {
    if (!observer) return;
    try {
      latest = undefined;
      resumed = owner === flow ? resumed + 1 : 1;
      // What a flow's own socket ends is a wait of its own.
      if (wait && called && called.flow !== flow && SILENT.has(wait.kind)) wait.endedBy ??= called.kind;
      if (owner !== flow || (wait && wait !== woken)) {
        owner = flow;
        woken = wait ?? (observer.isWatched(flow) ? causes.of(flow)?.waker : undefined);
        observer.onThread(now(), flow, woken, undefined);
      }
      if (closing) return;
      queueMicrotask(closeLater);
      closing = true;
    } catch (error) {
      failure = error;
    }
  }

  /** A function goes on: what it registers was not begun by what woke another one before, in the same run. */
  function resume(flow: Flow, wait: Wait | undefined): void {
    enter(flow, wait);
    if (!wait && observer) woken = causes.of(flow)?.waker;
  }

  /** A tick that is asked for in a microtask runs when the microtasks are drained: the run's end. */
  function closeLater(): void {
    nextTick(close);
  }

  function close(): void {
    closing = false;
    if (!owner) return;
    owner = undefined;
    woken = undefined;
    latest = undefined;
    try {
      observer?.onThread(now(), undefined, undefined, undefined);
    } catch (error) {
      failure = error;
    }
  }

  /** Says that `flow`, of which nothing else is of interest, has the thread: one function for all its awaits. */
  function entering(flow: Flow): () => void {
    let entered = entries.get(flow);
    if (!entered) {
      entered = () => enter(flow, undefined);
      entries.set(flow, entered);
    }
    return entered;
  }

  /** Code reads the `constructor` of a promise: it awaits it, or calls its `then`. */
  function onAwait(promise: object): void {
    if (hooking || !observer) return;
    hooking = true;
    try {
      if (unsaid !== undefined) overflow.saw(unsaid);
      unsaid = undefined;
      const flow = observer.current();
      if (flow === undefined) return;
      const status = promiseStatus(promise);
      if (status === "rejected") {
        // A reaction would mark it as handled before anyone handled it.
        overflow.saw(rejectionReason(promise));
        return;
      }
      let resumed: () => void;
      if (observer.isWatched(flow)) {
        // Nobody waits for what is there, but what a callback of it does is told below who calls `then`.
        const wait = waits.has(promise)
          ? waits.get(promise)
          : awaited(flow, status === "pending" ? "await" : "settled");
        resumed = () => resume(flow, wait);
      } else resumed = entering(flow);
      nativeThen.call(promise as Promise<unknown>, resumed, resumed);
    } catch (error) {
      unsaid = error;
      // What only inherits from promises has no state to read: it is awaited unseen.
      if (isPromise(promise)) failure = error;
    } finally {
      hooking = false;
    }
  }

  function awaited(flow: Flow, frequency: WaitFrequency): Wait | undefined {
    // What the runtime awaits for a call that has not returned yet is that call.
    const cause = causes.of(flow);
    if (cause?.isCalling) return cause.waker;
    return register(flow, AWAIT, frequency, undefined);
  }

  /** What the wrapped primitives ask for, where what goes wrong is not to be the app's. */
  function guarded<A extends readonly unknown[], T>(
    action: (...args: A) => T,
  ): (...args: A) => T | undefined {
    return (...args) => {
      try {
        return action(...args);
      } catch (error) {
        failure = error;
        return undefined;
      }
    };
  }

  const current = guarded(() => observer?.current());
  const isWatched = guarded((flow: Flow) => observer?.isWatched(flow));
  const tracking: JscTracking = {
    on: () => observer !== undefined,
    current,
    isWatched: (flow) => isWatched(flow) ?? false,
    register: guarded(register),
    open: guarded(open),
    within: causes.within,
    bind: (promise, wait) => waits.set(promise, wait),
    waitFor: (promise) => waits.get(promise),
    enter,
  };
  const promises = createJscPromises(tracking, onAwait);
  const reads = createSocketReads({
    began(kind) {
      called = { kind, flow: current() };
    },
    ended() {
      called = undefined;
    },
  });

  return {
    install() {
      wrapPrimitives(tracking);
    },
    prepare: promises.prepare,
    start(newObserver) {
      if (observer) return;
      observer = newObserver;
      failure = undefined;
      unsaid = undefined;
      owner = undefined;
      woken = undefined;
      latest = undefined;
      waits = new WeakMap();
      entries = new WeakMap();
      causes.clear();
      called = undefined;
      promises.start();
      reads.start();
    },
    stop() {
      if (!observer) return;
      const stopped = observer;
      const thrown = failure;
      observer = undefined;
      owner = undefined;
      latest = undefined;
      causes.clear();
      promises.stop();
      reads.stop();
      if (thrown !== undefined) stopped.onFailure(thrown);
    },
    enter(flow) {
      enter(flow, undefined);
    },
    leave() {}, // the run ends when the microtasks are drained
  };
}
