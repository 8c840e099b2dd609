// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { type BackendClient, type StackElement, until } from "../support/backend_client.ts";
import { type Installed, ROOT, type Running, start } from "../support/spawn.ts";

/** How long a real backend may take until what it was sent can be seen. */
export const SETTLE_MS = 30_000;

/** An app with the agent. */
export interface App extends AsyncDisposable {
  readonly service: string;
  readonly url: string;
  readonly running: Running;
}

/** Starts a program that prints `listening PORT`, with the built agent, as a service of its own. */
export async function startApp(
  runtime: Installed,
  name: string,
  grpc: string,
  { program = "tests/demo/slow_app.ts", env = {} }: { program?: string; env?: Record<string, string> } = {},
): Promise<App> {
  const service = `${name}-${runtime}-${Date.now().toString(36)}`;
  const running = start(runtime, join(ROOT, program), {
    preload: join(ROOT, "dist/agent.js"),
    timeoutMs: 300_000,
    env: {
      SW_AGENT_NAME: service,
      SW_AGENT_INSTANCE_NAME: `${runtime}@test`,
      SW_AGENT_COLLECTOR_BACKEND_SERVICES: grpc,
      SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "1",
      SW_AGENT_COLLECTOR_HEARTBEAT_PERIOD: "2",
      BUN_JSC_useTailCalls: "0",
      ...env,
    },
  });
  try {
    const port = await running.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
    return {
      service,
      url: `http://127.0.0.1:${port}`,
      running,
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

/** Creates a profile task of a minute for an app, and waits until its agent has it. */
export async function profile(
  client: BackendClient,
  { service }: App,
  path: string,
  samples: number,
): Promise<string> {
  const taskId = await client.createTask({
    service,
    endpointName: `GET:${path}`,
    duration: 1,
    minDurationThreshold: 0,
    dumpPeriod: 10,
    maxSamplingCount: samples,
  });
  await logged(client, taskId, "NOTIFIED");
  // The backend logs it when it hands the task out; the agent starts it a moment later.
  await Bun.sleep(500);
  return taskId;
}

/** Waits until the log of a task has that. */
export async function logged(
  client: BackendClient,
  taskId: string,
  type: string,
  timeoutMs = SETTLE_MS,
): Promise<void> {
  await until(`${type} of ${taskId}`, async () => (await client.taskLogs(taskId)).includes(type), timeoutMs);
}

/** Asks an app for a path, as part of a trace, and gives what it answers. */
export async function request<T>(app: App, path: string, traceId: string): Promise<T> {
  const response = await fetch(`${app.url}${path}`, { headers: { sw8: sw8(traceId) } });
  return (await response.json()) as T;
}

/** The header of a caller that nobody knows. */
function sw8(traceId: string): string {
  const rest = [`${traceId}-caller`, "operator", "operator-1", "/", "127.0.0.1"].map((text) => btoa(text));
  const [segment, ...others] = rest;
  return `1-${btoa(traceId)}-${segment}-0-${others.join("-")}`;
}

/** The trees of an analysis by their roots, whose order a real backend leaves open. */
export async function treesOf(
  client: BackendClient,
  segmentId: string,
  from: number,
  to: number,
): Promise<{ tip: string | null; trees: readonly (readonly StackElement[])[] }> {
  const { tip, trees } = await client.analyze(segmentId, from, to);
  const root = (elements: readonly StackElement[]) => elements[0]?.codeSignature ?? "";
  return {
    tip,
    trees: trees.map(({ elements }) => elements).toSorted((a, b) => (root(a) < root(b) ? -1 : 1)),
  };
}
