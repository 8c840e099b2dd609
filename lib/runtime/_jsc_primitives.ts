// SPDX-License-Identifier: Apache-2.0
import { wrapClients } from "./_jsc_clients.ts";
import { wrapScopes } from "./_jsc_scopes.ts";
import { wrapStreams } from "./_jsc_streams.ts";
import type { JscTracking } from "./_jsc_tracking.ts";
import { NO_DELAY, type Waiting, wrapCallback, wrapPromising } from "./_jsc_wrap.ts";
import { type AnyFunction, builtin, createReplace, method, prototypeOf, type Replace } from "./_replace.ts";

/** Something the app waits with, and how its end shows. */
interface Primitive extends Waiting {
  readonly target: object | undefined;
  readonly key: string;
  /** Position of the callback, -1 for the last argument; absent where a promise is returned. */
  readonly callback?: number;
}

/** Modules whose functions return promises. */
const PROMISING: readonly (readonly [id: string, module: string])[] = [
  ["node:fs/promises", "fs"],
  ["node:dns/promises", "dns"],
];
/** What is none of these there: constants, classes, settings, and what returns iterators. */
const NOT_PROMISING = /^[A-Z]|^(?:constants|watch|glob|(?:get|set)(?:Servers|DefaultResultOrder))$/;

/** Modules with functions that call back: those that have a `Sync` form, and others. */
const CALLING_BACK: readonly (readonly [id: string, kind: string, others: RegExp])[] = [
  ["node:fs", "fs", /^$/],
  ["node:crypto", "crypto", /^(?:randomBytes|randomInt|sign|verify|diffieHellman)$/],
  ["node:zlib", "zlib", /^$/],
  ["node:dns", "dns", /^lookup/],
];
/** What streams of files do by the hundreds is the stream's. */
const NOT_CALLING_BACK = /^(?:readv?|writev?)$/;

function callingBack(): Primitive[] {
  return CALLING_BACK.flatMap(([id, kind, others]) => {
    const target = builtin(id) ?? {};
    const calls = (key: string): boolean =>
      others.test(key) || typeof Reflect.get(target, `${key}Sync`) === "function";
    const keys = Object.keys(target).filter((key) => calls(key) && !NOT_CALLING_BACK.test(key));
    return keys.map((key) => ({ target, key, kind: `${kind}.${key}`, callback: -1 }));
  });
}

/** Functions of `Bun` that return promises. */
const BUN = [
  "write",
  "connect",
  "build",
  "readableStreamToArray",
  "readableStreamToArrayBuffer",
  "readableStreamToBytes",
  "readableStreamToBlob",
  "readableStreamToFormData",
  "readableStreamToJSON",
  "readableStreamToText",
  "zstdCompress",
  "zstdDecompress",
];

