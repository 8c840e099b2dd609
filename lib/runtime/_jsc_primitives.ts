// SPDX-License-Identifier: Apache-2.0
import type { JscTracking } from "./_jsc_tracking.ts";
import type { WaitFrequency } from "./runtime.ts";

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Something the app waits with, and how its end shows. */
interface Primitive {
  readonly target: object | undefined;
  readonly key: string;
  /** What the wait is called in a snapshot. */
  readonly kind: string;
  /** Position of the callback, -1 for the last argument; absent where a promise is returned. */
  readonly callback?: number;
  /** Position of the delay in milliseconds, or the delay itself as a negative number minus one. */
  readonly delayAt?: number;
}

/** The primitive's callback could run at once. */
const NO_DELAY = -1;

const FS = [
  "readFile",
  "writeFile",
  "appendFile",
  "stat",
  "lstat",
  "open",
  "access",
  "readdir",
  "mkdir",
  "rm",
  "unlink",
  "rename",
  "copyFile",
];

function primitives(): Primitive[] {
  const builtin = (id: string): object | undefined => process.getBuiltinModule(id) as object | undefined;
  const timers = builtin("node:timers");
  const timersPromises = builtin("node:timers/promises");
  const bun: object | undefined = Reflect.get(globalThis, "Bun");
  const list: Primitive[] = [
    { target: globalThis, key: "fetch", kind: "fetch" },
    { target: bun, key: "sleep", kind: "Bun.sleep", delayAt: 0 },
    { target: timersPromises, key: "setTimeout", kind: "setTimeout", delayAt: 0 },
    { target: timersPromises, key: "setImmediate", kind: "setImmediate", delayAt: NO_DELAY },
    { target: builtin("node:events"), key: "once", kind: "events.once" },
    { target: builtin("node:dns"), key: "lookup", kind: "dns.lookup", callback: -1 },
    { target: builtin("node:http"), key: "get", kind: "http.get", callback: -1 },
    { target: builtin("node:http"), key: "request", kind: "http.request", callback: -1 },
    { target: builtin("node:https"), key: "get", kind: "https.get", callback: -1 },
    { target: builtin("node:https"), key: "request", kind: "https.request", callback: -1 },
    { target: builtin("node:net"), key: "connect", kind: "net.connect", callback: -1 },
    { target: process, key: "nextTick", kind: "nextTick", callback: 0, delayAt: NO_DELAY },
    { target: globalThis, key: "queueMicrotask", kind: "queueMicrotask", callback: 0, delayAt: NO_DELAY },
  ];
  for (const target of [globalThis, timers]) {
    list.push(
      { target, key: "setTimeout", kind: "setTimeout", callback: 0, delayAt: 1 },
      { target, key: "setInterval", kind: "setInterval", callback: 0, delayAt: 1 },
      { target, key: "setImmediate", kind: "setImmediate", callback: 0, delayAt: NO_DELAY },
    );
  }
  for (const key of FS) {
    list.push({ target: builtin("node:fs/promises"), key, kind: `fs.${key}` });
    list.push({ target: builtin("node:fs"), key, kind: `fs.${key}`, callback: -1 });
  }
  for (const key of ["exec", "execFile"]) {
    list.push({ target: builtin("node:child_process"), key, kind: `child_process.${key}`, callback: -1 });
  }
  for (const key of ["pbkdf2", "scrypt", "randomBytes", "generateKeyPair"]) {
    list.push({ target: builtin("node:crypto"), key, kind: `crypto.${key}`, callback: -1 });
  }
  for (const key of ["gzip", "gunzip", "deflate", "inflate", "brotliCompress", "brotliDecompress"]) {
    list.push({ target: builtin("node:zlib"), key, kind: `zlib.${key}`, callback: -1 });
  }
  for (const key of ["pipeline", "finished"]) {
    list.push({ target: builtin("node:stream/promises"), key, kind: `stream.${key}` });
  }
  for (const type of [Blob, Response, Request]) {
    for (const key of ["text", "json", "arrayBuffer", "bytes", "formData"]) {
      list.push({ target: type.prototype, key, kind: `${type.name}.${key}` });
    }
  }
  return list;
}

/**
 * Wraps what an app waits with. It has to happen before the app loads: on Bun a named import of a builtin is
 * final (bun.md §2.4).
 */
