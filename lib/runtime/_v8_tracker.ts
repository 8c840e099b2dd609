// SPDX-License-Identifier: Apache-2.0
import type { ScopeObserver } from "./_async_scopes.ts";
import { tellCleared } from "./_cleared_timer.ts";
import { Holds } from "./_holds.ts";
import { AWAIT, delayOf, holderName, kindOf, nameOf } from "./_resource_name.ts";
import { captureTrace, type Hook } from "./_trace.ts";
import type { AsyncHooksModule, PromiseHooks } from "./_v8_hooks.ts";
import { frequencyOf, timersOf } from "./_wait_frequency.ts";
import { WaitsById } from "./_waits_by_id.ts";
import type { AwaitObserver, AwaitTracker, Flow, Wait, WaitFrequency } from "./runtime.ts";

/** What differs between the V8 hosts. */
export interface V8TrackerOptions {
  readonly now: () => number;
  readonly asyncHooks: AsyncHooksModule;
  /**
   * Sees promises where `async_hooks` is blind to them (Deno) or slower at them (Node ≥ 24, node.md §2.1).
   * Absent on Node 20 and 22, whose AsyncLocalStorage is not yet right inside its `before` (node.md §2.2).
   */
  readonly promiseHooks: PromiseHooks | undefined;
  /** The resource that calls back, the very object that `init` was told. Absent on Deno, which gives another one. */
  readonly currentResource: (() => object) | undefined;
}

/** Sees it by V8's hooks. */
export interface V8Tracker extends AwaitTracker {
  /** The event loop calls what no hook tells of, as `net.read`; `undefined` once that is over. */
  calls(kind: string | undefined): void;
  readonly scopes: ScopeObserver;
}

/**
 * Whether the app has made a promise by a class of its own. Such ones are made wherever one of them is awaited, by the
 * engine in a microtask, so they tell of no function that begins.
 */
function isOfSubclass(promise: object): boolean {
  return Object.getPrototypeOf(promise) !== Promise.prototype;
}

/**
 * Follows flows by V8's hooks: `before`/`after` tell who holds the thread, `init` runs at the very place that
 * suspends, with the whole logical stack at hand. An async function's own promise is born at its entry, so
 * its `init` also tells exactly when the function began, which samples several milliseconds apart cannot.
 *
 * The hooks run for all that the process does, so they do next to nothing for flows that are not watched.
 */
