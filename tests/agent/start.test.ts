// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Installed, ROOT, RUN_BUILT, run, type SpawnOptions } from "../support/spawn.ts";

const PROGRAM = join(ROOT, "tests/agent/start_program.mjs");
const API = join(ROOT, "dist/api.js");

async function start(runtime: Installed, way: string, options: SpawnOptions = {}) {
  const { stdout, stderr, code } = await run(runtime, PROGRAM, { ...options, args: [way, API] });
  expect(code).toBe(0);
  return { value: JSON.parse(stdout), stderr };
}

describe.each([...RUN_BUILT])("startAgent on %s", (runtime) => {
  test("starts one agent, which is shut down once and for all", async () => {
    const { value, stderr } = await start(runtime, "twice");
    expect(value).toEqual({ same: true, before: true, after: false });
    expect(stderr).toBe("");
  });

  test("lets an app that shuts it down last wait for that, and no longer", async () => {
    const startedAt = Date.now();
    const { value, stderr } = await start(runtime, "muteBackend");
    expect(value).toBe("ended");
    expect(stderr).toContain("segments and snapshots were not sent");
    // The deadline of the call that sends them is 10 s, that of the shutdown 2 s.
    expect(Date.now() - startedAt).toBeLessThan(9_000);
  });

  test("throws at an option there is not", async () => {
    const { value } = await start(runtime, "unknownOption");
    expect(value).toBe("TypeError: Cannot use option servceName: there is no such option");
  });
});

describe("startAgent where it cannot work", () => {
  test("says so in one line on a Node that is too old", async () => {
    const { value, stderr } = await start("node20", "oldNode");
    expect(value).toBe(false);
    expect(stderr).toMatch(/^\[sw-agent\] ERROR Cannot start: Node 20\.\d+\.\d+ is older than 20\.16\n$/);
  });

  test("says so in one line on a runtime it does not know", async () => {
    const { value, stderr } = await start("node24", "strangeRuntime");
    expect(value).toBe(false);
    expect(stderr).toBe("[sw-agent] ERROR Cannot start: this is neither Node, Bun nor Deno\n");
  });

  test("says so in one line on a Deno that may not connect", async () => {
    const { value, stderr } = await start("deno", "fromEnvironment", {
      flags: ["--allow-env", "--allow-read", "--allow-net=127.0.0.1:2"],
      env: { SW_AGENT_COLLECTOR_BACKEND_SERVICES: "127.0.0.1:1,127.0.0.1:3" },
    });
    expect(value).toBe(false);
    expect(stderr).toBe(
      "[sw-agent] ERROR Cannot start: no connection is allowed to 127.0.0.1:1, 127.0.0.1:3; the app runs without the agent\n",
    );
  });
});
