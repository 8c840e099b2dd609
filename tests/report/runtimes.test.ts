// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { startCollector } from "../support/fake_collector.ts";
import { RUN_SOURCES, run, start } from "../support/spawn.ts";

const PROGRAM = "tests/report/program.ts";
const WAYS = [
  { name: "grpc", protocol: "grpc", tls: false },
  { name: "grpc over TLS", protocol: "grpc", tls: true },
  { name: "connect", protocol: "connect", tls: false },
] as const;

describe.each([...RUN_SOURCES])("on %s", (runtime) => {
  test.each([...WAYS])("reports by $name and ends, leaving no connection", async ({ protocol, tls }) => {
    await using collector = await startCollector({ protocol, tls, token: "secret" });
    const args = ["report", collector.address, protocol, ...(tls ? ["tls"] : [])];
    const { code, stderr } = await run(runtime, PROGRAM, { args });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(collector.segments.map(({ traceSegmentId }) => traceSegmentId)).toEqual(["segment-1"]);
    expect(collector.snapshots.map(({ sequence }) => sequence)).toEqual([...Array(600).keys()]);
    expect(collector.snapshots.at(-1)?.stack?.codeSignatures).toEqual(["root", "leaf"]);
    expect(collector.properties.length).toBe(1);
    await collector.close();
  });

  test.each(["grpc", "connect"] as const)(
    "keeps no process alive by %s with a connection that idles",
    async (protocol) => {
      await using collector = await startCollector({ protocol, token: "secret" });
      const startedAt = Date.now();
      const { code, stderr } = await run(runtime, PROGRAM, { args: ["idle", collector.address, protocol] });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(collector.snapshots.length).toBe(600);
      // The next heartbeat would come after 30 s.
      expect(Date.now() - startedAt).toBeLessThan(15_000);
    },
  );

  test.each(["grpc", "connect"] as const)(
    "keeps no process alive by %s for an answer that does not come",
    async (protocol) => {
      await using collector = await startCollector({ protocol, token: "secret" });
      collector.hold("reportTaskFinish");
      const startedAt = Date.now();
      const { code, stderr } = await run(runtime, PROGRAM, { args: ["leave", collector.address, protocol] });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(collector.finishedTasks).toEqual(["task-1"]);
      // The deadline of the call is 20 s.
      expect(Date.now() - startedAt).toBeLessThan(15_000);
    },
  );

  test.each(["grpc", "connect"] as const)(
    "survives by %s a backend that crashes, comes back and freezes",
    async (protocol) => {
      const options = { protocol, token: "secret" } as const;
      await using first = await startCollector(options);
      await using program = start(runtime, PROGRAM, { args: ["poll", first.address, protocol] });
      const sees = (wanted: string) => program.line((line) => (line === wanted ? true : undefined));
      await sees("sent");
      await first.kill();
      await sees("unsent");
      await using second = await startCollector({ ...options, port: first.port });
      await sees("sent");
      const { release } = second.hold("getProfileTaskCommands");
      await sees("unknown");
      release();
      await sees("sent");
      second.commands = [{ command: "quit", args: [] }];
      const { code, stderr } = await program.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      await second.close();
    },
  );

  // Deno ended with SIGSEGV here as long as sessions were destroyed where they are told to go.
  test.each(["idle", "busy"])(
    "outlives a backend that sends it away, over and over, while %s",
    async (state) => {
      await using collector = await startCollector({ token: "secret" });
      await using program = start(runtime, PROGRAM, { args: ["poll", collector.address, "grpc"] });
      for (let round = 1; round <= 8; round++) {
        const answered = collector.queries.length + 2;
        await collector.until(({ queries }) => queries.length >= answered);
        if (state === "idle") {
          collector.sendGoAway();
          continue;
        }
        const { release } = collector.hold("getProfileTaskCommands");
        const held = collector.queries.length + 1;
        await collector.until(({ queries }) => queries.length >= held);
        collector.sendGoAway();
        release();
      }
      collector.commands = [{ command: "quit", args: [] }];
      const { code, stdout, stderr } = await program.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toEndWith("quit\n");
      expect(collector.connections).toBeGreaterThanOrEqual(8);
      await collector.close();
    },
  );
});
