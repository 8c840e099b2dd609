// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import { BackendClient, until } from "../support/backend_client.ts";
import { type Installed, ROOT, start } from "../support/spawn.ts";

const RUNTIMES: readonly Installed[] = ["node22", "node24", "bun", "deno"];
const MAX_SAMPLES = 5;
/** The shortest task is a minute, so it begins in the past to end soon. */
const ALREADY_RUN_MS = 50_000;

interface Answer {
  readonly status: number;
  readonly arrivedAt: number;
}

function request(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on("end", () => resolve({ status: response.statusCode ?? 0, arrivedAt: Date.now() }));
    }).on("error", reject);
  });
}

async function sendAll(url: string, agent: Agent, concurrent: boolean): Promise<Answer[]> {
  if (concurrent) return Promise.all(Array.from({ length: 20 }, () => request(url, agent)));
  const answers: Answer[] = [];
  for (let i = 0; i < 20; i++) answers.push(await request(url, agent));
  return answers;
}

interface Run {
  readonly oap: Oap;
  readonly client: BackendClient;
  readonly service: string;
  readonly url: string;
}

/** Creates a task, sends twenty requests, waits for what was profiled, and looks at all of it. */
async function profile(
  { oap, client, service, url }: Run,
  concurrent: boolean,
  startTime?: number,
): Promise<void> {
  const id = await client.createTask({
    service,
    endpointName: "GET:/work",
    ...(startTime !== undefined && { startTime }),
    duration: 1,
    minDurationThreshold: 0,
    dumpPeriod: 10,
    maxSamplingCount: MAX_SAMPLES,
  });
  const logs = (type: string) => async (): Promise<boolean> => (await client.taskLogs(id)).includes(type);
  await until("the agent's task", logs("NOTIFIED"), 10_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const agent = new Agent({ keepAlive: true, maxSockets: concurrent ? 20 : 1 });
  const answers = await sendAll(url, agent, concurrent);
  agent.destroy();
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  const seen = async (): Promise<boolean> => (await client.taskSegments(id)).length >= MAX_SAMPLES;
  await until("the profiled segments", seen, 10_000);
  // A task from now on lasts a minute: this is long enough for a sixth segment to arrive, were there one.
  if (startTime === undefined) await new Promise((resolve) => setTimeout(resolve, 1_500));
  else await until("the end of the task", logs("EXECUTION_FINISHED"), 30_000);

  const segments = await client.taskSegments(id);
  expect(segments).toHaveLength(MAX_SAMPLES);
  const lastAnswer = Math.max(...answers.map(({ arrivedAt }) => arrivedAt));
  for (const { spans, endpointNames } of segments) {
    const span = spans.find(({ spanId }) => spanId === 0);
    expect(endpointNames).toEqual(["GET:/work"]);
    expect(span?.profiled).toBe(true);
    const snapshots = oap.store.snapshots(span?.segmentId ?? "");
    expect(snapshots.map(({ sequence }) => sequence)).toEqual(snapshots.map((_, i) => i));
    expect(snapshots.at(-1)?.time).toBeLessThanOrEqual(span?.endTime ?? 0);
    expect(snapshots.at(-1)?.time).toBeLessThanOrEqual(lastAnswer);
    expect(snapshots[0]?.time).toBe(span?.startTime as number);
    expect(new Set(snapshots.map(({ stack }) => stack[0]))).toEqual(new Set(["(request GET:/work)"]));
    const functions = snapshots.flatMap(({ stack }) => stack.map((code) => code.split(" ", 1)[0]));
    expect(functions).toContain("work");
  }
}

describe("a task of five samples", () => {
  for (const runtime of RUNTIMES) {
    test.concurrent(`profiles five of twenty requests on ${runtime}, one after the other and at once`, async () => {
      await using oap = await startOap();
      const client = new BackendClient(`http://127.0.0.1:${oap.restPort}/graphql`);
      const service = `sampling-${runtime}`;
      await using app = start(runtime, join(ROOT, "tests/e2e/keep_alive_app.ts"), {
        preload: join(ROOT, "mod.ts"),
        timeoutMs: 90_000,
        env: {
          SW_AGENT_NAME: service,
          SW_AGENT_COLLECTOR_BACKEND_SERVICES: `127.0.0.1:${oap.grpcPort}`,
          SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "0.3",
          BUN_JSC_useTailCalls: "0",
        },
      });
      const port = await app.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
      const run: Run = { oap, client, service, url: `http://127.0.0.1:${port}/work` };
      await profile(run, false, Date.now() - ALREADY_RUN_MS);
      // A service takes one task at a time: the second begins after the first one's nominal end.
      await profile(run, true);
    }, 90_000);
  }
});
