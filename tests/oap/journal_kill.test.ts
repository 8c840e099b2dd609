// SPDX-License-Identifier: Apache-2.0
/** The program on a data file, killed while it writes, again and again. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Installed, ROOT, RUN_SOURCES, type Running, run, start } from "../support/spawn.ts";
import { type AgentClient, askFor, createTask, grpcClient, segmentInit, streamOf } from "./support.ts";

const MAIN = join(ROOT, "lib/cli/main.ts");
const ROUNDS = 4;
const SNAPSHOTS = 40;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sw-agent-kill-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Backend {
  readonly program: Running;
  readonly agent: AgentClient;
  readonly url: string;
}

async function startBackend(runtime: Installed, file: string): Promise<Backend> {
  const args = ["oap", "--grpc-port", "0", "--rest-port", "0", "--data", file];
  const program = start(runtime, MAIN, { args });
  const port = await program.line((line) => /^grpc=127\.0\.0\.1:(\d+)$/.exec(line)?.[1]);
  const url = await program.line((line) => /^graphql=(.+)$/.exec(line)?.[1]);
  return { program, agent: grpcClient(Number(port)), url };
}

/** Sends profiled requests one after the other until the backend is gone; notes those it answered for. */
async function report({ agent }: Backend, taskId: string, round: number, answered: string[]): Promise<void> {
  for (let n = 0; ; n++) {
    const traceSegmentId = `${round}-${n}`;
    const snapshots = Array.from({ length: SNAPSHOTS }, (_, sequence) => ({
      taskId,
      traceSegmentId,
      time: BigInt(sequence),
      sequence,
      stack: { codeSignatures: ["main", `f${sequence % 7}`, "x".repeat(300)] },
    }));
    try {
      await agent.profile.collectSnapshot(streamOf(snapshots));
      await agent.trace.collect(streamOf([segmentInit(traceSegmentId)]));
    } catch {
      return;
    }
    answered.push(traceSegmentId);
  }
}

async function profiledIds(url: string, taskId: string): Promise<Set<string>> {
  const requests = await askFor<{ spans: { segmentId: string }[] }[]>(
    url,
    "query($t: ID!) { getProfileTaskSegments(taskID: $t) { spans { segmentId } } }",
    { t: taskId },
  );
  return new Set(requests.flatMap(({ spans }) => spans.map(({ segmentId }) => segmentId)));
}

for (const runtime of RUN_SOURCES) {
  describe(`a kill of sw-agent oap --data on ${runtime}`, () => {
    test("loses nothing that an agent was answered for, and leaves nothing by half", async () => {
      const file = join(folder, `${runtime}.db`);
      const answered: string[] = [];
      let taskId = "";
      for (let round = 0; round < ROUNDS; round++) {
        const backend = await startBackend(runtime, file);
        await using _ = backend.program;
        if (taskId === "") taskId = await createTask(backend.url, "shop");
        const before = answered.length;
        const reporting = report(backend, taskId, round, answered);
        // At another moment of the writing each time, but not before there was some.
        while (answered.length < before + 5) await Bun.sleep(2);
        await Bun.sleep(round * 7);
        backend.program.kill("SIGKILL");
        await reporting;
      }
      const { program, url } = await startBackend(runtime, file);
      await using _ = program;
      const found = await profiledIds(url, taskId);
      expect(answered.filter((id) => !found.has(id))).toEqual([]);
      program.kill("SIGTERM");
      expect((await program.ended).code).toBe(0);
      using database = new Database(file);
      expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      // What is stored of a segment that was answered for is all of it; its stacks are there, each once.
      const counts = database
        .query<{ segment: string; n: number; stacks: number }, []>(
          `SELECT segment, count(*) AS n, count(DISTINCT stack) AS stacks FROM snapshot
           WHERE stack IN (SELECT id FROM stack) GROUP BY segment`,
        )
        .all();
      const whole = new Set(
        counts.filter(({ n, stacks }) => n === SNAPSHOTS && stacks === 7).map(({ segment }) => segment),
      );
      expect(answered.filter((id) => !whole.has(id))).toEqual([]);
    }, 60_000);
  });
}

test("Node 20, which has no SQLite, says what to use instead", async () => {
  const file = join(folder, "none.db");
  const { code, stderr } = await run("node20", join(ROOT, "dist/cli.js"), {
    args: ["oap", "--grpc-port", "0", "--rest-port", "0", "--data", file],
  });
  expect(stderr).toContain(`Cannot keep data in ${file}: this needs Node 22.13 or newer, Bun or Deno`);
  expect(code).toBe(1);
}, 30_000);

describe("wrong use of --keep", () => {
  for (const [args, reason] of [
    [["--keep", "1"], "--keep has no use without --data"],
    [["--data", "x", "--keep", "0"], '--keep is "0"'],
    [["--data", ""], "--data is empty"],
  ] as const) {
    test(`${args.join(" ")} ends with 2`, async () => {
      const { code, stderr } = await run("bun", MAIN, { args: ["oap", ...args] });
      expect(stderr).toContain(reason);
      expect(code).toBe(2);
    });
  }
});