export function createV8Tracker(options: V8TrackerOptions): V8Tracker {
  const { now, asyncHooks, promiseHooks, currentResource } = options;
  let observer: AwaitObserver | undefined;
  let stopPromiseHooks: (() => void) | undefined;
  let hook: { enable(): void; disable(): void } | undefined;
  let holds = new Holds();
  /** By the promise or resource that ends them. */
  let waits = new WeakMap<object, Wait>();
  /**
   * By a promise that nobody awaits there: if it is resolved with a thenable, the engine calls `then` in its name, for
   * whoever resolved it, as `Promise.all` does.
   */
  let entries = new WeakMap<object, Wait>();
  let waitsById = new WaitsById();
  /** What the event loop called last, and in whose context: what a flow's own resource ends is a wait of its own. */
  let called: object | undefined;
  /** What it is called where no hook tells of it, but a wrapper. */
  let calledAs: string | undefined;
  let calledFor: Flow | undefined;
  /** How many functions of `resuming`, which is watched, have gone on since it registered a wait. */
  let resumed = 0;
  let resuming: Flow | undefined;
  /** The resource that calls back next, and enters its context only then. */
  let early: number | undefined;
  /** What a hook threw last. */
  let failure: unknown;

  /** The flow of the running code if it is watched. */
  function watched(): Flow | undefined {
    const flow = observer?.current();
    return flow && observer?.isWatched(flow) ? flow : undefined;
  }

  function register(
    flow: Flow,
    kind: string,
    frequency: WaitFrequency,
    delayMs: number | undefined,
    hook: Hook,
  ): Wait | undefined {
    const isLimited = frequency === "task" || frequency === "pause";
    const source = isLimited ? timersOf(sourceOf(kind), delayMs) : kind;
    const isWanted = observer?.wantsWait(flow, frequency, source, resumed);
    resumed = 0;
    if (!observer || !isWanted) return undefined;
    const at = now();
    const wait: Wait = {
      at,
      kind,
      dueAt: delayMs === undefined ? undefined : at + delayMs,
      callersOnly: false,
      trace: captureTrace(hook),
      parent: holds.top.flow === flow ? holds.top.origin : undefined,
    };
    observer.onWait(flow, wait);
    return wait;
  }

  function hold(key: unknown, flow: Flow | undefined, wait?: Wait, origin?: Wait, holder?: string): void {
    const { top } = holds;
    const isChange = flow !== top.flow || wait !== undefined || holder !== top.holder;
    holds.push(key, flow, wait, wait ?? origin, holder);
    if (isChange) observer?.onThread(now(), flow, wait, holder);
  }

  function release(key: unknown): void {
    const over = holds.top;
    if (!holds.pop(key)) return;
    const { flow, wait, holder } = holds.top;
    if (flow !== over.flow || over.wait || holder !== over.holder) {
      observer?.onThread(now(), flow, wait, holder);
    }
  }

  /**
   * What registers waits of a kind: the functions of the app go on as promises, most often, where libraries do things
   * by the thousands in the callbacks of a socket (a timer for each answer, which is never waited for).
   */
  function sourceOf(kind: string): string {
    const isCallback = typeof holds.top.key === "number" && currentResource?.().constructor !== Promise;
    return isCallback ? `${kind} in ${called?.constructor?.name}` : kind;
  }

  /** What triggers a promise is its parent, if it has one, else the code that runs. */
  function frequencyOfPromise(trigger: number): WaitFrequency {
    return trigger === asyncHooks.executionAsyncId() ? "entry" : "await";
  }

  /** The wait that ends as its resource or promise calls back. */
  function ended(flow: Flow, wait: Wait | undefined): Wait | undefined {
    resumed = flow === resuming ? resumed + 1 : 1;
    resuming = flow;
    if (wait?.kind === AWAIT && flow !== calledFor) wait.endedBy ??= calledAs ?? nameOf(called);
    return wait;
  }

  // Node ends the process where one of these throws, and where the app has used up the stack any of them does. To note
  // what was thrown takes no call, for which there may be no room.
  const callbacks = {
    init(asyncId: number, type: string, trigger: number, resource: object): void {
      try {
        if (type === "Immediate" && !currentResource) waitsById.set(asyncId, observer?.current(), undefined);
        const flow = watched();
        if (!flow) return;
        const kind = kindOf(type);
        const delayMs = delayOf(type, resource);
        const frequency = type === "PROMISE" ? frequencyOfPromise(trigger) : frequencyOf(kind, delayMs);
        if (frequency === "entry" && isOfSubclass(resource)) return;
        const wait = register(flow, kind, frequency, delayMs, callbacks.init);
        if (wait && type === "Timeout") tellCleared(wait, resource);
        if (wait && currentResource) (frequency === "entry" ? entries : waits).set(resource, wait);
        if (frequency === "entry") return;
        if (!currentResource && wait) waitsById.set(asyncId, flow, wait);
      } catch (error) {
        failure = error;
      }
    },
    before(asyncId: number): void {
      try {
        if (!observer || asyncId === early) return;
        const resource = currentResource?.();
        const begun = resource ? undefined : waitsById.get(asyncId);
        // Deno enters the context of an immediate later than this: it is still that of what ran before.
        const flow = begun ? begun.flow : observer.current();
        // Ticks and promises go on with what it was called for.
        if (resource && resource.constructor !== Object && resource.constructor !== Promise) {
          called = resource;
          calledFor = flow;
        }
        if (!flow) hold(asyncId, undefined, undefined, undefined, holderName(resource));
        else if (!observer.isWatched(flow)) hold(asyncId, flow);
        else if (!resource) hold(asyncId, flow, ended(flow, begun?.wait));
        else hold(asyncId, flow, ended(flow, waits.get(resource)), entries.get(resource));
      } catch (error) {
        failure = error;
      }
    },
    after(asyncId: number): void {
      try {
        release(asyncId);
      } catch (error) {
        failure = error;
      }
    },
    // Only where it is needed: on Node it costs more than the other three together (anchors.md §2.4).
    ...(!currentResource && {
      destroy(asyncId: number): void {
        try {
          waitsById.delete(asyncId);
        } catch (error) {
          failure = error;
        }
      },
    }),
  };
  const promiseCallbacks = {
    init(promise: object, parent: object | undefined): void {
      try {
        const flow = watched();
        if (!flow) return;
        // Without a parent it is an async function's entry or `new Promise`: nothing goes on with it.
        if (!parent && isOfSubclass(promise)) return;
        const wait = register(flow, AWAIT, parent ? "await" : "entry", undefined, promiseCallbacks.init);
        if (wait) (parent ? waits : entries).set(promise, wait);
      } catch (error) {
        failure = error;
      }
    },
    before(promise: object): void {
      try {
        const flow = observer?.current();
        if (!flow || !observer?.isWatched(flow)) hold(promise, flow);
        else hold(promise, flow, ended(flow, waits.get(promise)), entries.get(promise));
      } catch (error) {
        failure = error;
      }
    },
    after(promise: object): void {
      try {
        release(promise);
      } catch (error) {
        failure = error;
      }
    },
  };

  function reset(): void {
    holds = new Holds();
    waits = new WeakMap();
    entries = new WeakMap();
    waitsById = new WaitsById();
    called = undefined;
    calledAs = undefined;
    calledFor = undefined;
    resumed = 0;
    resuming = undefined;
    failure = undefined;
  }

  return {
    install() {},
    prepare() {},
    start(newObserver) {
      if (observer) return;
      reset();
      observer = newObserver;
      hook ??= asyncHooks.createHook(promiseHooks ? { ...callbacks, trackPromises: false } : callbacks);
      hook.enable();
      stopPromiseHooks = promiseHooks?.createHook(promiseCallbacks);
    },
    stop() {
      if (!observer) return;
      const stopped = observer;
      const thrown = failure;
      observer = undefined;
      hook?.disable();
      stopPromiseHooks?.();
      stopPromiseHooks = undefined;
      reset();
      if (thrown !== undefined) stopped.onFailure(thrown);
    },
    enter(flow) {
      if (observer) hold(flow, flow);
    },
    leave(flow) {
      if (observer) release(flow);
    },
    calls(kind) {
      calledAs = kind;
      try {
        calledFor = observer?.current();
      } catch (error) {
        failure = error;
      }
    },
    scopes: {
      isOn: () => observer !== undefined,
      begins(asyncId) {
        early = asyncId;
      },
      entered(asyncId) {
        early = undefined;
        callbacks.before(asyncId);
      },
    },
  };
}
