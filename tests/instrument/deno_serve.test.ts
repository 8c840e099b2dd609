// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../support/spawn.ts";
import { startTraced, type TracedApp } from "./support.ts";

describe("Deno.serve", () => {
  let app: TracedApp;
  beforeAll(async () => {
    app = await startTraced("deno", "deno_app.ts");
  }, 20_000);
  afterAll(() => app[Symbol.asyncDispose]());

  test("a request becomes an entry span, from the handler's call to its response", async () => {
    expect(await app.get("/slow?secret=1")).toBe("slow");
    const [span, ...others] = (await app.segment("GET:/slow")).spans;
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      kind: "entry",
      component: 49,
      layer: "http",
      isError: false,
      tags: { "http.method": "GET", url: `${app.url}/slow`, "http.status_code": "200" },
    });
    expect(span.endTime - span.startTime).toBeGreaterThanOrEqual(18);
  });

  test("the listener hears of it around the handler", async () => {
    await app.get("/slow");
    expect(await app.events("GET:/slow")).toEqual(["started", "entered", "left", "ended"]);
  });

  test("the handler gets all its arguments", async () => {
    expect(await app.get("/info")).toBe("127.0.0.1");
  });

  test("a status from 400 on is an error", async () => {
    await app.get("/missing");
    expect((await app.segment("GET:/missing")).spans[0]).toMatchObject({
      isError: true,
      tags: { "http.status_code": "404" },
    });
  });

  test("a handler that fails is an error, and its error handler goes on with its trace", async () => {
    expect(await app.get("/reject")).toBe("handled rejected");
    const failed = await app.segment("GET:/reject");
    expect(failed.spans[0]).toMatchObject({
      isError: true,
      tags: { "http.status_code": "500" },
      logs: [{ "error.kind": "RangeError", message: "rejected" }],
    });
    expect((await app.segment("GET:/from-error")).traceId).toBe(failed.traceId);
  });

  test("its calls are exit spans, from which the other side goes on", async () => {
    const echo = JSON.parse(await app.get(`/call?url=${app.url}/echo`)) as { sw8: string };
    expect(echo.sw8).toStartWith("1-");
    const callee = await app.segment("GET:/echo");
    const caller = await app.segment("GET:/call");
    expect(caller.spans.map(({ kind }) => kind)).toEqual(["entry", "exit"]);
    expect(callee.spans[0].refs).toMatchObject([{ parentTraceSegmentId: caller.segmentId, parentSpanId: 1 }]);
  });

  test("an ignored request leaves nothing", async () => {
    await app.get("/style.css");
    await app.get("/info");
    expect(await app.namesUpTo("GET:/info")).toEqual(["GET:/info"]);
  });

  test("a handler in the options is traced, also a class's", async () => {
    const ports = JSON.parse(await app.get("/ports")) as number[];
    const answers = [];
    for (const [i, port] of ports.entries()) {
      answers.push(await (await fetch(`http://127.0.0.1:${port}/form/${i}`)).text());
      await app.segment(`GET:/form/${i}`);
    }
    expect(answers).toEqual(["in options", "from a class"]);
  });

  test("a handler alone is traced", async () => {
    await using alone = await startTraced("deno", "deno_handler_app.ts", {
      env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" },
      listening: /^listening (\d+)$/,
    });
    expect(await alone.get("/x")).toBe("only a handler");
    await alone.segment("GET:/x");
  });

  test("the default export of `deno serve` is traced where it imports the agent", async () => {
    const app = join(ROOT, "tests/instrument/deno_default_app.ts");
    const flags = ["serve", "-A", "--host", "127.0.0.1", "--port", "0", app];
    const child = spawn(join(ROOT, "node_modules/.bin/deno"), flags, {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: "1" },
    });
    try {
      const port = await lineOf(child.stderr, (line) => /http:\/\/[^ ]*:(\d+)/.exec(line)?.[1]);
      const printed = lineOf(
        child.stdout,
        (line) => line.includes('"GET:/x"') && line.includes('"spans"') && line,
      );
      expect(await (await fetch(`http://127.0.0.1:${port}/x`)).text()).toBe("by default");
      expect(await printed).toBeTruthy();
    } finally {
      child.kill("SIGKILL");
    }
  }, 20_000);
});

/** The first line for which `read` gives something. */
async function lineOf<T>(
  stream: NodeJS.ReadableStream,
  read: (line: string) => T | undefined | false,
): Promise<T> {
  for await (const line of createInterface({ input: stream })) {
    const found = read(line);
    if (found !== undefined && found !== false) return found;
  }
  throw new Error("Cannot read on: the program has ended");
}