function primitives(): Primitive[] {
  const timers = builtin("node:timers");
  const timersPromises = builtin("node:timers/promises");
  const bun: object | undefined = Reflect.get(globalThis, "Bun");
  const list: Primitive[] = [
    { target: globalThis, key: "fetch", kind: "fetch" },
    { target: bun, key: "sleep", kind: "Bun.sleep", delayAt: 0 },
    { target: timersPromises, key: "setTimeout", kind: "setTimeout", delayAt: 0 },
    { target: timersPromises, key: "setImmediate", kind: "setImmediate", delayAt: NO_DELAY },
    { target: scheduler(timersPromises), key: "wait", kind: "scheduler.wait", delayAt: 0 },
    { target: builtin("node:events"), key: "once", kind: "events.once" },
    { target: builtin("node:http"), key: "get", kind: "http.get", callback: -1, opens: true },
    { target: builtin("node:http"), key: "request", kind: "http.request", callback: -1, opens: true },
    { target: builtin("node:https"), key: "get", kind: "https.get", callback: -1, opens: true },
    { target: builtin("node:https"), key: "request", kind: "https.request", callback: -1, opens: true },
    { target: builtin("node:net"), key: "connect", kind: "net.connect", callback: -1, opens: true },
    { target: builtin("node:net"), key: "createConnection", kind: "net.connect", callback: -1, opens: true },
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
  list.push(...callingBack());
  for (const [id, module] of PROMISING) {
    const target = builtin(id);
    for (const key of Object.keys(target ?? {})) {
      if (!NOT_PROMISING.test(key)) list.push({ target, key, kind: `${module}.${key}` });
    }
  }
  const subtle = prototypeOf(globalThis, "SubtleCrypto");
  for (const key of [
    "encrypt",
    "decrypt",
    "sign",
    "verify",
    "digest",
    "generateKey",
    "deriveKey",
    "deriveBits",
  ]) {
    list.push({ target: subtle, key, kind: `crypto.${key}` });
  }
  for (const key of BUN) list.push({ target: bun, key, kind: `Bun.${key}` });
  const dns: unknown = bun && Reflect.get(bun, "dns");
  if (typeof dns === "object" && dns) list.push({ target: dns, key: "lookup", kind: "dns.lookup" });
  const password: unknown = bun && Reflect.get(bun, "password");
  for (const key of typeof password === "object" && password ? ["hash", "verify"] : []) {
    list.push({ target: password as object, key, kind: `Bun.password.${key}` });
  }
  for (const key of ["createReadStream", "createWriteStream"]) {
    list.push({ target: builtin("node:fs"), key, kind: `fs.${key}`, callback: -1, opens: true });
  }
  list.push({ target: bun, key: "spawn", kind: "Bun.spawn", callback: -1, opens: true });
  for (const key of ["spawn", "exec", "execFile"]) {
    const kind = `child_process.${key}`;
    list.push({ target: builtin("node:child_process"), key, kind, callback: -1, opens: true });
  }
  for (const key of ["pipeline", "finished"]) {
    list.push({ target: builtin("node:stream/promises"), key, kind: `stream.${key}` });
  }
  for (const type of [Blob, Response, Request]) {
    for (const key of ["text", "json", "arrayBuffer", "bytes", "formData"]) {
      list.push({ target: type.prototype, key, kind: `${type.name}.${key}` });
    }
  }
  // Those of a file on Bun.
  for (const key of ["exists", "stat", "write", "delete", "unlink"]) {
    list.push({ target: Blob.prototype, key, kind: `Blob.${key}` });
  }
  return list;
}

/** The `scheduler` of `node:timers/promises`. */
function scheduler(timersPromises: object | undefined): object | undefined {
  const found: unknown = timersPromises && Reflect.get(timersPromises, "scheduler");
  return typeof found === "object" && found ? found : undefined;
}

/**
 * Wraps what an app waits with. It has to happen before the app loads: on Bun a named import of a builtin is
 * final (bun.md §2.4).
 */
export function wrapPrimitives(tracking: JscTracking): void {
  const replace = createReplace();
  for (const primitive of primitives()) {
    const { target, key, callback } = primitive;
    if (!target) continue;
    replace(target, key, (original) =>
      callback === undefined
        ? wrapPromising(original, primitive, tracking)
        : wrapCallback(original, primitive, callback, tracking),
    );
    // Timers have their delay elsewhere there, and their promises are wrapped already.
    if (callback !== undefined && primitive.delayAt === undefined)
      wrapPromisified(primitive, target, tracking, replace);
  }
  replace(process.getBuiltinModule("node:events").prototype, "emit", (emit) => wrapEmit(emit, tracking));
  wrapScopes(tracking, replace);
  wrapStreams(tracking, replace);
  wrapClients(tracking, replace);
}

/** What `util.promisify` makes of a function that has a form of its own for it, as `child_process.exec` has. */
function wrapPromisified(
  primitive: Primitive,
  target: object,
  tracking: JscTracking,
  replace: Replace,
): void {
  const wrapped: unknown = Reflect.get(target, primitive.key);
  if (typeof wrapped !== "function") return;
  replace(wrapped, PROMISIFY, (original) => wrapPromising(original, primitive, tracking));
}

/** `util.promisify.custom`. */
const PROMISIFY: unique symbol = Symbol.for("nodejs.util.promisify.custom");

/** Events of sockets and streams reach the app through `emit`, in the context that subscribed. */
function wrapEmit(emit: AnyFunction, tracking: JscTracking): AnyFunction {
  return method({
    call(...args) {
      const flow = tracking.on() ? tracking.current() : undefined;
      if (flow) tracking.enter(flow, undefined);
      return emit.apply(this, args);
    },
  });
}
