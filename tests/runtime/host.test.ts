// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import { type Installed, ROOT, RUN_SOURCES, run } from "../support/spawn.ts";

const PROGRAM = `${ROOT}/tests/runtime/host_program.ts`;

async function runTask(runtime: Installed, task: string, flags?: readonly string[]) {
  const env = { SW_TEST_SET: "yes", SW_TEST_UNSET: undefined };
  const { stdout, stderr, code } = await run(runtime, PROGRAM, {
    args: [task],
    env,
    ...(flags && { flags }),
  });
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { lines: lines.map((line) => JSON.parse(line)), stderr, code };
}

describe.each([...RUN_SOURCES])("host on %s", (runtime) => {
  test("tells of the process and the machine", async () => {
    const { lines, stderr, code } = await runTask(runtime, "host");
    expect(code).toBe(0);
    expect(stderr).toBe("a line for standard error\n");
    const [{ version, ipv4, ...told }] = lines;
    expect(told).toEqual({
      runtime: runtime.replace(/\d+$/, ""),
      pid: true,
      cwd: ROOT,
      set: "yes",
      unset: true,
      hostname: hostname(),
      osName: "Linux",
      net: [true, true],
      source: "// SPDX-License-Identifier: Apache-2.0",
      noMap: true,
      tooLarge: true,
      missing: true,
      folder: true,
    });
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(ipv4.filter((address: string) => !/^\d+\.\d+\.\d+\.\d+$/.test(address))).toEqual([]);
    expect(ipv4).not.toContain("127.0.0.1");
  });

  test("keeps the original timers, fires them outside any request, and bothers the app with none", async () => {
    const { lines, stderr, code } = await runTask(runtime, "timers");
    expect(lines).toEqual([
      {
        seen: ["none", "none"],
        fired: ["negative"],
        errors: ["Error: after boom", "Error: every boom"],
        replaced: 0,
      },
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  test("flushes once before the process ends, whatever a flush does", async () => {
    const { lines, stderr, code } = await runTask(runtime, "exit");
    expect(lines).toEqual([{ flushed: 1 }]);
    expect(stderr).toBe("");
    expect(code).toBe(7);
  });

  test("agrees with Date.now", async () => {
    const { lines } = await runTask(runtime, "clock");
    expect(lines).toEqual([{ wrong: [] }]);
  });
});

describe("host on Deno without permissions", () => {
  test("reports what is refused as absent", async () => {
    const { lines, stderr, code } = await runTask("deno", "host", [
      "--allow-env=NOTHING_ELSE",
      "--allow-net=127.0.0.1:2",
    ]);
    expect(code).toBe(0);
    expect(stderr).toBe("a line for standard error\n");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      unset: true,
      ipv4: [],
      net: [false, true],
      sampler: "Deno runs without --allow-sys",
    });
    for (const refused of ["set", "hostname", "source"]) expect(lines[0]).not.toHaveProperty(refused);
  });

  test("reads the variables it may read", async () => {
    const { lines } = await runTask("deno", "host", ["--allow-env=SW_TEST_SET"]);
    expect(lines[0]).toMatchObject({ set: "yes" });
  });
});

test("a Node that has no inspector says so", async () => {
  const { lines } = await runTask("node24", "host", ["--permission", "--allow-fs-read=*"]);
  expect(lines[0]).toMatchObject({ sampler: "--permission without --allow-inspector" });
});