export function wrapPrimitives(tracking: JscTracking): void {
  for (const primitive of primitives()) {
    const { target, key } = primitive;
    const original: unknown = target && Reflect.get(target, key);
    if (!target || typeof original !== "function" || MARK in original) continue;
    const wrapped =
      primitive.callback === undefined
        ? wrapPromising(original as AnyFunction, primitive, tracking)
        : wrapCallback(original as AnyFunction, primitive, primitive.callback, tracking);
    disguise(wrapped, original as AnyFunction);
    wrapPromisified(wrapped, primitive, tracking);
    Reflect.set(target, key, wrapped);
  }
  wrapEmit(tracking);
}

/** What `util.promisify` makes of a function that has a form of its own for it, as `child_process.exec` has. */
function wrapPromisified(wrapped: AnyFunction, primitive: Primitive, tracking: JscTracking): void {
  // Timers have their delay elsewhere there, and their promises are wrapped already.
  if (primitive.callback === undefined || primitive.delayAt !== undefined) return;
  const promisified = Object.getOwnPropertyDescriptor(wrapped, PROMISIFY);
  if (typeof promisified?.value !== "function" || promisified.configurable === false) return;
  const value = wrapPromising(promisified.value as AnyFunction, primitive, tracking);
  disguise(value, promisified.value as AnyFunction);
  Object.defineProperty(wrapped, PROMISIFY, { ...promisified, value });
}

/** `util.promisify.custom`. */
const PROMISIFY: unique symbol = Symbol.for("nodejs.util.promisify.custom");

const MARK: unique symbol = Symbol.for("@sw/agent.primitive");

function wrapCallback(
  original: AnyFunction,
  { kind, delayAt }: Primitive,
  position: number,
  tracking: JscTracking,
): AnyFunction {
  return function (...args) {
    const flow = tracking.on() ? tracking.current() : undefined;
    const index = position < 0 ? args.length - 1 : position;
    const callback = args[index];
    if (!flow || typeof callback !== "function") return original.apply(this, args);
    const isWatched = tracking.isWatched(flow);
    const delayMs = isWatched ? delayOf(args, delayAt) : undefined;
    const wait = isWatched ? tracking.register(flow, kind, frequencyOf(delayMs), delayMs) : undefined;
    const resumed: AnyFunction = function (...results) {
      tracking.enter(flow, wait);
      return Reflect.apply(callback, this, results);
    };
    args[index] = resumed;
    return original.apply(this, args);
  };
}

function wrapPromising(
  original: AnyFunction,
  { kind, delayAt }: Primitive,
  tracking: JscTracking,
): AnyFunction {
  return function (...args) {
    const flow = tracking.on() ? tracking.current() : undefined;
    if (!flow || !tracking.isWatched(flow)) return original.apply(this, args);
    const delayMs = delayOf(args, delayAt);
    const wait = tracking.register(flow, kind, frequencyOf(delayMs), delayMs);
    const promise = original.apply(this, args);
    if (wait && promise instanceof Promise) tracking.bind(promise, wait);
    return promise;
  };
}

/** What could run at once may come thousands of times a turn. */
function frequencyOf(delayMs: number | undefined): WaitFrequency {
  return delayMs === 0 ? "microtask" : "task";
}

/** Events of sockets and streams reach the app through `emit`, in the context that subscribed. */
function wrapEmit(tracking: JscTracking): void {
  const { prototype } = process.getBuiltinModule("node:events");
  const emit = prototype.emit as AnyFunction;
  if (MARK in emit) return;
  const wrapped: AnyFunction = function (...args) {
    const flow = tracking.on() ? tracking.current() : undefined;
    if (flow) tracking.enter(flow, undefined);
    return emit.apply(this, args);
  };
  disguise(wrapped, emit);
  Reflect.set(prototype, "emit", wrapped);
}

function delayOf(args: readonly unknown[], delayAt: number | undefined): number | undefined {
  if (delayAt === undefined) return undefined;
  if (delayAt === NO_DELAY) return 0;
  return Math.max(1, Number(args[delayAt]) || 0); // timers' own rule for 0, NaN and absent
}

/** Gives a wrapper the properties of what it wraps (`setTimeout`'s `util.promisify.custom`, say). */
function disguise(wrapper: AnyFunction, original: AnyFunction): void {
  for (const key of Reflect.ownKeys(original)) {
    if (key === "prototype") continue;
    const property = Object.getOwnPropertyDescriptor(original, key);
    const own = Object.getOwnPropertyDescriptor(wrapper, key);
    if (property && own?.configurable !== false) Object.defineProperty(wrapper, key, property);
  }
  Object.defineProperty(wrapper, MARK, { value: true });
}
