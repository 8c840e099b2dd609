// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { type Installed, ROOT, RUN_BUILT, run } from "../support/spawn.ts";

const PROGRAM = join(ROOT, "tests/contract/runtime_contract.ts");
const CASES = [
  "the runtime is known",
  "the clock never goes back",
  "the clock tells the wall time",
  "every kind of wait resumes as its flow",
  "a stopped tracker tells nothing",
  "what an observer throws is told in the end, and not to the app",
  "every kind of callback runs as its flow",
  "what runs in a context that was kept runs as its flow",
  "what ends a wait of a flow runs as that flow",
  "a resource of the app's own is left alone",
  "handlers within each other give the thread back",
  "a timer is a pause from two milliseconds on",
  "a timer that is set in a callback is of a source of its own on V8",
  "a timer says when it could run",
  "a wait's stack has the function that waits",
  "a trace does not keep what was read of it",
  "the wait that ended is told",
  "a timer that was cleared says so",
  "a promisified call's stack has the function that waits",
  "a wait that is over is let go",
  "the sampler is available",
  "samples bear the agent's time",
  "samples come in time order",
  "a stopped sampler tells nothing",
  "the app's format of stacks is left alone",
];

interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly runtime?: string;
}

/** Node 20 runs no TypeScript: the program and the agent's part become one file each, as the agent's own is told by its file. */
async function builtForNode20(folder: string): Promise<string> {
  const common = {
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    logLevel: "silent",
  } as const;
  const select = join(folder, "select.mjs");
  const program = join(folder, "contract.mjs");
  await build({
    ...common,
    entryPoints: [join(ROOT, "lib/runtime/select.ts")],
    outfile: select,
    external: ["bun:*"],
  });
  const outside = {
    name: "the agent's part stays outside",
    setup(plugin: { onResolve(on: { filter: RegExp }, give: () => { path: string; external: true }): void }) {
      plugin.onResolve({ filter: /runtime\/select\.ts$/ }, () => ({ path: select, external: true }));
    },
  };
  await build({ ...common, entryPoints: [PROGRAM], outfile: program, plugins: [outside] });
  return program;
}

async function results(runtime: Installed): Promise<readonly Result[]> {
  const folder = await mkdtemp(join(tmpdir(), "sw-agent-contract-"));
  try {
    const preload = runtime === "node20" ? undefined : join(ROOT, "tests/contract/install.ts");
    const program = runtime === "node20" ? await builtForNode20(folder) : PROGRAM;
    const { stdout, stderr, code } = await run(runtime, program, {
      ...(preload && { preload }),
      env: { BUN_JSC_useTailCalls: "0" },
    });
    if (code !== 0) throw new Error(`Cannot run the contract on ${runtime}: exit ${code}\n${stderr}`);
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Result);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the runtime contract", () => {
  for (const runtime of RUN_BUILT) {
    test(`holds on ${runtime}`, async () => {
      const told = await results(runtime);
      expect(told.filter(({ ok }) => !ok)).toEqual([]);
      expect(told.map(({ name }) => name)).toEqual(CASES);
      expect(told[0]?.runtime).toBe(runtime.replace(/\d+$/, ""));
    }, 40_000);
  }
});
