// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import type { Recording } from "../../lib/profile/recording.ts";
import { Watch } from "../../lib/profile/watch.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeRecorder } from "../support/fake_recorder.ts";
import { requests } from "../support/requests.ts";

const NOBODY = { started() {}, renamed() {}, ended() {} };

function setup(options: { thresholdMs?: number; maxMs?: number; samples?: number } = {}) {
  const { thresholdMs = 500, maxMs = 60_000 } = options;
  const clock = new FakeClock();
  const recorder = new FakeRecorder();
  const { segment } = requests(clock, NOBODY)("GET:/");
  const stopped: (Recording | undefined)[] = [];
  let samples = options.samples ?? 1;
  const watch = new Watch({
    segment,
    thresholdMs,
    maxMs,
    recorder,
    clock,
    timers: clock,
    takeSample: () => samples-- > 0,
    onStopped: (profiled) => stopped.push(profiled),
  });
  return { clock, recorder, segment, stopped, watch };
}

describe("Watch", () => {
  test("is none until it starts, and stopping it then does nothing", () => {
    const { watch, segment, recorder, stopped } = setup();
    watch.stop(0);
    watch.discard();
    expect([watch.kind, segment.watched, recorder.recordings.length, stopped.length]).toEqual([
      "none",
      false,
      0,
      0,
    ]);
  });

  test("records from the start and becomes a sample at the threshold", () => {
    const { clock, watch, segment, recorder } = setup();
    watch.start();
    expect([watch.kind, segment.watched, recorder.recordings.length]).toEqual(["pending", true, 1]);
    clock.advance(499);
    expect(watch.kind).toBe("pending");
    clock.advance(1);
    expect([watch.kind, segment.watched, recorder.recordings.length]).toEqual(["profiling", true, 1]);
  });

  test("with a threshold of 0 it is a sample at once", () => {
    const { clock, watch } = setup({ thresholdMs: 0 });
    watch.start();
    expect(watch.kind).toBe("profiling");
    expect(clock.pending).toBe(1);
  });

  test("counts the threshold from the segment's start, however late it is watched", () => {
    const late = setup();
    late.clock.advance(400);
    late.watch.start();
    late.clock.advance(99);
    expect(late.watch.kind).toBe("pending");
    late.clock.advance(1);
    expect(late.watch.kind).toBe("profiling");
    const passed = setup();
    passed.clock.advance(500);
    passed.watch.start();
    expect(passed.watch.kind).toBe("profiling");
  });

  test("a segment that ends below the threshold is forgotten", () => {
    const { clock, watch, segment, recorder, stopped } = setup();
    watch.start();
    clock.advance(499);
    watch.stop(clock.now());
    expect([watch.kind, segment.watched, stopped]).toEqual(["stopped", false, [undefined]]);
    expect(recorder.recordings[0]?.discarded).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("a sample is closed at its end, handed over, and stays marked so that it is not sampled out", () => {
    const { clock, watch, segment, recorder, stopped } = setup();
    watch.start();
    clock.advance(600);
    watch.stop(clock.now() - 10);
    expect([watch.kind, segment.watched]).toEqual(["stopped", true]);
    expect(recorder.recordings[0]?.closedAt).toBe(segment.startedAt + 590);
    expect(recorder.recordings[0]?.discarded).toBe(false);
    expect(stopped).toEqual(recorder.recordings);
    expect(clock.pending).toBe(0);
  });

  test("a segment that held the event loop past the threshold is a sample though no timer fired", () => {
    for (const [durationMs, samples] of [
      [499, 0],
      [500, 1],
      [501, 1],
    ] as const) {
      const { watch, segment, stopped } = setup();
      watch.start();
      watch.stop(segment.startedAt + durationMs);
      expect({ durationMs, samples: stopped.filter(Boolean).length }).toEqual({ durationMs, samples });
    }
  });

  test("is forgotten at the threshold if no sample is left", () => {
    const { clock, watch, recorder, stopped } = setup({ samples: 0 });
    watch.start();
    clock.advance(500);
    expect([watch.kind, stopped]).toEqual(["stopped", [undefined]]);
    expect(recorder.recordings[0]?.discarded).toBe(true);
    watch.stop(clock.now());
    expect(stopped.length).toBe(1);
  });

  test("stops at the maximum and hands over what is known", () => {
    const { clock, watch, segment, recorder, stopped } = setup({ maxMs: 2_000 });
    watch.start();
    clock.advance(1_999);
    expect(watch.kind).toBe("profiling");
    clock.advance(1);
    expect(watch.kind).toBe("stopped");
    expect(recorder.recordings[0]?.closedAt).toBe(segment.startedAt + 2_000);
    expect(stopped).toEqual(recorder.recordings);
  });

  test("nothing after the maximum belongs to it, even if the timer comes late", () => {
    const { watch, segment, recorder } = setup({ maxMs: 2_000 });
    watch.start();
    watch.stop(segment.startedAt + 9_000);
    expect(recorder.recordings[0]?.closedAt).toBe(segment.startedAt + 2_000);
  });

  test("is forgotten at the maximum if that is below the threshold", () => {
    const { clock, watch, stopped } = setup({ thresholdMs: 500, maxMs: 499 });
    watch.start();
    clock.advance(1_000);
    expect([watch.kind, stopped]).toEqual(["stopped", [undefined]]);
  });

  test("hands over once, however often it is stopped, and never again by a timer", () => {
    const { clock, watch, stopped } = setup();
    watch.start();
    clock.advance(500);
    watch.stop(clock.now());
    watch.stop(clock.now());
    watch.discard();
    watch.start();
    clock.advance(100_000);
    expect([watch.kind, stopped.length]).toEqual(["stopped", 1]);
  });

  test("discard leaves a sample alone", () => {
    const { watch, recorder } = setup({ thresholdMs: 0 });
    watch.start();
    watch.discard();
    expect([watch.kind, recorder.recordings[0]?.discarded]).toEqual(["profiling", false]);
  });

  test("tells that it stopped even if the recorder fails", () => {
    const closing = setup({ thresholdMs: 0 });
    closing.recorder.failures.set("close", new Error("broken"));
    closing.watch.start();
    expect(() => closing.watch.stop(closing.clock.now())).toThrow("broken");
    expect([closing.watch.kind, closing.stopped.length]).toEqual(["stopped", 1]);
    const discarding = setup();
    discarding.recorder.failures.set("discard", new Error("broken"));
    discarding.watch.start();
    expect(() => discarding.watch.stop(discarding.clock.now())).toThrow("broken");
    expect([discarding.watch.kind, discarding.segment.watched, discarding.stopped.length]).toEqual([
      "stopped",
      false,
      1,
    ]);
  });
});
