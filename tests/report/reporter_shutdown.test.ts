// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { startCollector } from "../support/fake_collector.ts";
import { NEVER, names, openReporter, restart, sequences, startHeld } from "./reporter_bench.ts";
import { segment, snapshotsOf } from "./support.ts";

describe("Reporter on shutdown", () => {
  test("sends what waits and what is on its way, and takes nothing more", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    const { reporter, clock } = bench;
    const { release } = await startHeld(collector, bench);
    reporter.reportSegment(segment("b"));
    reporter.reportSnapshots(snapshotsOf("segment-1", 2));
    const ended = reporter.shutdown(NEVER);
    expect(reporter.shutdown(NEVER)).toBe(ended);
    reporter.reportSegment(segment("late"));
    reporter.reportSnapshots(snapshotsOf("late", 1));
    release();
    await ended;
    expect(names(collector)).toEqual(["a", "b"]);
    expect(sequences(collector)).toEqual(["segment-1:0", "segment-1:1"]);
    expect(clock.pending).toBe(0);
    expect(bench.lines).toEqual([]);
  });

  test("tries once more what a failure held back", async () => {
    await using first = await startCollector();
    using bench = openReporter(first.address);
    const { reporter } = bench;
    await using second = await restart(first, async () => {
      reporter.reportSegment(segment("a"));
      await reporter.flush(NEVER);
    });
    await reporter.shutdown(NEVER);
    expect(names(second)).toEqual(["a"]);
  });

  test("waits for a frozen backend no longer than it is told, and says what is left", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address, { segmentCapacity: 5_000 });
    const { reporter, clock, lines } = bench;
    collector.hold("collect");
    for (let index = 0; index < 5_000; index++) reporter.reportSegment(segment("a"));
    let hasEnded = false;
    const ended = reporter.shutdown(2_000).then(() => {
      hasEnded = true;
    });
    await collector.until(({ segments }) => segments.length >= 2_000);
    clock.advance(1_999);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(hasEnded).toBe(false);
    clock.advance(1);
    await ended;
    expect(lines).toEqual(["[sw-agent] WARN 5000 segments and snapshots were not sent"]);
    expect(clock.pending).toBe(0);
  });

  test("may never have been started", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    await bench.reporter.shutdown(NEVER);
    bench.reporter.start();
    expect(bench.clock.pending).toBe(0);
    expect(collector.connections).toBe(0);
  });
});
