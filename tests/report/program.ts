// SPDX-License-Identifier: Apache-2.0
/**
 * An app that reports without the rest of the agent.
 *
 * `report`: some things, then shuts down. `idle`: never shuts down, and must end by itself. `poll`: asks for
 * commands until it is told to quit, and prints what came of each question. `leave`: is done while a call waits for
 * its answer.
 */
import { createLogger } from "../../lib/log.ts";
import { CallError } from "../../lib/report/call_error.ts";
import { createSegmentEncoder } from "../../lib/report/encode_segment.ts";
import { createManagementClient } from "../../lib/report/management_client.ts";
import { createProfileClient } from "../../lib/report/profile_client.ts";
import { Reporter } from "../../lib/report/reporter.ts";
import { createSegmentClient } from "../../lib/report/segment_client.ts";
import { createTransport } from "../../lib/report/transport.ts";
import { selectRuntime } from "../../lib/runtime/select.ts";
import { Correlation } from "../../lib/trace/correlation.ts";
import { Segment } from "../../lib/trace/segment.ts";
import { Span } from "../../lib/trace/span.ts";
import { CERTIFICATE } from "../support/certificate.ts";

const [mode, address = "", protocol, tls] = process.argv.slice(2);
const { clock, timers, host } = selectRuntime();
const log = createLogger({ level: "debug", write: host.writeError, now: clock.now });
const identity = { service: "shop", serviceInstance: "shop-1" };
const transport = createTransport({
  addresses: [address],
  protocol: protocol === "connect" ? "connect" : "grpc",
  token: "secret",
  tls: tls === "tls",
  ca: CERTIFICATE,
  timeoutMs: mode === "poll" ? 1_000 : 20_000,
  timers,
  untraced: (call) => call(),
});
const profile = createProfileClient(transport, identity, { clock, timers });

// The app's own work: the agent's timers and connections keep no process, not even while it sends.
const work = setInterval(() => {}, 1_000);
if (mode === "poll") await poll();
else if (mode === "leave") await leave();
else await report();
clearInterval(work);

async function report(): Promise<void> {
  const reporter = new Reporter({
    management: createManagementClient(transport, identity),
    segments: createSegmentClient(transport),
    encodeSegment: createSegmentEncoder(identity),
    profile,
    timers,
    log,
    random: Math.random,
    properties: () => [["language", "nodejs"]],
    heartbeatPeriodMs: 30_000,
    propertiesPeriodFactor: 10,
    segmentCapacity: 100,
    snapshotCapacity: 1_000,
  });
  reporter.start();
  const segment = new Segment({
    id: "segment-1",
    owner: { now: clock.now, renamed() {}, spanEnded() {} },
    newTraceId: () => "trace-1",
    startedAt: clock.now(),
    epochOffset: clock.epochOffset(),
    parent: undefined,
    correlation: new Correlation(),
  });
  const startedAt = clock.now();
  new Span({ segment, parentId: -1, kind: "entry", operationName: "GET:/", startedAt }).end();
  reporter.reportSegment(segment);
  const codeSignatures = ["root", "leaf"];
  reporter.reportSnapshots(
    Array.from({ length: 600 }, (_, sequence) => ({
      taskId: "task-1",
      traceSegmentId: segment.id,
      time: Math.floor(startedAt + segment.epochOffset) + sequence,
      sequence,
      codeSignatures,
    })),
  );
  await reporter.flush(5_000);
  if (mode === "idle") return;
  await reporter.shutdown(5_000);
  transport.close();
}

async function leave(): Promise<void> {
  await profile.fetchCommands(0);
  profile.reportTaskFinish("task-1").catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}

async function poll(): Promise<void> {
  for (let last = ""; ; ) {
    let outcome: string;
    try {
      const [command] = await profile.fetchCommands(0);
      outcome = command?.command ?? "sent";
    } catch (error) {
      outcome = error instanceof CallError ? error.outcome : `${error}`;
    }
    if (outcome !== last) process.stdout.write(`${outcome}\n`);
    last = outcome;
    if (outcome === "quit") break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  transport.close();
}
