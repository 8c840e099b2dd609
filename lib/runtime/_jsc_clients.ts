// SPDX-License-Identifier: Apache-2.0
import { attempt } from "./_attempt.ts";
import type { JscTracking } from "./_jsc_tracking.ts";
import { wrapPromising } from "./_jsc_wrap.ts";
import { type AnyFunction, disguise, method, prototypeOf, type Replace } from "./_replace.ts";

const FILE = [
  "text",
  "json",
  "arrayBuffer",
  "bytes",
  "formData",
  "exists",
  "stat",
  "write",
  "delete",
  "unlink",
];
const S3 = ["exists", "list", "size", "stat", "write", "delete", "unlink"];
/** What a client of Redis promises nothing by. */
const NO_COMMAND: ReadonlySet<PropertyKey> = new Set(["close"]);

/** Follows what Bun's own clients promise. Its queries of SQL and commands of a shell are promises of their own. */
export function wrapClients(tracking: JscTracking, replace: Replace): void {
  const bun: object | undefined = Reflect.get(globalThis, "Bun");
  if (!bun) return;
  // What Bun cannot use of the environment (`REDIS_URL`) it tells whoever asks for the client.
  attempt(() => wrapS3(bun, tracking, replace));
  attempt(() => wrapRedis(bun, tracking));
}

function wrapS3(bun: object, tracking: JscTracking, replace: Replace): void {
  const client: unknown = Reflect.get(bun, "S3Client");
  const fileOf: unknown = typeof client === "function" && Reflect.get(client, "file");
  if (typeof client !== "function" || typeof fileOf !== "function") return;
  const file: object = Object.getPrototypeOf(fileOf.call(client, "none"));
  const targets: readonly (readonly [object | undefined, string, readonly string[]])[] = [
    [prototypeOf(bun, "S3Client"), "S3Client", S3],
    [client, "S3Client", S3],
    [file, "S3File", FILE],
  ];
  for (const [target, name, keys] of targets) {
    for (const key of target ? keys : []) {
      const kind = `${name}.${key}`;
      replace(target as object, key, (original) => wrapPromising(original, { kind }, tracking));
    }
  }
}

/** The methods of `Bun.RedisClient` cannot be replaced: a class that has others stands in its place. */
function wrapRedis(bun: object, tracking: JscTracking): void {
  const native: unknown = Reflect.get(bun, "RedisClient");
  if (typeof native !== "function") return;
  const RedisClient = class RedisClient extends (native as new (...args: unknown[]) => object) {};
  const own: object = RedisClient.prototype;
  // To have all in their order.
  Reflect.deleteProperty(own, "constructor");
  for (const key of Reflect.ownKeys(native.prototype)) {
    const found = Object.getOwnPropertyDescriptor(native.prototype, key) as PropertyDescriptor;
    if (key === "constructor") found.value = RedisClient;
    else if (typeof found.value === "function" && !NO_COMMAND.has(key)) {
      const value = key === "duplicate" ? duplicated(found.value, own) : found.value;
      found.value = wrapPromising(value, { kind: `redis.${String(key)}` }, tracking);
      disguise(found.value, value);
    }
    Object.defineProperty(own, key, found);
  }
  Object.setPrototypeOf(own, Object.getPrototypeOf(native.prototype));
  if (!Reflect.set(bun, "RedisClient", RedisClient)) return;
  const shared: unknown = Reflect.get(bun, "redis");
  if (shared instanceof native) Object.setPrototypeOf(shared, own);
}

/** What gives another client gives one with the same methods. */
function duplicated(duplicate: AnyFunction, methods: object): AnyFunction {
  const own = method({
    async call() {
      return Object.setPrototypeOf(await duplicate.call(this), methods);
    },
  });
  disguise(own, duplicate);
  return own;
}
