// SPDX-License-Identifier: Apache-2.0
import type { JscTracking } from "./_jsc_tracking.ts";
import { wrapPromising } from "./_jsc_wrap.ts";
import { type AnyFunction, disguise, prototypeOf, type Replace } from "./_replace.ts";

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
/** What a client of Redis has besides its commands, or gives no promise of an answer. */
const NO_COMMAND = new Set(["constructor", "close", "duplicate"]);

/** Follows what Bun's own clients promise. Its queries of SQL and commands of a shell are promises of their own. */
export function wrapClients(tracking: JscTracking, replace: Replace): void {
  const bun: object | undefined = Reflect.get(globalThis, "Bun");
  if (!bun) return;
  wrapS3(bun, tracking, replace);
  wrapRedis(bun, tracking);
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

/** A client of Redis. */
interface Redis {
  duplicate(): Promise<object>;
}

/** The methods of `Bun.RedisClient` cannot be replaced: those of a subclass in its place can. */
function wrapRedis(bun: object, tracking: JscTracking): void {
  const native: unknown = Reflect.get(bun, "RedisClient");
  if (typeof native !== "function") return;
  class RedisClient extends (native as new (...args: unknown[]) => Redis) {
    override async duplicate(): Promise<object> {
      return Object.setPrototypeOf(await super.duplicate(), RedisClient.prototype);
    }
  }
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(native.prototype))) {
    if (typeof value !== "function" || NO_COMMAND.has(key)) continue;
    const command = wrapPromising(value as AnyFunction, { kind: `redis.${key}` }, tracking);
    disguise(command, value);
    Object.defineProperty(RedisClient.prototype, key, { value: command, writable: true, configurable: true });
  }
  if (!Reflect.set(bun, "RedisClient", RedisClient)) return;
  const shared: unknown = Reflect.get(bun, "redis");
  if (shared instanceof native) Object.setPrototypeOf(shared, RedisClient.prototype);
}
