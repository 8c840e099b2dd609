// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { until } from "../support/backend_client.ts";
import { settled } from "../support/settled.ts";
import type { Ended, Installed } from "../support/spawn.ts";
import { APP, BUN, DENO, NODE20, NODE24, startCli } from "./support.ts";

const TIMEOUT_MS = 40_000;

/** `sw-agent profile run` with an app; all that the app writes comes out of standard error. */
interface Session extends AsyncDisposable {
  readonly ended: Promise<Ended>;
  /** Waits until standard error has a match, and returns its first group. */
  told(pattern: RegExp): Promise<string>;
  get(path: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

async function profileRun(
  cli: Installed,
  options: readonly string[],
  command: readonly string[],
): Promise<Session> {
  const program = startCli(cli, ["profile", "run", ...options, "--", ...command]);
  let written = "";
  program.child.stderr?.on("data", (text: string) => {
    written += text;
  });
  const told = async (pattern: RegExp): Promise<string> => {
    const found = await until(`${pattern}`, async () => pattern.exec(written) ?? undefined, 20_000);
    return found[1] ?? "";
  };
  try {
    const port = await told(/^listening (\d+)$/m);
    return {
      ended: program.ended,
      told,
      get: async (path) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text(),
      kill: (signal) => program.kill(signal),
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Asks again and again, as the task may start a moment after it was handed out, until the program tells `pattern`. */
async function askUntil(session: Session, pattern: RegExp): Promise<void> {
  let isTold = false;
  const told = session.told(pattern).finally(() => {
    isTold = true;
  });
  while (!isTold) {
    await session.get("/slow").catch(() => {
      // The app is ended as soon as there is enough.
      isTold = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await told;
}

/** The milliseconds of each wait of `loadOrder` in a tree or in folded stacks. */
function waitsIn(stdout: string): number[] {
  const waits = stdout.matchAll(
    /^ *(\d+) ms .*\(waiting for setTimeout .*app\.mjs:\d+\)$|^.*\(waiting for setTimeout .*\) (\d+)$/gm,
  );
  return [...waits].map(([, tree, folded]) => Number(tree ?? folded));
}

/** The program's runtime and the app's: each of them in both places. */
const PAIRS: readonly (readonly [cli: Installed, name: string, ...command: string[]])[] = [
  ["node24", "Bun", BUN, APP],
  ["bun", "Deno", DENO, "run", "-A", APP],
  ["deno", "Node 20", NODE20, APP],
  ["node20", "Node 24", NODE24, APP],
  ["node22", "Node 24, by a shell,", "sh", "-c", `"${NODE24}" "${APP}" & wait`],
];

/** Profiles two requests as a user does; returns what the program printed if a time is off. */
async function offInRun(cli: Installed, command: readonly string[]): Promise<string[]> {
  await using session = await profileRun(cli, ["--endpoint", "GET:/slow", "--samples", "2"], command);
  expect(await session.get("/fast")).toBe("done");
  await askUntil(session, /profiling GET:\/slow: 2 of 2 requests/);
  const { code, stdout, stderr } = await session.ended;
  expect(code).toBe(0);
  const durations = [...stdout.matchAll(/^GET:\/slow {2}(\d+) ms .*$/gm)].map(([, ms]) => Number(ms));
  expect(durations).toHaveLength(2);
  const waits = waitsIn(stdout);
  expect(waits).toHaveLength(2);
  expect(stdout).toContain("loadOrder (");
  expect(stdout).not.toContain("listening");
  // It was ended as a service manager would.
  expect(stderr).toContain("told SIGTERM\n");
  await expect(session.get("/fast")).rejects.toThrow();
  // A timer may be late, never early by more than the clocks differ.
  const isRight = waits.every((ms, i) => ms >= 55 && ms <= (durations[i] ?? 0));
  return isRight ? [] : [stdout];
}

for (const [cli, name, ...command] of PAIRS) {
  test.concurrent(
    `on ${cli} profiles as many requests of an app on ${name} as asked for, prints them and ends it`,
    () => settled(() => offInRun(cli, command), 2),
    TIMEOUT_MS,
  );
}

test(
  "ends at once with 130 when it is interrupted again, and the app with it",
  async () => {
    await using session = await profileRun("node24", ["--endpoint", "GET:/slow"], [NODE24, APP]);
    session.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 100));
    session.kill("SIGINT");
    expect((await session.ended).code).toBe(130);
    await expect(session.get("/fast")).rejects.toThrow();
  },
  TIMEOUT_MS,
);

describe.concurrent("profile run", () => {
  test(
    "prints what there is when it is interrupted",
    async () => {
      await using session = await profileRun(
        "node24",
        ["--endpoint", "GET:/slow", "--samples", "9"],
        [NODE24, APP],
      );
      await askUntil(session, /profiling GET:\/slow: [1-9] of 9 requests/);
      session.kill("SIGINT");
      const { code, stdout, stderr } = await session.ended;
      expect(code).toBe(0);
      expect(stdout).toStartWith("GET:/slow  ");
      expect(stderr).toMatch(/^sw-agent: interrupted after [1-9] of 9 requests$/m);
    },
    TIMEOUT_MS,
  );

  test(
    "prints what there is when the app ends, in the order of the snapshots",
    async () => {
      const options = ["--endpoint", "GET:/slow", "--samples", "9", "--format", "folded"];
      await using session = await profileRun("bun", options, [BUN, APP]);
      await askUntil(session, /profiling GET:\/slow: [1-9] of 9 requests/);
      await session.get("/exit/3");
      const { code, stdout, stderr } = await session.ended;
      expect(code).toBe(0);
      expect(stderr).toMatch(/^sw-agent: the app has ended with 3 after [1-9] of 9 requests$/m);
      // Equal stacks of all requests are one line.
      expect(waitsIn(stdout)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  test(
    "writes a compressed profile that is whole",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "sw-agent-"));
      try {
        const file = join(folder, "profile.pb.gz");
        const options = ["--endpoint", "GET:/slow", "--samples", "1", "--format", "pprof", "-o", file];
        await using session = await profileRun("deno", options, [NODE24, APP]);
        await askUntil(session, /profiling GET:\/slow: 1 of 1 request$/m);
        expect(await session.ended).toMatchObject({ code: 0, stdout: "" });
        expect(gunzipSync(await readFile(file)).toString("latin1")).toContain("loadOrder");
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    TIMEOUT_MS,
  );

  test(
    "ends with 1 where nothing was profiled, and tells what the app was asked for instead",
    async () => {
      await using session = await profileRun("node22", ["--endpoint", "GET:/slow"], [NODE24, APP]);
      await session.get("/other");
      // The agent reports it within half a second.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      session.kill("SIGTERM");
      const { code, stdout, stderr } = await session.ended;
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toEndWith(
        "Cannot show a profile of GET:/slow: no request of it has ended; there were GET:/other\n",
      );
    },
    TIMEOUT_MS,
  );

  const noSys = [DENO, "run", "--no-prompt", "--allow-net", "--allow-env", APP];
  for (const [why, options, command, reason] of [
    ["they were fast", ["--threshold", "5000"], [NODE24, APP], "took no longer than 5000 ms, or "],
    ["the agent may not sample", [], noSys, "or "],
  ] as const) {
    test(
      `tells why requests were not profiled: ${why}`,
      async () => {
        await using session = await profileRun("bun", ["--endpoint", "GET:/slow", ...options], command);
        await session.get("/slow");
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        session.kill("SIGTERM");
        const { code, stderr } = await session.ended;
        expect(code).toBe(1);
        expect(stderr).toEndWith(
          `GET:/slow: its requests came before the task, ${reason}the agent could not run it\n`,
        );
      },
      TIMEOUT_MS,
    );
  }

  for (const cli of ["node24", "bun", "deno"] as const) {
    test(
      `does not stay on ${cli} where the app or the task cannot be started`,
      async () => {
        const missing = startCli(cli, ["profile", "run", "--endpoint", "x", "no-such-program"]);
        expect(await missing.ended).toMatchObject({ code: 127, stdout: "" });
        const refused = startCli(cli, ["profile", "run", "--endpoint", "x", "--samples", "10", "true"]);
        const { code, stderr } = await refused.ended;
        expect(code).toBe(1);
        expect(stderr).toContain("Cannot create the task: max sampling count must less than 10\n");
      },
      TIMEOUT_MS,
    );
  }
});
