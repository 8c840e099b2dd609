// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { agentFile } from "../../lib/cli/agent_file.ts";
import { CliError } from "../../lib/cli/cli_error.ts";
import { planLaunch } from "../../lib/cli/launch.ts";

const AGENT = new URL("file:///opt/my%20apps/agent.js");
const PATH = "/opt/my apps/agent.js";

function argumentsOf(...command: string[]): readonly string[] {
  return planLaunch(command, AGENT, {}).args;
}

describe("Node", () => {
  for (const program of [
    "node",
    "/usr/bin/node",
    "nodejs",
    "node22",
    "C:\\Program Files\\nodejs\\node.exe",
  ]) {
    test(`${program} gets --import with a URL before all else`, () => {
      const launch = planLaunch([program, "--test", "app.js", "--import"], AGENT, {});
      expect(launch).toEqual({
        command: program,
        args: ["--import", AGENT.href, "--test", "app.js", "--import"],
        env: {},
        notes: [],
      });
    });
  }

  test("is not what only has a name like it", () => {
    expect(argumentsOf("node-gyp", "build")).toEqual(["build"]);
  });
});

describe("Bun", () => {
  test("gets --preload with a path before a file, and no tail calls", () => {
    expect(planLaunch(["bun", "--hot", "app.ts", "x"], AGENT, {})).toEqual({
      command: "bun",
      args: ["--preload", PATH, "--hot", "app.ts", "x"],
      env: { BUN_JSC_useTailCalls: "0" },
      notes: [],
    });
  });

  test("gets it after run, before which it would print its help", () => {
    expect(argumentsOf("bun", "run", "./app", "x")).toEqual(["run", "--preload", PATH, "./app", "x"]);
  });

  for (const args of [["run", "start"], ["start"], ["test"], ["--port", "1", "app.ts"], []]) {
    test(`gets it by the environment for \`bun ${args.join(" ")}\``, () => {
      const { args: planned, env } = planLaunch(["bun", ...args], AGENT, {});
      expect(planned).toEqual(args);
      expect(env.BUN_OPTIONS).toBe(`"--preload=${PATH}"`);
      expect(env.BUN_JSC_useTailCalls).toBe("0");
    });
  }

  test("keeps the tail calls that someone asks for", () => {
    const { env } = planLaunch(["bun", "app.ts"], AGENT, { BUN_JSC_useTailCalls: "1" });
    expect(env.BUN_JSC_useTailCalls).toBe("1");
  });
});

describe("Deno", () => {
  test("gets --preload after run, or before all where it is left out", () => {
    expect(argumentsOf("deno", "run", "-A", "app.ts")).toEqual(["run", "--preload", PATH, "-A", "app.ts"]);
    expect(argumentsOf("deno", "--quiet", "run", "app.ts").slice(0, 3)).toEqual([
      "--quiet",
      "run",
      "--preload",
    ]);
    expect(argumentsOf("deno", "-A", "app.ts", "run.ts")).toEqual([
      "--preload",
      PATH,
      "-A",
      "app.ts",
      "run.ts",
    ]);
  });

  test("may load an agent that is not on the disk", () => {
    const agent = new URL("https://jsr.example/mod.ts");
    expect(planLaunch(["deno", "run", "-A", "app.ts"], agent, {}).args[2]).toBe(agent.href);
    for (const program of ["node", "bun", "npm"]) {
      expect(() => planLaunch([program, "x.ts"], agent, {})).toThrow(CliError);
    }
  });

  for (const [subcommand, remedy] of [
    ["serve", `put \`import "${AGENT.href}";\` first in the served module`],
    ["task", "put `sw-agent run --` before `deno` in the task itself"],
    ["eval", "run the app by `deno run`"],
  ] as const) {
    test(`tells of ${subcommand} that it does not load the agent, and the remedy`, () => {
      const { args, notes } = planLaunch(["deno", subcommand, "x"], AGENT, {});
      expect(args).toEqual([subcommand, "x"]);
      expect(notes).toEqual([expect.stringContaining(remedy)]);
    });
  }

  for (const [flags, missing] of [
    [[], "--allow-net and --allow-env"],
    [["--allow-net"], "--allow-env"],
    [["--allow-net=host:1", "-RE"], undefined],
    [["-N", "--allow-env"], undefined],
    [["-A"], undefined],
    [["--allow-all"], undefined],
    [["-P"], undefined],
  ] as const) {
    test(`${flags.join(" ") || "without flags it"} ${missing ? `lacks ${missing}` : "may report"}`, () => {
      // What comes after the script is the script's.
      const { notes } = planLaunch(["deno", "run", ...flags, "app.ts", "-A"], AGENT, {});
      expect(notes).toEqual(missing ? [expect.stringContaining(`without ${missing};`)] : []);
    });
  }
});

describe("what starts a runtime", () => {
  test("tells Node and Bun by the environment, in addition to what is there", () => {
    const inherited = { NODE_OPTIONS: "--max-old-space-size=100", BUN_OPTIONS: "--smol" };
    const { args, env } = planLaunch(["npm", "start"], new URL("file:///opt/agent.js"), inherited);
    expect(args).toEqual(["start"]);
    expect(env.NODE_OPTIONS).toStartWith("--max-old-space-size=100 --import=data:text/javascript,");
    expect(env.BUN_OPTIONS).toBe("--smol --preload=/opt/agent.js");
    expect(env.BUN_JSC_useTailCalls).toBe("0");
  });

  test("has nothing in NODE_OPTIONS at which Node would split it", () => {
    const { env } = planLaunch(["npm", "start"], AGENT, {});
    expect(env.NODE_OPTIONS).not.toMatch(/[\s"\\]/);
  });
});

describe("the agent", () => {
  test("is beside the built program", () => {
    expect(agentFile("file:///opt/dist/cli.js").href).toBe("file:///opt/dist/agent.js");
  });

  test("is the source where nothing is built", () => {
    expect(agentFile("file:///nowhere/lib/cli/run.ts").href).toBe("file:///nowhere/mod.ts");
    expect(agentFile("https://jsr.example/lib/cli/run.ts").href).toBe("https://jsr.example/mod.ts");
  });
});
