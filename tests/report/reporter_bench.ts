// SPDX-License-Identifier: Apache-2.0
import { createLogger } from "../../lib/log.ts";
import { createSegmentEncoder } from "../../lib/report/encode_segment.ts";
import { createManagementClient } from "../../lib/report/management_client.ts";
import { createProfileClient } from "../../lib/report/profile_client.ts";
import { Reporter, type ReporterOptions } from "../../lib/report/reporter.ts";
import { createSegmentClient } from "../../lib/report/segment_client.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type Collector, type Method, startCollector } from "../support/fake_collector.ts";
import { IDENTITY, openTransport, clock as real, segment, timers } from "./support.ts";

/** A reporter that reports to a real collector, by a clock the test moves. */
export interface Bench extends Disposable {
  readonly reporter: Reporter;
  /** The reporter's timers. Those of the transport are real. */
  readonly clock: FakeClock;
  readonly lines: string[];
}

/** A deadline of the fake clock, which does not come. */
export const NEVER = 60_000;

/** Opens a reporter that has not been started. */
export function openReporter(address: string, options: Partial<ReporterOptions> = {}): Bench {
  const transport = openTransport(address);
  const clock = new FakeClock();
  const lines: string[] = [];
  const reporter = new Reporter({
    management: createManagementClient(transport, IDENTITY),
    segments: createSegmentClient(transport),
    encodeSegment: createSegmentEncoder(IDENTITY),
    profile: createProfileClient(transport, IDENTITY, { clock: real, timers }),
    timers: clock,
    log: createLogger({ level: "info", write: (line) => lines.push(line), now: () => clock.now() }),
    random: () => 0,
    properties: () => [
      ["language", "nodejs"],
      ["ipv4", "10.0.0.1"],
      ["ipv4", "10.0.0.2"],
    ],
    heartbeatPeriodMs: 30_000,
    propertiesPeriodFactor: 3,
    segmentCapacity: 2_000,
    snapshotCapacity: 1_000,
    ...options,
  });
  return { reporter, clock, lines, [Symbol.dispose]: transport.close };
}

/** Starts to report, up to a call that carries segment `a` and is not answered before it is released. */
export async function startHeld(
  collector: Collector,
  { reporter, clock }: Bench,
): Promise<{ readonly release: () => void }> {
  const held = collector.hold("collect");
  reporter.start();
  reporter.reportSegment(segment("a"));
  clock.advance(500);
  await collector.until(({ segments }) => segments.length === 1);
  return held;
}

/** Stops the collector for as long as `during` takes, and starts one on the same port. */
export async function restart(collector: Collector, during: () => Promise<void>): Promise<Collector> {
  await collector.kill();
  await during();
  return await startCollector({ port: collector.port });
}

/** The operation names of what arrived. */
export function names({ segments }: Collector): (string | undefined)[] {
  return segments.map(({ spans }) => spans[0]?.operationName);
}

/** The snapshots that arrived, as `segment:sequence`. */
export function sequences({ snapshots }: Collector): string[] {
  return snapshots.map(({ traceSegmentId, sequence }) => `${traceSegmentId}:${sequence}`);
}

/** How often a method was called. */
export function count({ calls }: Collector, method: Method): number {
  return calls.filter((call) => call === method).length;
}
