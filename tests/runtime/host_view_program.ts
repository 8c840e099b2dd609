// SPDX-License-Identifier: Apache-2.0
/**
 * Prints what an app on Bun can see of the functions the agent wraps: each property of the modules, globals and
 * prototypes they are in, and which of them are one and the same function. With an argument the agent wraps before.
 */
import { selectRuntime } from "../../lib/runtime/select.ts";

const MODULES = [
  "events",
  "stream",
  "stream/promises",
  "stream/web",
  "readline",
  "readline/promises",
  "fs",
  "fs/promises",
  "dns",
  "dns/promises",
  "child_process",
  "http",
  "https",
  "net",
  "crypto",
  "zlib",
  "timers",
  "timers/promises",
];
/** The agent's own mark, which is told by no name and is in no listing but that of symbols. */
const MARK = Symbol.for("@sw/agent.primitive");

const seen: string[] = [];
const places = new Map<unknown, string[]>();

function look(owner: object, path: string, visited: Set<unknown>): void {
  if (visited.has(owner)) return;
  visited.add(owner);
  for (const key of Reflect.ownKeys(owner)) {
    if (key === MARK) continue;
    const name = `${path}.${String(key)}`;
    const property = Object.getOwnPropertyDescriptor(owner, key);
    const { enumerable, configurable, writable } = property ?? {};
    const value: unknown = property?.value;
    seen.push(`${name} ${enumerable} ${configurable} ${writable} ${typeof value} ${describe(value)}`);
    if (typeof value !== "function") continue;
    places.set(value, [...(places.get(value) ?? []), name]);
    const prototype: unknown = Reflect.get(value, "prototype");
    if (!property || Object.keys(property).includes("get") || typeof prototype !== "object" || !prototype)
      continue;
    look(prototype, `${name}.prototype`, visited);
    const parent: unknown = Object.getPrototypeOf(prototype);
    if (typeof parent === "object" && parent) look(parent, `${name}.prototype.parent`, visited);
  }
}

function describe(value: unknown): string {
  if (typeof value !== "function") return "";
  const keys = Reflect.ownKeys(value).filter((key) => key !== MARK);
  const kind: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return `${value.name} ${value.length} ${kind} ${keys.map(String).sort().join(",")}`;
}

const owners: [string, object][] = [
  ["globalThis", globalThis],
  ["Bun", Reflect.get(globalThis, "Bun") as object],
  ["process", process],
  ...MODULES.map((id): [string, object] => [id, process.getBuiltinModule(`node:${id}`) as object]),
];
if (process.argv[2] === "wrapped") selectRuntime().tracker.install();
const visited = new Set<unknown>([Object.prototype, Function.prototype]);
for (const [name, owner] of owners) look(owner, name, visited);
const same = [...places.values()].filter((names) => names.length > 1).map((names) => names.join(" = "));

// What is patched in a module before the app imports it is what the app gets.
const later: string[] = [];
for (const id of MODULES) {
  const module = process.getBuiltinModule(`node:${id}`) as object;
  const [key] = Object.entries(module).find(([, value]) => typeof value === "function") ?? [];
  if (key === undefined) continue;
  const patched = (): void => {};
  const isSet = Reflect.set(module, key, patched);
  const imported = (await import(`node:${id}`)) as object;
  later.push(`${id}.${key} ${isSet} ${Reflect.get(imported, key) === patched}`);
}
// biome-ignore lint/suspicious/noConsole: the program's output
console.log(JSON.stringify({ seen, same, later }));
process.exit(0);
