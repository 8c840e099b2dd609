// SPDX-License-Identifier: Apache-2.0
import { bunRuntime } from "./bun.ts";
import { denoRuntime } from "./deno.ts";
import { nodeRuntime } from "./node.ts";
import type { Runtime, RuntimeName } from "./runtime.ts";

const FACTORIES: Readonly<Record<RuntimeName, (onTimerError: (error: unknown) => void) => Runtime>> = {
  node: nodeRuntime,
  bun: bunRuntime,
  deno: denoRuntime,
};

/**
 * The runtime whose global object `scope` is, or `undefined` for one the agent does not know. Bun and Deno come
 * first because both say that they are Node too.
 */
export function detectRuntime(scope: object): RuntimeName | undefined {
  if (hasVersion(Reflect.get(scope, "Bun"))) return "bun";
  if (hasVersion(Reflect.get(scope, "Deno"))) return "deno";
  const process: unknown = Reflect.get(scope, "process");
  const versions: unknown = isObject(process) ? Reflect.get(process, "versions") : undefined;
  return isObject(versions) && typeof Reflect.get(versions, "node") === "string" ? "node" : undefined;
}

/**
 * What the runtime of this process gives. The agent asks once, before anything is wrapped.
 *
 * @param onTimerError is told what a timer's callback threw
 * @throws {Error} if the runtime is not known, or lacks `process.getBuiltinModule`
 */
export function selectRuntime(onTimerError: (error: unknown) => void = () => {}): Runtime {
  const name = detectRuntime(globalThis);
  if (name === undefined) throw new Error("Cannot start: this is neither Node, Bun nor Deno");
  if (typeof process.getBuiltinModule !== "function") {
    throw new Error(`Cannot start: Node ${process.versions.node} is older than 20.16`);
  }
  return FACTORIES[name](onTimerError);
}

function hasVersion(runtime: unknown): boolean {
  return isObject(runtime) && Reflect.get(runtime, "version") !== undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
