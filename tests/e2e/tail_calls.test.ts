// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { join } from "node:path";
import { startOap } from "../../lib/oap/mod.ts";
import { BackendClient, until } from "../support/backend_client.ts";
import { ROOT, start } from "../support/spawn.ts";

/** What the app on Bun says on standard error when a profile task starts. */
async function saidAtTask(useTailCalls: string | undefined): Promise<string> {
  await using oap = await startOap();
  const client = new BackendClient(`http://127.0.0.1:${oap.restPort}/graphql`);
  const app = start("bun", join(ROOT, "tests/e2e/keep_alive_app.ts"), {
    preload: join(ROOT, "mod.ts"),
    env: {
      SW_AGENT_NAME: "tail-calls",
      SW_AGENT_COLLECTOR_BACKEND_SERVICES: `127.0.0.1:${oap.grpcPort}`,
      SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "0.2",
      BUN_JSC_useTailCalls: useTailCalls,
    },
  });
  const port = await app.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
  const task = { duration: 1, minDurationThreshold: 0, dumpPeriod: 10, maxSamplingCount: 1 };
  const id = await client.createTask({ service: "tail-calls", endpointName: "GET:/work", ...task });
  const profiled = async (): Promise<boolean> => {
    await (await fetch(`http://127.0.0.1:${port}/work`)).text();
    return (await client.taskSegments(id)).length > 0;
  };
  await until("a profiled request", profiled, 15_000);
  app.kill("SIGTERM");
  return (await app.ended).stderr;
}

test("Bun's missing frames are said once, with the remedy, when a task starts", async () => {
  const said = await saidAtTask(undefined);
  expect(said.match(/BUN_JSC_useTailCalls=0/g)).toHaveLength(1);
}, 30_000);

test("nothing is said where the remedy is in place", async () => {
  expect(await saidAtTask("0")).toBe("");
}, 30_000);
