// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { serviceIdOf } from "../../lib/oap/ids.ts";
import { until } from "../support/backend_client.ts";
import { RUN_BUILT } from "../support/spawn.ts";
import { runCli, startCli, startSeededBackend } from "./support.ts";

const STARTED_AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const TIMEOUT_MS = 30_000;

/** What a seeded request looks like. */
const TREE = `POST:/buy  40 ms  2026-01-02 03:04:05
segment buy-1
instance shop-1
█ running 10 ms (25 %)  ░ waiting 20 ms (50 %)  ▒ held 10 ms (25 %)

 time   self  count
40 ms             6  █████░░░░░░░░░░▒▒▒▒▒  (request POST:/buy)
40 ms             6  █████░░░░░░░░░░▒▒▒▒▒    handle (src/shop.ts:12)
20 ms  20 ms      2  ░░░░░░░░░░                (waiting for fetch src/shop.ts:14)
10 ms  10 ms      2  █████                     price (src/price.ts:3)
10 ms             2  ▒▒▒▒▒                     (held by GET:/report)
10 ms  10 ms      2  ▒▒▒▒▒                       report (src/report.ts:5)
`;

for (const runtime of RUN_BUILT) {
  test(
    `on ${runtime} a task is created, listed, and its segments are shown`,
    async () => {
      await using backend = await startSeededBackend();
      const { url, taskId } = backend;
      await backend.profile("buy-1", STARTED_AT);
      const create = ["profile", "create", "--url", url, "--service", "cart", "--endpoint", "GET:/"];
      const created = await runCli(runtime, [...create, "--samples", "9", "--duration", "15"]);
      expect(created).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+_Y2FydA==\.1\n$/), stderr: "" });
      const [task] = backend.oap.store.tasks(serviceIdOf("cart"));
      expect(task).toMatchObject({
        id: created.stdout.trim(),
        endpointName: "GET:/",
        duration: 15,
        minDurationThreshold: 0,
        dumpPeriod: 10,
        maxSamplingCount: 9,
      });
      const list = await runCli(runtime, ["profile", "list", "--url", url, "--service", "shop"]);
      expect(list.stdout).toMatch(new RegExp(`^task .*\n${RegExp.escape(taskId)}  shop +POST:/buy  .*\n$`));
      const segments = await runCli(runtime, ["profile", "segments", "--url", url, taskId]);
      expect(segments.stdout.split("\n")).toEqual([
        "segment  duration  start                endpoint   instance  trace",
        "buy-1       40 ms  2026-01-02 03:04:05  POST:/buy  shop-1    trace-of-buy-1",
        "",
      ]);
      for (const id of [taskId, "buy-1"]) {
        expect(await runCli(runtime, ["profile", "show", "--url", url, id])).toEqual({
          code: 0,
          stdout: TREE,
          stderr: "",
        });
      }
    },
    TIMEOUT_MS,
  );
}

