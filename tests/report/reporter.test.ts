// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { Code } from "@connectrpc/connect";
import { startCollector } from "../support/fake_collector.ts";
import { count, NEVER, names, openReporter, restart, sequences, startHeld } from "./reporter_bench.ts";
import { IDENTITY, segment, snapshotsOf } from "./support.ts";

describe("Reporter", () => {
  test("sends what gathers in 500 ms, each kind in one stream", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    const { reporter, clock } = bench;
    reporter.start();
    for (const name of ["a", "b", "c"]) reporter.reportSegment(segment(name));
    reporter.reportSnapshots(snapshotsOf("segment-1", 4));
    clock.advance(499);
    await collector.until(({ calls }) => calls.includes("keepAlive"));
    expect(collector.calls).toEqual(["reportInstanceProperties", "keepAlive"]);
    clock.advance(1);
    await collector.until(({ segments, snapshots }) => segments.length === 3 && snapshots.length === 4);
    expect(names(collector)).toEqual(["a", "b", "c"]);
    expect(sequences(collector)).toEqual(["segment-1:0", "segment-1:1", "segment-1:2", "segment-1:3"]);
    expect(collector.segments[0]).toMatchObject(IDENTITY);
    expect([count(collector, "collect"), count(collector, "collectSnapshot")]).toEqual([1, 1]);
    expect(reporter.dropped).toBe(0);
  });

  test("opens no stream while nothing waits", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    bench.reporter.start();
    for (let tick = 0; tick < 10; tick++) bench.clock.advance(500);
    await collector.until(({ calls }) => calls.includes("keepAlive"));
    await bench.reporter.flush(NEVER);
    expect(collector.calls).toEqual(["reportInstanceProperties", "keepAlive"]);
  });

  test("sends some 2,000 segments in a call and 1,000 snapshots in a stream, and the rest in further ones", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address, { segmentCapacity: 5_000, snapshotCapacity: 2_001 });
    const sent = Array.from({ length: 5_000 }, (_, index) => `s${index}`);
    for (const name of sent) bench.reporter.reportSegment(segment(name));
    bench.reporter.reportSnapshots(snapshotsOf("segment-1", 2_001));
    await bench.reporter.flush(NEVER);
    expect(names(collector)).toEqual(sent);
    expect(count(collector, "collect")).toBe(3);
    expect(sequences(collector).length).toBe(2_001);
    expect(count(collector, "collectSnapshot")).toBe(3);
  });

  test("sends before its turn when half of what finds room waits", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address, { segmentCapacity: 4 });
    const { reporter, clock } = bench;
    reporter.start();
    reporter.reportSegment(segment("a"));
    clock.advance(1);
    await collector.until(({ calls }) => calls.includes("keepAlive"));
    expect(count(collector, "collect")).toBe(0);
    for (const name of ["b", "c"]) reporter.reportSegment(segment(name));
    clock.advance(1);
    await collector.until(({ segments }) => segments.length === 3);
    expect([names(collector), count(collector, "collect")]).toEqual([["a", "b", "c"], 1]);
  });

  test("does not begin a stream of a kind while one is open", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    const { reporter, clock } = bench;
    const { release } = await startHeld(collector, bench);
    reporter.reportSegment(segment("b"));
    reporter.reportSnapshots(snapshotsOf("segment-1", 1));
    clock.advance(500);
    await collector.until(({ snapshots }) => snapshots.length === 1);
    expect(count(collector, "collect")).toBe(1);
    release();
    await collector.until(({ segments }) => segments.length === 2);
    expect(names(collector)).toEqual(["a", "b"]);
  });

  test("makes no further call for what comes while one is on its way", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    const { reporter, clock } = bench;
    const { release } = await startHeld(collector, bench);
    for (const name of ["b", "c"]) reporter.reportSegment(segment(name));
    release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(names(collector)).toEqual(["a"]);
    clock.advance(500);
    await collector.until(({ segments }) => segments.length === 3);
    expect(count(collector, "collect")).toBe(2);
  });

  test("tells the properties at the start and with every third beat, and each time that it lives", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    bench.reporter.start();
    for (let beat = 1; beat <= 7; beat++) {
      await collector.until(() => count(collector, "keepAlive") === beat && bench.clock.pending === 2);
      expect(collector.properties.length).toBe(Math.ceil(beat / 3));
      bench.clock.advance(29_999);
      expect(bench.clock.pending).toBe(2);
      bench.clock.advance(1);
    }
    const [first] = collector.properties;
    expect(first).toMatchObject(IDENTITY);
    expect(first?.properties.map(({ key, value }) => `${key}=${value}`)).toEqual([
      "language=nodejs",
      "ipv4=10.0.0.1",
      "ipv4=10.0.0.2",
    ]);
  });

  test("keeps what is not sent while the backend is away, then sends it once and in order", async () => {
    await using first = await startCollector();
    using bench = openReporter(first.address);
    const { reporter, clock, lines } = bench;
    await using second = await restart(first, async () => {
      reporter.reportSegment(segment("a"));
      reporter.reportSnapshots(snapshotsOf("segment-1", 2));
      await reporter.flush(NEVER);
      reporter.reportSegment(segment("b"));
      await reporter.flush(NEVER);
    });
    reporter.start();
    await second.until(({ calls }) => calls.includes("keepAlive"));
    clock.advance(1_000);
    await second.until(({ segments, snapshots }) => segments.length === 2 && snapshots.length === 2);
    await reporter.flush(NEVER);
    expect(names(second)).toEqual(["a", "b"]);
    expect(sequences(second)).toEqual(["segment-1:0", "segment-1:1"]);
    expect(reporter.dropped).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/^\[sw-agent\] WARN Cannot report (?:segments|snapshots): 127\.0\.0\.1:\d+: .*/),
      "[sw-agent] INFO The backend takes reports again",
    ]);
  });

  test("pauses after a failure, longer each time", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    const { reporter, clock } = bench;
    collector.failures.set("collect", Code.PermissionDenied);
    reporter.start();
    reporter.reportSegment(segment("a"));
    await collector.until(({ calls }) => calls.includes("keepAlive"));
    clock.advance(500);
    // The random part is 0 here, so the pauses are half of 1, 2 and 4 s.
    for (const [failures, pauseMs] of [
      [1, 500],
      [2, 1_000],
      [3, 2_000],
    ] as const) {
      // Two timers beat and send; the third one is the pause.
      await collector.until(() => count(collector, "collect") === failures && clock.pending === 3);
      clock.advance(pauseMs - 1);
      expect(clock.pending).toBe(3);
      clock.advance(1);
      expect(clock.pending).toBe(2);
      clock.advance(500);
    }
    await collector.until(() => count(collector, "collect") === 4);
  });

  test("ends a pause when the backend is reached otherwise", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    const { reporter, clock } = bench;
    collector.failures.set("collect", Code.PermissionDenied);
    reporter.start();
    reporter.reportSegment(segment("a"));
    await collector.until(({ calls }) => calls.includes("keepAlive"));
    await reporter.flush(NEVER);
    collector.failures.clear();
    expect(clock.pending).toBe(3);
    reporter.reportSnapshots(snapshotsOf("segment-1", 1));
    clock.advance(499);
    await reporter.flush(NEVER);
    expect(clock.pending).toBe(2);
  });

  test("sends nothing again that may have arrived, but counts and tells it", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address, { snapshotCapacity: 2_000 });
    const { reporter, lines } = bench;
    collector.failures.set("collect", Code.Unavailable).set("collectSnapshot", Code.Unavailable);
    reporter.reportSegment(segment("a"));
    // Of the second segment a part is in the lost batch, so the rest of it goes too.
    reporter.reportSnapshots(snapshotsOf("segment-1", 800));
    reporter.reportSnapshots(snapshotsOf("segment-2", 400));
    reporter.reportSnapshots(snapshotsOf("segment-3", 1));
    await reporter.flush(NEVER);
    expect(reporter.dropped).toBe(1 + 1_200);
    collector.failures.clear();
    collector.snapshots.length = 0;
    reporter.reportSegment(segment("b"));
    await reporter.flush(NEVER);
    expect(names(collector)).toEqual(["a", "b"]);
    expect(sequences(collector)).toEqual(["segment-3:0"]);
    expect(lines).toEqual([
      expect.stringContaining("WARN Cannot report"),
      "[sw-agent] INFO The backend takes reports again",
      expect.stringContaining("WARN 1201 segments and snapshots were dropped so far"),
    ]);
  });

  test("keeps the newest segments and every sequence 0 through an outage, and tells what it dropped", async () => {
    await using first = await startCollector();
    using bench = openReporter(first.address, { segmentCapacity: 3, snapshotCapacity: 4 });
    const { reporter, lines } = bench;
    await using second = await restart(first, async () => {
      for (const name of ["a", "b", "c", "d"]) reporter.reportSegment(segment(name));
      reporter.reportSegment(segment("profiled", true));
      for (const id of ["s1", "s2", "s3"]) reporter.reportSnapshots(snapshotsOf(id, 5));
      await reporter.flush(NEVER);
    });
    await reporter.flush(NEVER);
    expect(names(second)).toEqual(["profiled", "b", "c", "d"]);
    expect(sequences(second)).toEqual(["s1:0", "s1:1", "s1:2", "s1:3", "s2:0", "s3:0"]);
    expect(reporter.dropped).toBe(1 + 1 + 4 + 4);
    expect(lines.filter((line) => line.includes("dropped"))).toEqual([
      expect.stringContaining("WARN 10 segments and snapshots were dropped so far"),
    ]);
  });

  test("stops a kind the backend does not implement, with one line, and goes on with the others", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address);
    const { reporter, clock, lines } = bench;
    collector.failures.set("collectSnapshot", Code.Unimplemented).set("keepAlive", Code.Unimplemented);
    reporter.start();
    await collector.until(({ calls }) => calls.includes("keepAlive"));
    for (const name of ["a", "b"]) {
      reporter.reportSegment(segment(name));
      reporter.reportSnapshots(snapshotsOf(name, 3));
      await reporter.flush(NEVER);
      clock.advance(60_000);
    }
    await reporter.flush(NEVER);
    expect(names(collector)).toEqual(["a", "b"]);
    expect([count(collector, "collectSnapshot"), count(collector, "keepAlive")]).toEqual([1, 1]);
    expect(lines.filter((line) => line.includes("does not implement"))).toEqual([
      expect.stringContaining("Cannot report heartbeats"),
      expect.stringContaining("Cannot report snapshots"),
    ]);
    expect(lines.filter((line) => line.includes("again"))).toEqual([]);
  });

  test("beats again soon after a failure, and then tells the properties to the backend that came back", async () => {
    await using first = await startCollector();
    using bench = openReporter(first.address);
    const { reporter, clock } = bench;
    reporter.start();
    await first.until(() => count(first, "keepAlive") === 1 && clock.pending === 2);
    await using second = await restart(first, async () => {
      clock.advance(30_000);
      const { lines } = bench;
      await first.until(() => lines.some((line) => line.includes("Cannot report heartbeats")));
    });
    clock.advance(500);
    await second.until(({ calls }) => calls.includes("keepAlive"));
    expect(second.calls).toEqual(["reportInstanceProperties", "keepAlive"]);
  });

  test("never fails, whatever the properties do", async () => {
    await using collector = await startCollector();
    using bench = openReporter(collector.address, {
      properties() {
        throw new Error("no properties");
      },
    });
    bench.reporter.start();
    await collector.until(() => bench.lines.length === 1);
    expect(bench.lines).toEqual(["[sw-agent] WARN Cannot report heartbeats: no properties"]);
  });
});
