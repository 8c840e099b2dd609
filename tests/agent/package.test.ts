// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import npm from "../../package.json" with { type: "json" };
import { ROOT, RUN_BUILT, run } from "../support/spawn.ts";
import { BUILT } from "./support.ts";

const QUIET = { SW_AGENT_COLLECTOR_BACKEND_SERVICES: "127.0.0.1:1", SW_AGENT_LOGGING_LEVEL: "off" };
let folder = "";

/** Installs the package as npm would pack it, with its dependencies, in a folder of its own. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sw-agent-"));
  const installed = join(folder, "node_modules/@sw/agent");
  mkdirSync(installed, { recursive: true });
  execute("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], ROOT);
  const [archive = ""] = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  execute("tar", ["-xzf", join(folder, archive), "-C", installed, "--strip-components=1"], folder);
  for (const name of [...Object.keys(npm.dependencies), "@types/node", "undici-types"]) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link);
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function execute(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot run ${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe.each([...RUN_BUILT])("the package on %s", (runtime) => {
  test("starts by its name, and by the name of its API", async () => {
    const program = write(
      "by_name.mjs",
      `import { startAgent } from "@sw/agent/api";
       const key = Symbol.for("@sw/agent");
       const before = key in globalThis;
       const { startAgent: same } = await import("@sw/agent");
       process.stdout.write(JSON.stringify([before, key in globalThis, startAgent().isRunning, same().isRunning]));`,
    );
    const { stdout, stderr, code } = await run(runtime, program, { cwd: folder, env: QUIET });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([false, true, true, true]);
    expect(code).toBe(0);
  });

  test("is one file that loads without any other", async () => {
    const alone = mkdtempSync(join(tmpdir(), "sw-agent-alone-"));
    try {
      copyFileSync(BUILT, join(alone, "agent.js"));
      writeFileSync(join(alone, "package.json"), JSON.stringify({ type: "module" }));
      writeFileSync(
        join(alone, "app.mjs"),
        `process.stdout.write(String(globalThis[Symbol.for("@sw/agent")].isRunning));`,
      );
      const { stdout, stderr, code } = await run(runtime, join(alone, "app.mjs"), {
        cwd: alone,
        preload: join(alone, "agent.js"),
        env: QUIET,
      });
      expect({ stdout, stderr, code }).toEqual({ stdout: "true\n", stderr: "", code: 0 });
    } finally {
      rmSync(alone, { recursive: true, force: true });
    }
  });
});

describe("the package", () => {
  test("starts no agent in a worker thread by itself", async () => {
    const program = write(
      "worker.mjs",
      `import { isMainThread, Worker } from "node:worker_threads";
       process.stdout.write(isMainThread + " " + (Symbol.for("@sw/agent") in globalThis) + "\\n");
       if (isMainThread) new Worker(new URL(import.meta.url));`,
    );
    const { stdout } = await run("node24", program, { cwd: folder, preload: BUILT, env: QUIET });
    expect(stdout).toBe("true true\nfalse false\n");
  });

  test("has the types of its API", () => {
    const program = write(
      "types.ts",
      `import { startAgent, type Agent, type AgentOptions } from "@sw/agent/api";
       import { startAgent as again } from "@sw/agent";
       import { startOap } from "@sw/agent/oap";
       const options: AgentOptions = { serviceName: "shop", protocol: "grpc" };
       const agent: Agent = startAgent(options);
       export const running: boolean = agent.isRunning && again().isRunning;
       export const port: Promise<number> = startOap().then((oap) => oap.grpcPort);
       // @ts-expect-error there is no such option
       startAgent({ servceName: "shop" });
       // @ts-expect-error there is no such protocol
       startAgent({ protocol: "http" });
       // @ts-expect-error it is a boolean
       export const not: string = agent.isRunning;`,
    );
    const flags = "--noEmit --strict --module nodenext --target es2022 --skipLibCheck --types node";
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    expect(execute(tsc, [...flags.split(" "), program], folder)).toBe("");
  });

  test("has the program", () => {
    const node = join(ROOT, "node_modules/node20/bin/node");
    const program = join(folder, "node_modules/@sw/agent", npm.bin["sw-agent"]);
    expect(execute(node, [program, "--help"], folder)).toStartWith("Usage: sw-agent");
  });

  test("takes no module of Node's before the agent's patches, and HTTP/2 not before the network is used", async () => {
    for (const name of ["agent.js", "api.js"]) {
      const text = readFileSync(join(ROOT, "dist", name), "utf8");
      expect(text.match(/(?:\bfrom|\bimport)\s*["'](?:node|bun):[^"']*["']/g)).toBeNull();
    }
    const program = write(
      "early.mjs",
      `await import(${JSON.stringify(BUILT)});
       process.stdout.write(String(process.moduleLoadList.includes("NativeModule http2")));`,
    );
    const { stdout } = await run("node24", program, { cwd: folder, env: QUIET });
    expect(stdout).toBe("false\n");
  });
});