describe.concurrent("profile show", () => {
  test("shows all segments of a task, the slowest first, and one by itself", async () => {
    await using backend = await startSeededBackend();
    const show = (...args: string[]) => runCli("bun", ["profile", "show", "--url", backend.url, ...args]);
    await backend.profile("buy-1", STARTED_AT);
    await backend.profile("buy-2", STARTED_AT + 1_000);
    expect((await show(backend.taskId)).stdout).toBe(
      `${TREE}\n${TREE.replace("buy-1", "buy-2").replace("04:05", "04:06")}`,
    );
    expect((await show("buy-2")).stdout).toStartWith("POST:/buy  40 ms  2026-01-02 03:04:06\nsegment buy-2");
  });

  test("shows a segment whose task is gone", async () => {
    await using backend = await startSeededBackend();
    const stack = ["a", "b"];
    for (const [sequence, time] of [STARTED_AT, STARTED_AT + 5].entries()) {
      backend.oap.store.addSnapshot({ taskId: "gone", segmentId: "lone", time, sequence, stack });
    }
    const { stdout } = await runCli("bun", ["profile", "show", "--url", backend.url, "lone"]);
    expect(stdout).toStartWith("segment lone\n█ running 5 ms (100 %)");
  });

  test(
    "writes what other tools read, to a file or a pipe",
    async () => {
      await using backend = await startSeededBackend();
      await backend.profile("buy-1", STARTED_AT);
      const folder = await mkdtemp(join(tmpdir(), "sw-agent-"));
      const show = (...args: string[]) =>
        runCli("node24", ["profile", "show", "--url", backend.url, backend.taskId, ...args]);
      try {
        expect((await show("--format", "folded")).stdout).toBe(
          "(request POST:/buy);handle (src/shop.ts:12);price (src/price.ts:3) 10\n" +
            "(request POST:/buy);handle (src/shop.ts:12);(waiting for fetch src/shop.ts:14) 20\n" +
            "(request POST:/buy);handle (src/shop.ts:12);(held by GET:/report);report (src/report.ts:5) 10\n",
        );
        const speedscope = JSON.parse((await show("--format", "speedscope")).stdout);
        expect(speedscope.profiles).toEqual([
          expect.objectContaining({ type: "evented", name: "POST:/buy 40 ms", endValue: 40 }),
        ]);
        const [json] = JSON.parse((await show("--format", "json")).stdout);
        expect(json).toMatchObject({
          segmentId: "buy-1",
          start: STARTED_AT,
          end: STARTED_AT + 40,
          trees: [{ codeSignature: "(request POST:/buy)", duration: 40, state: "running" }],
        });
        const file = join(folder, "profile.pb.gz");
        expect(await show("--format", "pprof", "--output", file)).toEqual({
          code: 0,
          stdout: "",
          stderr: "",
        });
        expect(gunzipSync(await readFile(file)).toString("latin1")).toContain("handle");
        const failed = await show("--output", join(folder, "missing", "file"));
        expect(failed.code).toBe(1);
        expect(failed.stderr).toStartWith(`Cannot write ${join(folder, "missing", "file")}: `);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    TIMEOUT_MS,
  );

  test(
    "lays the tree out where the backend does not tell the order of time",
    async () => {
      await using backend = await startSeededBackend();
      await backend.profile("buy-1", STARTED_AT);
      const asked: string[] = [];
      const real = createServer(async (request, response) => {
        const body = await new Response(Readable.toWeb(request) as ReadableStream).text();
        asked.push(request.url ?? "");
        const headers = { "content-type": "application/json" };
        const answer = body.includes("version")
          ? '{"data":{"result":"10.1.0"}}'
          : await (await fetch(backend.url, { method: "POST", headers, body })).text();
        response.end(answer);
      });
      const url = `http://127.0.0.1:${await listen(real)}/graphql`;
      try {
        const args = ["profile", "show", "--url", url, "--format", "folded", backend.taskId];
        expect((await runCli("bun", args)).stdout.match(/[^;]+(?= \d+\n)/g)).toEqual([
          "(waiting for fetch src/shop.ts:14)",
          "price (src/price.ts:3)",
          "report (src/report.ts:5)",
        ]);
        expect(new Set(asked)).toEqual(new Set(["/graphql"]));
      } finally {
        real.close();
      }
    },
    TIMEOUT_MS,
  );

  test("tells a task that caught nothing from one that is not there", async () => {
    await using backend = await startSeededBackend();
    const show = (id: string) => runCli("bun", ["profile", "show", "--url", backend.url, id]);
    expect(await show(backend.taskId)).toEqual({
      code: 1,
      stdout: "",
      stderr: `Cannot show the task ${backend.taskId}: no request of POST:/buy was profiled yet\n`,
    });
    expect(await show("nothing")).toEqual({
      code: 1,
      stdout: "",
      stderr: `Cannot show nothing: the backend at ${backend.url} has no such task or profiled segment\n`,
    });
  });
});

describe.concurrent("--watch", () => {
  test(
    "follows a task until each instance has profiled as many requests as it may",
    async () => {
      await using backend = await startSeededBackend({ maxSamplingCount: 2 });
      const { url, taskId, oap } = backend;
      await using program = startCli("node22", ["profile", "show", "--watch", "--url", url, taskId]);
      const told = (text: string) => until(text, async () => (await stderr()).includes(text), 15_000);
      let written = "";
      program.child.stderr?.on("data", (text: string) => {
        written += text;
      });
      const stderr = async () => written;
      await told("POST:/buy: no instance of shop has the task yet, 0 requests profiled\n");
      const instance = oap.store.addInstance("shop", "shop-1");
      oap.store.logTask(taskId, instance.id, "NOTIFIED");
      await told("POST:/buy: 1 instance notified, 0 finished, 0 requests profiled\n");
      await backend.profile("buy-1", STARTED_AT);
      await told("POST:/buy: 1 instance notified, 0 finished, 1 request profiled\n");
      await backend.profile("buy-2", STARTED_AT);
      const { code, stdout } = await program.ended;
      expect(code).toBe(0);
      expect(written.trimEnd().split("\n")).toHaveLength(4);
      expect(stdout.match(/^segment .*$/gm)).toEqual(["segment buy-1", "segment buy-2"]);
    },
    TIMEOUT_MS,
  );

  test(
    "ends when all instances have finished, with what there is",
    async () => {
      await using backend = await startSeededBackend();
      const { url, taskId, oap } = backend;
      for (const name of ["shop-1", "shop-2"]) {
        const { id } = oap.store.addInstance("shop", name);
        oap.store.logTask(taskId, id, "NOTIFIED");
        oap.store.logTask(taskId, id, "EXECUTION_FINISHED");
      }
      await backend.profile("buy-1", STARTED_AT);
      const { stdout, stderr } = await runCli("bun", [
        "profile",
        "segments",
        "--watch",
        "--url",
        url,
        taskId,
      ]);
      expect(stderr).toBe("POST:/buy: 2 instances notified, 2 finished, 1 request profiled\n");
      expect(stdout).toContain("\nbuy-1 ");
    },
    TIMEOUT_MS,
  );

  test(
    "follows a task from its creation on",
    async () => {
      await using backend = await startSeededBackend();
      const { url, oap } = backend;
      const options = ["--url", url, "--service", "cart", "--endpoint", "GET:/", "--watch"];
      await using program = startCli("bun", ["profile", "create", ...options]);
      const id = await program.line((line) => line);
      const instance = oap.store.addInstance("cart", "cart-1");
      oap.store.logTask(id, instance.id, "NOTIFIED");
      oap.store.logTask(id, instance.id, "EXECUTION_FINISHED");
      const { code, stdout, stderr } = await program.ended;
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${id}\n` });
      expect(stderr).toEndWith("GET:/: 1 instance notified, 1 finished, 0 requests profiled\n");
    },
    TIMEOUT_MS,
  );

  test("has nothing to follow where there is no such task", async () => {
    await using backend = await startSeededBackend();
    for (const command of ["show", "segments"]) {
      const { code, stderr } = await runCli("bun", [
        "profile",
        command,
        "--watch",
        "--url",
        backend.url,
        "x",
      ]);
      expect(code).toBe(1);
      expect(stderr).toContain(`Cannot find the task x: the backend at ${backend.url} has no such task`);
    }
  });
});

describe.concurrent("a backend", () => {
  test("that refuses a task is quoted", async () => {
    await using backend = await startSeededBackend();
    const args = ["profile", "create", "--url", backend.url, "--service", "shop", "--endpoint", "POST:/buy"];
    expect(await runCli("bun", args)).toEqual({
      code: 1,
      stdout: "",
      stderr: "Cannot create the task: current service already has monitor task execute at this time\n",
    });
  });

  test("may be named without the path, and gets the authorization", async () => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push([request.method, request.url, request.headers.authorization]);
      response.setHeader("content-type", "application/json");
      response.end('{"data":{"result":[]}}');
    });
    const port = await listen(server);
    try {
      const args = ["--url", `http://127.0.0.1:${port}`, "--authorization", "Basic eDp5", "--format", "json"];
      expect(await runCli("node24", ["profile", "list", ...args])).toMatchObject({ code: 0, stdout: "[]\n" });
      expect(seen).toEqual([["POST", "/graphql", "Basic eDp5"]]);
    } finally {
      server.close();
    }
  });

  for (const runtime of RUN_BUILT) {
    test(
      `that cannot be reached from ${runtime} ends it with 1 and the address`,
      async () => {
        const server = createTcpServer();
        const url = `http://127.0.0.1:${await listen(server)}/graphql`;
        await new Promise((resolve) => server.close(resolve));
        const { code, stdout, stderr } = await runCli(runtime, ["profile", "list", "--url", url]);
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toMatch(new RegExp(`^Cannot reach the backend at ${url}: .+\n$`));
      },
      TIMEOUT_MS,
    );
  }

  test(
    "that is none, or does not know the query, ends it with 1 and the address",
    async () => {
      const answers = ["<html>", '{"errors":[{"message":"no such field"}]}', "{}", "null"];
      const server = createServer((_, response) => {
        response.statusCode = 404;
        response.end(answers.shift());
      });
      const url = `http://127.0.0.1:${await listen(server)}/graphql`;
      const reasons = [
        "it answered 404, not GraphQL",
        "no such field",
        "it answered 404",
        "it answered 404, not GraphQL",
      ];
      try {
        for (const reason of reasons) {
          expect(await runCli("bun", ["profile", "list", "--url", url])).toEqual({
            code: 1,
            stdout: "",
            stderr: `Cannot ask the backend at ${url}: ${reason}\n`,
          });
        }
      } finally {
        server.close();
      }
    },
    TIMEOUT_MS,
  );
});

describe("wrong use", () => {
  const task = ["--service", "s", "--endpoint", "e"];
  for (const [args, reason] of [
    [[], "Cannot profile: no command is given"],
    [["nothing"], 'Cannot profile: there is no command "nothing"'],
    [
      ["create", "--service", "x"],
      "Cannot create the task: required option '--endpoint <name>' not specified",
    ],
    [
      ["create", "--endpoint", "x"],
      "Cannot create the task: required option '--service <name>' not specified",
    ],
    [
      ["create", ...task, "--samples", "0"],
      'Cannot create the task: --samples is "0", not an integer from 1 on',
    ],
    [["create", ...task, "--period", "1.5"], 'Cannot create the task: --period is "1.5"'],
    [["create", ...task, "--threshold", "-1"], 'Cannot create the task: --threshold is "-1"'],
    [["create", ...task, "extra"], 'Cannot create the task: there is one argument too many: "extra"'],
    [["list", "--url", "ftp://x"], 'Cannot list the tasks: --url is "ftp://x"'],
    [["list", "--format", "tree"], 'Cannot list the tasks: --format is "tree", not one of table, json'],
    [["segments"], "Cannot list the segments: missing required argument 'task'"],
    [["show"], "Cannot show the profile: missing required argument 'id'"],
    [["show", "x", "--format", "svg"], 'Cannot show the profile: --format is "svg", not one of tree, json'],
    [["run", "--", "node"], "Cannot profile the app: required option '--endpoint <name>' not specified"],
    [["run", "--endpoint", "x"], "Cannot profile the app: missing required argument 'command'"],
  ] as const) {
    test(`profile ${args.join(" ")} ends with 2, the reason and the usage`, async () => {
      const { code, stdout, stderr } = await runCli("bun", ["profile", ...args]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toStartWith(reason);
      expect(stderr).toContain("\nUsage: sw-agent profile");
    });
  }
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
