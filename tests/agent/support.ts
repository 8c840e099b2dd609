// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import { BackendClient } from "../support/backend_client.ts";
import { type Installed, ROOT, type Running, type SpawnOptions, start } from "../support/spawn.ts";

/** The agent as it is installed. */
export const BUILT: string = join(ROOT, "dist/agent.js");
/** The agent as it is written. */
export const SOURCE: string = join(ROOT, "mod.ts");
export const APP: string = join(ROOT, "tests/agent/app.mjs");

if (!existsSync(BUILT)) throw new Error("Cannot test the agent: run `npm run build` first");

/** A backend for the agents of one test. */
export interface Backend extends AsyncDisposable {
  readonly oap: Oap;
  readonly client: BackendClient;
  /** The environment of an agent that reports here as `service`, hastily. */
  env(service: string): Record<string, string>;
}

export async function startBackend(): Promise<Backend> {
  const oap = await startOap();
  return {
    oap,
    client: new BackendClient(`http://127.0.0.1:${oap.restPort}/graphql`),
    env: (service) => ({
      SW_AGENT_NAME: service,
      SW_AGENT_COLLECTOR_BACKEND_SERVICES: `127.0.0.1:${oap.grpcPort}`,
      SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "0.1",
      SW_AGENT_COLLECTOR_HEARTBEAT_PERIOD: "0.2",
      BUN_JSC_useTailCalls: "0",
    }),
    [Symbol.asyncDispose]: () => oap.close(),
  };
}

/** The app, with the agent before it. */
export interface RunningApp extends AsyncDisposable {
  readonly running: Running;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<string>;
  /** The value of an expression in the app's process; what is not JSON is `null`. */
  evaluate(code: string): Promise<unknown>;
}

export async function startApp(runtime: Installed, options: SpawnOptions): Promise<RunningApp> {
  const running = start(runtime, APP, { preload: BUILT, ...options });
  try {
    const port = await running.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
    const get = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text();
    return {
      running,
      get,
      evaluate: async (code) => JSON.parse(await get(`/eval?code=${encodeURIComponent(code)}`)),
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

/** The names of the endpoints that the backend knows of a service. */
export function endpoints({ oap }: Backend, service: string): string[] {
  const found = oap.store.services().find(({ name }) => name === service);
  return found ? oap.store.endpoints(found.id).map(({ name }) => name) : [];
}

/** The header of a caller in the trace `traceId`. */
export function sw8(traceId: string): string {
  const [trace, ...rest] = [traceId, "caller-segment", "caller", "caller-1", "/", "127.0.0.1"].map(btoa);
  const [segment, ...others] = rest;
  return `1-${trace}-${segment}-0-${others.join("-")}`;
}
