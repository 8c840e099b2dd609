// SPDX-License-Identifier: Apache-2.0
import { captureTrace } from "./_stack_reader.ts";
import type { AwaitObserver, AwaitTracker, Flow, Wait } from "./runtime.ts";

/** The part of `node:async_hooks` the tracker uses. */
export interface AsyncHooksModule {
  createHook(callbacks: {
    init(asyncId: number, type: string, triggerAsyncId: number, resource: object): void;
    before(asyncId: number): void;
    after(asyncId: number): void;
    trackPromises?: boolean;
  }): { enable(): void; disable(): void };
  executionAsyncResource(): object;
}

/** The part of `node:v8`'s `promiseHooks` the tracker uses. */
export interface PromiseHooks {
  createHook(callbacks: {
    init(promise: object, parent: object | undefined): void;
    before(promise: object): void;
    after(promise: object): void;
  }): () => void;
}

/** What differs between the V8 hosts. */
export interface V8TrackerOptions {
  readonly now: () => number;
  readonly asyncHooks: AsyncHooksModule;
  /**
   * Sees promises where `async_hooks` is blind to them (Deno) or slower at them (Node ≥ 24, node.md §2.1).
   * Absent on Node 20 and 22, whose AsyncLocalStorage is not yet right inside its `before` (node.md §2.2).
   */
  readonly promiseHooks: PromiseHooks | undefined;
}

/** What holds the thread, and what had held it before. */
interface Hold {
  readonly key: unknown;
  readonly flow: Flow | undefined;
  readonly wait: Wait | undefined;
  readonly holder: string | undefined;
}

const NOBODY: Hold = { key: undefined, flow: undefined, wait: undefined, holder: undefined };
// A callback that never returns to its `after` (an exception the host handles) must not grow the stack.
const MAX_NESTING = 1000;

/**
 * Follows flows by V8's hooks: `before`/`after` tell who holds the thread, `init` runs at the very place that
 * suspends, with the whole logical stack at hand. An async function's own promise is born at its entry, so
 * its `init` also tells exactly when the function began, which samples several milliseconds apart cannot.
 */
export function createV8Tracker(options: V8TrackerOptions): AwaitTracker {
  const { now, asyncHooks, promiseHooks } = options;
  let observer: AwaitObserver | undefined;
  let stopPromiseHooks: (() => void) | undefined;
  let hook: { enable(): void; disable(): void } | undefined;
  let at = NOBODY;
  let below: Hold[] = [];
  let waitsById = new Map<number, Wait>();
  let waitsByPromise = new WeakMap<object, Wait>();

  function register(kind: string, delayMs: number | undefined): Wait | undefined {
    const flow = observer?.current();
    if (!observer || !flow || !observer.wantsWait(flow)) return undefined;
    const t = now();
    const wait: Wait = {
      at: t,
      kind,
      dueAt: delayMs === undefined ? undefined : t + delayMs,
      trace: captureTrace(),
      callersOnly: false,
      parent: at.flow === flow ? at.wait : undefined,
    };
    observer.onWait(flow, wait);
    return wait;
  }

  function hold(key: unknown, flow: Flow | undefined, wait: Wait | undefined, holder?: string): void {
    const previous = at;
    if (below.length < MAX_NESTING) below.push(previous);
    at = { key, flow, wait, holder };
    if (flow !== previous.flow || wait || holder !== previous.holder)
      observer?.onThread(now(), flow, wait, holder);
  }

  function release(key: unknown): void {
    // Hooks that were switched on inside a callback see its `after` without its `before`.
    if (at.key !== key) {
      const depth = below.findLastIndex((hold) => hold.key === key);
      if (depth < 0) return;
      at = below[depth] ?? NOBODY;
      below.length = depth;
    }
    const ended = at;
    at = below.pop() ?? NOBODY;
    if (at.flow !== ended.flow || ended.wait || at.holder !== ended.holder) {
      observer?.onThread(now(), at.flow, at.wait, at.holder);
    }
  }

  const callbacks = {
    init(asyncId: number, type: string, _trigger: number, resource: object): void {
      const wait = register(KINDS[type] ?? type, delayOf(type, resource));
      if (wait) waitsById.set(asyncId, wait);
    },
    before(asyncId: number): void {
      if (!observer) return;
      const flow = observer.current();
      const wait = flow && waitsById.get(asyncId);
      hold(asyncId, flow, wait, flow ? undefined : holderName(asyncHooks.executionAsyncResource()));
    },
    after(asyncId: number): void {
      release(asyncId);
    },
  };
  const promiseCallbacks = {
    init(promise: object, parent: object | undefined): void {
      const wait = register("await", undefined);
      // Without a parent it is an async function's entry or `new Promise`: neither is ever resumed.
      if (wait && parent) waitsByPromise.set(promise, wait);
    },
    before(promise: object): void {
      const flow = observer?.current();
      hold(promise, flow, flow && waitsByPromise.get(promise));
    },
    after(promise: object): void {
      release(promise);
    },
  };

  function reset(): void {
    at = NOBODY;
    below = [];
    waitsById = new Map();
    waitsByPromise = new WeakMap();
  }

  return {
    install() {},
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
      observer = undefined;
      hook?.disable();
      stopPromiseHooks?.();
      stopPromiseHooks = undefined;
      reset();
    },
    enter(flow) {
      if (observer) hold(flow, flow, undefined);
    },
    leave(flow) {
      if (observer) release(flow);
    },
  };
}

/** Names for resources whose type says more than the stack's builtin frames would. */
const KINDS: Readonly<Record<string, string>> = {
  Timeout: "setTimeout",
  Immediate: "setImmediate",
  TickObject: "nextTick",
  Microtask: "queueMicrotask",
  PROMISE: "await",
  TCPWRAP: "net",
  TCPCONNECTWRAP: "net.connect",
  PIPEWRAP: "pipe",
  PROCESSWRAP: "child_process",
  FSREQCALLBACK: "fs",
  FSREQPROMISE: "fs",
  GETADDRINFOREQWRAP: "dns.lookup",
  HTTPCLIENTREQUEST: "http",
  HTTPINCOMINGMESSAGE: "http",
  MESSAGEPORT: "message",
};

/** Milliseconds until the resource's callback could run, where the runtime tells. */
function delayOf(type: string, resource: object): number | undefined {
  if (type === "Timeout") {
    const delay: unknown = Reflect.get(resource, "_idleTimeout");
    return typeof delay === "number" && delay > 0 ? delay : undefined;
  }
  return type === "Immediate" || type === "TickObject" || type === "Microtask" ? 0 : undefined;
}

function holderName(resource: object): string | undefined {
  const name: unknown = resource?.constructor?.name;
  return name === "Timeout" || name === "Immediate" ? "timer" : undefined;
}
