// SPDX-License-Identifier: Apache-2.0
/**
 * The agent's reporter without the rest of it: reports `batches` segments of a thousand snapshots each to a
 * backend as fast as it takes them, then twice what the buffer holds at once. Prints what came of it as JSON.
 */
import { createLogger } from "../../lib/log.ts";
import type { ThreadSnapshot } from "../../lib/profile/snapshot.ts";
import { createSegmentEncoder } from "../../lib/report/encode_segment.ts";
import { createManagementClient } from "../../lib/report/management_client.ts";
import { createProfileClient } from "../../lib/report/profile_client.ts";
import { Reporter } from "../../lib/report/reporter.ts";
import { createSegmentClient } from "../../lib/report/segment_client.ts";
import { createTransport } from "../../lib/report/transport.ts";
import { selectRuntime } from "../../lib/runtime/select.ts";

const [address = "", batches = "20"] = process.argv.slice(2);
const SNAPSHOTS = 1_000;
const DEPTH = 35;
const CAPACITY = 20_000;

const { clock, timers } = selectRuntime();
const lines: string[] = [];
const identity = { service: "flood", serviceInstance: "flood-1" };
const transport = createTransport({
  addresses: [address],
  protocol: "grpc",
  token: "",
  tls: false,
  timeoutMs: 30_000,
  timers,
  untraced: (call) => call(),
});
const reporter = new Reporter({
  management: createManagementClient(transport, identity),
  segments: createSegmentClient(transport),
  encodeSegment: createSegmentEncoder(identity),
  profile: createProfileClient(transport, identity, { clock, timers }),
  timers,
  log: createLogger({ level: "info", write: (line) => lines.push(line), now: clock.now }),
  random: Math.random,
  properties: () => [],
  heartbeatPeriodMs: 30_000,
  propertiesPeriodFactor: 10,
  segmentCapacity: 100,
  snapshotCapacity: CAPACITY,
});

/** Ten stacks of 35 frames of some 58 characters, in turn. */
function segmentOf(id: string): ThreadSnapshot[] {
  const stacks = Array.from({ length: 10 }, (_, stack) =>
    Array.from(
      { length: DEPTH },
      (_, i) => `aFunctionOfTheApp${i}_${stack} (src/services/orders/of_${id}.ts:${i})`,
    ),
  );
  return Array.from({ length: SNAPSHOTS }, (_, sequence) => ({
    taskId: "task-1",
    traceSegmentId: id,
    time: 1_700_000_000_000 + sequence,
    sequence,
    codeSignatures: stacks[Math.floor(sequence / 100) % stacks.length] ?? [],
  }));
}

reporter.start();
const work = setInterval(() => {}, 1_000);
const send = async (count: number, name: string): Promise<number> => {
  const segments = Array.from({ length: count }, (_, i) => segmentOf(`${name}-${i}`));
  const from = clock.now();
  for (const [i, segment] of segments.entries()) {
    reporter.reportSnapshots(segment);
    if (i % 10 === 9) await reporter.flush(60_000);
  }
  await reporter.flush(60_000);
  return clock.now() - from;
};
await send(5, "warm");
const ms = await send(Number(batches), "sustained");
const droppedBefore = reporter.dropped;
for (let i = 0; i < (CAPACITY / SNAPSHOTS) * 2; i++) reporter.reportSnapshots(segmentOf(`flood-${i}`));
await reporter.flush(60_000);
await reporter.shutdown(10_000);
transport.close();
clearInterval(work);
const told = lines.filter((line) => line.includes("dropped")).length;
process.stdout.write(
  `${JSON.stringify({ perSecond: (Number(batches) * SNAPSHOTS * 1e3) / ms, droppedBefore, dropped: reporter.dropped, told })}\n`,
);
