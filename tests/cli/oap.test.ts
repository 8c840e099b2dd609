// SPDX-License-Identifier: Apache-2.0

import { afterEach, describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { serviceIdOf } from "../../lib/oap/ids.ts";
import { askFor, connectClient, grpcClient, segmentInit, streamOf } from "../oap/support.ts";

const MODULES = new URL("../../node_modules/", import.meta.url).pathname;
const MAIN = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  "Node 22": [`${MODULES}node22/bin/node`, "--disable-warning=ExperimentalWarning"],
  "Node 24": [`${MODULES}node24/bin/node`],
  Bun: [`${MODULES}.bin/bun`],
  Deno: [`${MODULES}.bin/deno`, "run", "--no-prompt", "--allow-net", "--allow-env=NODE_ENV"],
};
const BUN = RUNTIMES.Bun ?? [];

type Program = Bun.Subprocess<"ignore", "pipe", "pipe">;
const running: Program[] = [];

function start(runtime: readonly string[], ...args: string[]): Program {
  const program = Bun.spawn([...runtime, MAIN, ...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  running.push(program);
  return program;
}

afterEach(() => {
  for (const program of running.splice(0)) program.kill("SIGKILL");
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: string[]): Promise<Ended> {
  const program = start(BUN, ...args);
  const [code, stdout, stderr] = await Promise.all([
    program.exited,
    new Response(program.stdout).text(),
    new Response(program.stderr).text(),
  ]);
  return { code, stdout, stderr };
}

/** Reads until both ports are told. */
async function portsOf(program: Program): Promise<{ text: string; grpcPort: number; restPort: number }> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of program.stdout) {
    text += decoder.decode(chunk, { stream: true });
    const ports =
      /^grpc=127\.0\.0\.1:(\d+)\ngraphql=http:\/\/127\.0\.0\.1:(\d+)\/graphql\npage=http:\/\/127\.0\.0\.1:\2\/\n$/.exec(
        text,
      );
    if (ports !== null) return { text, grpcPort: Number(ports[1]), restPort: Number(ports[2]) };
  }
  throw new Error(
    `Cannot read the ports: it wrote ${JSON.stringify(text)}, ${await new Response(program.stderr).text()}`,
  );
}

for (const [name, runtime] of Object.entries(RUNTIMES)) {
  describe(`sw-agent oap on ${name}`, () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      test(`serves agents and queries until ${signal}`, async () => {
        const program = start(runtime, "oap", "--grpc-port", "0", "--rest-port", "0");
        const { grpcPort, restPort } = await portsOf(program);
        const url = `http://127.0.0.1:${restPort}/graphql`;
        // The page needs no leave to read files.
        expect((await fetch(new URL("/", url))).status).toBe(200);
        const { id } = await askFor<{ id: string }>(
          url,
          `mutation($s: ID!) { createProfileTask(creationRequest: {
            serviceId: $s, endpointName: "POST:/buy", duration: 1, minDurationThreshold: 0, dumpPeriod: 10,
            maxSamplingCount: 1
          }) { id } }`,
          { s: serviceIdOf("shop") },
        );
        const segmentIds = ["by-grpc", "by-connect"];
        const agents = [grpcClient(grpcPort), connectClient(restPort)];
        for (const [index, agent] of agents.entries()) {
          const segmentId = segmentIds[index] ?? "";
          const { commands } = await agent.profile.getProfileTaskCommands({
            service: "shop",
            serviceInstance: "i",
          });
          expect(commands[0]?.args.find(({ key }) => key === "TaskId")?.value).toBe(id);
          const snapshot = { taskId: id, traceSegmentId: segmentId, stack: { codeSignatures: ["main"] } };
          await agent.profile.collectSnapshot(streamOf([snapshot]));
          await agent.trace.collect(streamOf([segmentInit(segmentId)]));
        }
        const segments = await askFor<{ spans: { segmentId: string }[] }[]>(
          url,
          "query($t: ID!) { getProfileTaskSegments(taskID: $t) { spans { segmentId } } }",
          { t: id },
        );
        expect(segments.flatMap(({ spans }) => spans.map(({ segmentId }) => segmentId))).toEqual(segmentIds);
        program.kill(signal);
        expect(await program.exited).toBe(0);
        expect(await new Response(program.stderr).text()).toBe("");
      }, 30_000);
    }
  });
}

describe("wrong use", () => {
  const wrong: [args: string[], reason: string][] = [
    [["--grpc-port", "x"], '--grpc-port is "x"'],
    [["--grpc-port", "65536"], '--grpc-port is "65536"'],
    [["--rest-port", "-1"], "--rest-port"],
    [["--rest-port=1.5"], '--rest-port is "1.5"'],
    [["--host", ""], "--host is empty"],
    [["--token="], "--token is empty"],
    [["--unknown"], "--unknown"],
    [["extra"], "extra"],
  ];
  for (const [args, reason] of wrong) {
    test(`${args.join(" ")} ends with 2, the reason and the usage`, async () => {
      const { code, stdout, stderr } = await run("oap", ...args);
      expect(code).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toStartWith("Cannot run the backend: ");
      expect(stderr).toContain(reason);
      expect(stderr).toContain("Usage: sw-agent oap");
    });
  }

  for (const args of [[], ["nothing"], ["constructor"]]) {
    test(`the command ${args[0] ?? "missing"} ends with 2 and the commands there are`, async () => {
      const { code, stderr } = await run(...args);
      expect(code).toBe(2);
      expect(stderr).toStartWith("Cannot run: ");
      expect(stderr).toContain("Usage: sw-agent <command>");
    });
  }
});

test("help is asked for and given", async () => {
  expect(await run("--help")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("  oap"),
    stderr: "",
  });
  expect(await run("oap", "--help")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("--grpc-port"),
    stderr: "",
  });
});

test("a port that is taken ends it with 1", async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, "127.0.0.1", () => {
      const address = taken.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  try {
    const { code, stderr } = await run("oap", "--grpc-port", String(port), "--rest-port", "0");
    expect(code).toBe(1);
    expect(stderr).toStartWith("Cannot start the backend: ");
  } finally {
    taken.close();
  }
});
