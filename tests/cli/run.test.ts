// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endpoints, startBackend } from "../agent/support.ts";
import { until } from "../support/backend_client.ts";
import type { Installed } from "../support/spawn.ts";
import { APP, BUN, DENO, NODE20, NODE24, runCli, startCli } from "./support.ts";

const UNREACHABLE = "127.0.0.1:9";
const TIMEOUT_MS = 30_000;

/** The program's runtime and the app's: each of them in both places. */
const PAIRS: readonly (readonly [cli: Installed, name: string, ...command: string[]])[] = [
  ["node20", "Bun", BUN, APP],
  ["node22", "Deno", DENO, "run", "-A", APP],
  ["node24", "Node 20", NODE20, APP],
  ["bun", "Node 24", NODE24, APP],
  ["deno", "Bun by run", BUN, "run", APP],
];

for (const [cli, name, ...command] of PAIRS) {
  test(
    `on ${cli} starts an app on ${name} with the agent; arguments, signals and the exit code pass through`,
    async () => {
      await using backend = await startBackend();
      const service = `run-${cli}`;
      const grpc = `127.0.0.1:${backend.oap.grpcPort}`;
      const args = ["--service", service, "--instance", "one", "--backend", grpc];
      await using program = startCli(cli, ["run", ...args, "--", ...command, "--service", "a b", "--"]);
      expect(await program.line((line) => /^arguments (.*)$/.exec(line)?.[1])).toBe(
        '["--service","a b","--"]',
      );
      const tailCalls = await program.line((line) => /^tail calls (.*)$/.exec(line)?.[1]);
      if (name.startsWith("Bun")) expect(tailCalls).toBe("0");
      const port = await program.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
      expect(await (await fetch(`http://127.0.0.1:${port}/slow`)).text()).toBe("done");
      await until("the endpoint", async () => endpoints(backend, service).includes("GET:/slow"), 10_000);
      const [found] = backend.oap.store.services();
      expect(backend.oap.store.instances(found?.id ?? "").map((instance) => instance.name)).toEqual(["one"]);
      program.kill("SIGTERM");
      await program.line((line) => (line === "told SIGTERM" ? true : undefined));
      expect((await program.ended).code).toBe(7);
    },
    TIMEOUT_MS,
  );
}

describe.concurrent("what starts a runtime", () => {
  for (const [name, script, command] of [
    ["npm", `"${NODE24}" "${APP}"`, ["npm", "start", "--silent", "--"]],
    ["bun run", `"${NODE20}" "${APP}"`, [BUN, "run", "start"]],
    ["bun run, to Bun", `"${BUN}" "${APP}"`, [BUN, "run", "start"]],
  ] as const) {
    test(
      `${name} starts an app that is the only instance of its service`,
      async () => {
        const folder = await mkdtemp(join(tmpdir(), "sw agent "));
        try {
          await writeFile(join(folder, "package.json"), JSON.stringify({ scripts: { start: script } }));
          await using backend = await startBackend();
          const env = backend.env("scripted");
          await using program = startCli("node24", ["run", "--", ...command, "x"], { cwd: folder, env });
          expect(await program.line((line) => /^arguments (.*)$/.exec(line)?.[1])).toBe('["x"]');
          const port = await program.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
          await fetch(`http://127.0.0.1:${port}/slow`);
          await until(
            "the endpoint",
            async () => endpoints(backend, "scripted").includes("GET:/slow"),
            10_000,
          );
          const [service] = backend.oap.store.services();
          expect(backend.oap.store.instances(service?.id ?? "")).toHaveLength(1);
          await fetch(`http://127.0.0.1:${port}/exit/3`);
          expect((await program.ended).code).toBe(3);
        } finally {
          await rm(folder, { recursive: true });
        }
      },
      TIMEOUT_MS,
    );
  }
});

describe.concurrent("an app that ends", () => {
  for (const cli of ["node24", "bun", "deno", "node20"] as const) {
    test(
      `by a signal of its own ends ${cli} with 128 and the signal's number`,
      async () => {
        const { code } = await runCli(cli, ["run", "sh", "-c", "kill -9 $$"]);
        expect(code).toBe(137);
      },
      TIMEOUT_MS,
    );

    test(
      `or was never there, on ${cli}`,
      async () => {
        const missing = await runCli(cli, ["run", "there-is-no-such-program"]);
        expect(missing).toMatchObject({ code: 127, stdout: "" });
        expect(missing.stderr).toContain("Cannot start there-is-no-such-program: there is no such program\n");
        const { code, stderr } = await runCli(cli, ["run", APP]);
        expect(code).toBe(126);
        expect(stderr).toContain(`Cannot start ${APP}: `);
      },
      TIMEOUT_MS,
    );
  }
});

test(
  "deno serve runs without the agent, which is told",
  async () => {
    const { code, stderr } = await runCli("node24", [
      "run",
      "--backend",
      UNREACHABLE,
      DENO,
      "serve",
      "missing.ts",
    ]);
    expect(code).toBe(1);
    expect(stderr).toStartWith("sw-agent: deno serve does not load the agent: put `import ");
  },
  TIMEOUT_MS,
);

describe("wrong use", () => {
  for (const [args, reason] of [
    [[], "missing required argument 'command'"],
    [["--"], "missing required argument 'command'"],
    [["--backend", "host", "--", "true"], '--backend is "host", not host:port'],
    [["--backend", "host:0", "--", "true"], '--backend is "host:0", not host:port'],
    [["--backend", "a:1,b:65536", "--", "true"], '--backend is "a:1,b:65536", not host:port'],
    [["--service", " ", "--", "true"], "--service is empty"],
    [["--log-level", "loud", "--", "true"], '--log-level is "loud", not one of debug'],
    [["--unknown", "--", "true"], "unknown option '--unknown'"],
  ] as const) {
    test(`run ${args.join(" ")} ends with 2, the reason and the usage`, async () => {
      const { code, stdout, stderr } = await runCli("bun", ["run", ...args]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toStartWith(`Cannot run the app: ${reason}`);
      expect(stderr).toContain("Usage: sw-agent run [options] -- <command …>");
    });
  }

  test("addresses at both ends of what is right are taken", async () => {
    const backend = "a.example:1,[::1]:65535";
    const command = ["sh", "-c", "echo $SW_AGENT_COLLECTOR_BACKEND_SERVICES"];
    expect(await runCli("bun", ["run", "--backend", backend, ...command])).toMatchObject({
      code: 0,
      stdout: `${backend}\n`,
    });
  });
});
