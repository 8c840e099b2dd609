// SPDX-License-Identifier: Apache-2.0
/**
 * Runs SkyWalking's own command line, `swctl`, against the embedded backend: what it says of services, traces and
 * trace profiling.
 *
 *     bun tests/oap/swctl_check.ts [path of swctl]
 *
 * Ends with 1 if a command fails or says something else than it should, with 3 if there is no `swctl`.
 */

import { spawnSync } from "node:child_process";
import { serviceIdOf } from "../../lib/oap/ids.ts";
import { startOap } from "../../lib/oap/mod.ts";
import { grpcClient, segmentInit, streamOf } from "./support.ts";

const EXIT_MISSING = 3;
const NAMES = { service: "shop", serviceInstance: "shop-1" };

const swctl = process.argv[2] ?? Bun.which("swctl");
if (!swctl || Bun.which(swctl) === null) {
  process.stderr.write(
    "The check of swctl did not run: there is none. It is built from the sources of apache/skywalking-cli.\n",
  );
  process.exit(EXIT_MISSING);
}

const start = Date.now();
const oap = await startOap();
const agent = grpcClient(oap.grpcPort);
let failed = 0;

/** Runs a command and gives what it prints as JSON; counts one that does not contain what it should. */
async function check(args: readonly string[], ...wanted: readonly string[]): Promise<string> {
  const base = ["--display", "json", "--base-url", `http://127.0.0.1:${oap.restPort}/graphql`];
  // In a process of its own, which this one has to serve meanwhile.
  const child = Bun.spawn([swctl ?? "", ...base, "--grpc-addr", `127.0.0.1:${oap.grpcPort}`, ...args], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const lacks = wanted.filter((text) => !`${stdout}${stderr}`.includes(text));
  const isOk = code === 0 && lacks.length === 0;
  if (!isOk) failed++;
  process.stdout.write(`${isOk ? "ok    " : "FAILED"} swctl ${args.join(" ")}\n`);
  if (!isOk) process.stdout.write(`  code ${code}, lacks ${JSON.stringify(lacks)}\n${stdout}${stderr}\n`);
  return stdout;
}

const properties = [{ key: "language", value: "nodejs" }];
await agent.management.reportInstanceProperties({ ...NAMES, properties });
await agent.management.keepAlive(NAMES);
const entry = {
  spanId: 0,
  parentSpanId: -1,
  startTime: BigInt(start),
  endTime: BigInt(start + 40),
  operationName: "POST:/buy",
  spanType: 0,
  spanLayer: 3,
  componentId: 49,
} as const;
await agent.trace.collect(streamOf([segmentInit("swctl-1", { ...NAMES, spans: [entry] })]));

await check(["health"]);
await check(["service", "list"], '"shop"', serviceIdOf("shop"));
await check(["service", "layer", "GENERAL"], '"shop"');
await check(["layer", "list"], "GENERAL");
await check(["instance", "list", "--service-name", "shop"], "shop-1", "NODEJS");
await check(["endpoint", "list", "--service-name", "shop", "--keyword", "buy"], "POST:/buy");
await check(["trace", "list", "--service-name", "shop"], "swctl-1");
await check(["trace", "trace-of-swctl-1"], "swctl-1", "POST:/buy");

const task = ["--service-name", "shop", "--endpoint-name", "POST:/buy"];
const settings = [
  "--start-time",
  "-1",
  "--duration",
  "5",
  "--min-duration-threshold",
  "0",
  "--dump-period",
  "10",
];
const create = ["profiling", "trace", "create", ...task, ...settings, "--max-sampling-count", "3"];
const created = await check(create, '"id"');
const taskId = /\d{13}_[A-Za-z0-9+/=]+\.1/.exec(created)?.[0] ?? "";
await check(create, "current service already has monitor task execute at this time");
await agent.profile.getProfileTaskCommands({ ...NAMES, lastCommandTime: 0n });
await agent.profile.collectSnapshot(
  streamOf(
    [0, 1, 2].map((sequence) => ({
      taskId,
      traceSegmentId: "swctl-1",
      time: BigInt(start + sequence * 10),
      sequence,
      stack: { codeSignatures: ["main", "buy"] },
    })),
  ),
);
await agent.profile.reportTaskFinish({ ...NAMES, taskId });
await check(["profiling", "trace", "list", ...task], taskId, "POST:/buy");
await check(["profiling", "trace", "list"], taskId);
await check(["profiling", "trace", "logs", "--task-id", taskId], "NOTIFIED", "EXECUTION_FINISHED", "shop-1");
await check(["profiling", "trace", "segment-list", "--task-id", taskId], "trace-of-swctl-1", "swctl-1");
await check(
  ["profiling", "trace", "analysis", "--segment-ids", "swctl-1", "--time-ranges", `${start}-${start + 40}`],
  '"main"',
  '"buy"',
);

const { stdout: version } = spawnSync(swctl, ["--version"], { encoding: "utf8" });
process.stdout.write(`${version.trim()}: ${failed} failed\n`);
await oap.close();
process.exit(failed === 0 ? 0 : 1);
