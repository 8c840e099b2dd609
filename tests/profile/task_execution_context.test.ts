// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { createLogger } from "../../lib/log.ts";
import type { ThreadSnapshot } from "../../lib/profile/snapshot.ts";
import type { ProfileTask } from "../../lib/profile/task.ts";
import { TaskExecutionContext } from "../../lib/profile/task_execution_context.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeRecorder } from "../support/fake_recorder.ts";
import { requests } from "../support/requests.ts";

const ENDPOINT = "GET:/slow";

function setup(task: Partial<ProfileTask> = {}, maxParallel = 5, clock = new FakeClock()) {
  const recorder = new FakeRecorder();
  const lines: string[] = [];
  const sent: (readonly ThreadSnapshot[])[] = [];
  const state = { exhausted: 0, sinkFailure: undefined as Error | undefined };
  const context = new TaskExecutionContext(
    {
      taskId: "task",
      endpointName: ENDPOINT,
      durationMs: 60_000,
      minDurationThresholdMs: 500,
      dumpPeriodMs: 10,
      maxSamplingCount: 5,
      startTime: clock.wall(),
      ...task,
    },
    {
      clock,
      timers: clock,
      recorder,
      log: createLogger({ level: "debug", write: (line) => lines.push(line), now: () => clock.now() }),
      maxParallel,
      maxWatchMs: 10_000,
      maxDepth: 77,
      sink(snapshots) {
        if (state.sinkFailure) throw state.sinkFailure;
        sent.push(snapshots);
      },
    },
    () => state.exhausted++,
  );
  const begin = requests(clock, context);
  return { clock, recorder, lines, sent, state, context, begin };
}

describe("what is watched", () => {
  test("segments of the endpoint, by their exact name", () => {
    const { context, begin } = setup();
    for (const name of ["GET:/slo", "GET:/slow/", "get:/slow", "", "POST:/slow"]) begin(name);
    expect(context.watching).toBe(0);
    expect(begin(ENDPOINT).segment.watched).toBe(true);
    expect(context.watching).toBe(1);
  });

  test("requests that were received, not calls that are sent to an endpoint of that name", () => {
    const { context, begin } = setup();
    begin(ENDPOINT, "exit");
    begin(ENDPOINT, "local");
    expect(context.watching).toBe(0);
    begin(ENDPOINT, "entry");
    expect(context.watching).toBe(1);
  });

  test("not a segment that began before the task, not even when it is renamed to the endpoint", () => {
    const { clock, begin, context, recorder } = setup();
    const early = begin("GET:/raw");
    clock.advance(1);
    const next = setup({}, 5, clock);
    const late = next.begin("GET:/raw");
    for (const { segment, rename } of [early, late]) {
      rename(ENDPOINT);
      next.context.renamed(segment);
    }
    expect(next.recorder.recordings.map(({ segment }) => segment)).toEqual([late.segment]);
    expect([context.watching, recorder.recordings.length]).toEqual([1, 1]);
  });

  test("as many at once as there are slots, and the next one when a slot is free", () => {
    const { context, begin } = setup({}, 2);
    const first = begin(ENDPOINT);
    begin(ENDPOINT);
    expect(begin(ENDPOINT).segment.watched).toBe(false);
    expect(context.watching).toBe(2);
    first.end();
    expect(context.watching).toBe(1);
    expect(begin(ENDPOINT).segment.watched).toBe(true);
    expect(begin(ENDPOINT).segment.watched).toBe(false);
  });

  test("nothing after the task's end", () => {
    const { context, begin, recorder } = setup();
    context.stop();
    begin(ENDPOINT);
    expect([context.watching, recorder.recordings.length]).toEqual([0, 0]);
  });
});

describe("renames", () => {
  test("to the endpoint begin a watch, from the segment's start", () => {
    const { clock, context, begin } = setup();
    const request = begin("GET:/raw/1");
    clock.advance(100);
    request.rename(ENDPOINT);
    expect(request.segment.watched).toBe(true);
    clock.advance(399);
    expect(context.sampled).toBe(0);
    clock.advance(1);
    expect(context.sampled).toBe(1);
  });

  test("away from the endpoint end a pending watch, free its slot and forget it", () => {
    const { context, begin, recorder } = setup();
    const request = begin(ENDPOINT);
    request.rename("GET:/:other");
    expect([request.segment.watched, context.watching]).toEqual([false, 0]);
    expect(recorder.recordings[0]?.discarded).toBe(true);
    request.rename(ENDPOINT);
    expect([request.segment.watched, context.watching]).toEqual([true, 1]);
  });

  test("leave a sample alone", async () => {
    const { clock, context, begin, sent } = setup();
    const request = begin(ENDPOINT);
    clock.advance(500);
    request.rename("GET:/:other");
    expect([request.segment.watched, context.sampled]).toEqual([true, 1]);
    request.end();
    await settle();
    expect(sent.length).toBe(1);
  });

  test("neither watch twice a segment that is watched, nor again one that was", () => {
    const { clock, context, begin, recorder } = setup();
    const request = begin(ENDPOINT);
    context.renamed(request.segment);
    expect(recorder.recordings.length).toBe(1);
    clock.advance(10_000);
    expect(context.watching).toBe(0);
    context.renamed(request.segment);
    expect(recorder.recordings.length).toBe(1);
  });
});

describe("the sampling count", () => {
  test("of 20 concurrent slow segments exactly 5 are profiled", async () => {
    const { clock, context, begin, recorder, sent } = setup({ maxSamplingCount: 5 }, 20);
    const all = Array.from({ length: 20 }, () => begin(ENDPOINT));
    expect(context.watching).toBe(20);
    clock.advance(500);
    expect([context.sampled, context.watching]).toEqual([5, 5]);
    expect(recorder.unfinished.length).toBe(5);
    clock.advance(500);
    for (const request of all) request.end();
    await settle();
    expect(new Set(sent.map(([first]) => first?.traceSegmentId)).size).toBe(5);
    expect([context.sampled, context.watching]).toEqual([5, 0]);
  });

  test("of 20 concurrent segments with a threshold of 0 exactly 9 are profiled", () => {
    const { context, begin } = setup({ maxSamplingCount: 9, minDurationThresholdMs: 0 }, 20);
    for (let i = 0; i < 20; i++) begin(ENDPOINT);
    expect([context.sampled, context.watching]).toEqual([9, 9]);
  });

  test("more samples than slots are taken one after the other", async () => {
    const { clock, context, begin, sent } = setup({ maxSamplingCount: 9 }, 5);
    for (let round = 0; round < 3; round++) {
      const all = Array.from({ length: 20 }, () => begin(ENDPOINT));
      clock.advance(600);
      for (const request of all) request.end();
      await settle();
    }
    expect([context.sampled, sent.length]).toEqual([9, 9]);
  });

  test("is not touched by segments below the threshold, however many there are", async () => {
    const { clock, context, begin, sent } = setup({ maxSamplingCount: 1 }, 2);
    for (let i = 0; i < 50; i++) {
      const request = begin(ENDPOINT);
      clock.advance(499);
      request.end();
    }
    expect([context.sampled, context.watching]).toEqual([0, 0]);
    const slow = begin(ENDPOINT);
    clock.advance(500);
    slow.end();
    await settle();
    expect([context.sampled, sent.length]).toEqual([1, 1]);
  });

  test("counts segments that hold the event loop past the threshold, no more than allowed", async () => {
    const { clock, context, begin, sent } = setup({ maxSamplingCount: 2 }, 5);
    const ends: (() => void)[] = [];
    for (let i = 0; i < 4; i++) ends.push(begin(ENDPOINT).end);
    // Time passes without any timer, as in a handler that never yields.
    clock.block(800);
    for (const end of ends) end();
    await settle();
    expect([context.sampled, sent.length, context.watching]).toEqual([2, 2, 0]);
  });

  test("when it is used up nothing more is watched", () => {
    const { begin, recorder } = setup({ maxSamplingCount: 1, minDurationThresholdMs: 0 });
    begin(ENDPOINT);
    begin(ENDPOINT);
    expect(recorder.recordings.length).toBe(1);
  });

  test("when it is used up and delivered the context says so once, not before", async () => {
    const { clock, begin, recorder, state } = setup({ maxSamplingCount: 2 });
    const [first, second] = [begin(ENDPOINT), begin(ENDPOINT)];
    clock.advance(500);
    const gate = Promise.withResolvers<void>();
    recorder.ready = gate.promise;
    first.end();
    second.end();
    await settle();
    expect(state.exhausted).toBe(0);
    gate.resolve();
    await settle();
    expect(state.exhausted).toBe(1);
  });
});

describe("snapshots", () => {
  test("are asked for with the task's period and the configured depth, and delivered in order", async () => {
    const { clock, begin, sent } = setup({ dumpPeriodMs: 25 });
    const request = begin(ENDPOINT);
    clock.advance(700);
    request.end();
    await settle();
    expect(sent.length).toBe(1);
    expect(sent[0]?.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(sent[0]?.[0]).toMatchObject({
      taskId: "task",
      traceSegmentId: request.segment.id,
      codeSignatures: [`(request ${ENDPOINT})`, "25 ms", "depth 77"],
    });
  });

  test("end where the segment's span 0 ended", () => {
    const { clock, begin, recorder } = setup();
    const request = begin(ENDPOINT);
    clock.advance(700);
    request.end();
    expect(recorder.recordings[0]?.closedAt).toBe(request.segment.endedAt);
  });

  test("are delivered for a sample that is cut by the task's end, and not for a pending segment", async () => {
    const { clock, context, begin, recorder, sent } = setup();
    const sample = begin(ENDPOINT);
    clock.advance(300);
    const pending = begin(ENDPOINT);
    clock.advance(300);
    context.stop();
    await context.settled();
    expect(sent.map(([first]) => first?.traceSegmentId)).toEqual([sample.segment.id]);
    expect(recorder.recordings.map(({ discarded }) => discarded)).toEqual([false, true]);
    expect([sample.segment.watched, pending.segment.watched, context.watching]).toEqual([true, false, 0]);
    sample.end();
    pending.end();
    await settle();
    expect(sent.length).toBe(1);
  });

  test("that fail to come are logged and do not keep the end waiting", async () => {
    const { clock, context, begin, recorder, sent, lines, state } = setup({ maxSamplingCount: 2 });
    const first = begin(ENDPOINT);
    const second = begin(ENDPOINT);
    clock.advance(500);
    recorder.ready = Promise.reject(new Error("no engine"));
    first.end();
    await settle();
    recorder.ready = Promise.resolve();
    state.sinkFailure = new Error("no room");
    second.end();
    context.stop();
    await context.settled();
    expect(sent).toEqual([]);
    expect(lines).toEqual([
      "[sw-agent] ERROR Cannot read what was recorded of a segment: Error: no engine",
      "[sw-agent] ERROR Cannot read what was recorded of a segment: Error: no room",
    ]);
    expect(clock.pending).toBe(0);
  });

  test("are given up 10 s after the end, and dropped if they come later", async () => {
    const { clock, context, begin, recorder, sent, lines } = setup({ minDurationThresholdMs: 0 });
    begin(ENDPOINT);
    const gate = Promise.withResolvers<void>();
    recorder.ready = gate.promise;
    context.stop();
    let settled = false;
    const done = context.settled().then(() => {
      settled = true;
    });
    await clock.advanceAsync(9_999);
    expect(settled).toBe(false);
    await clock.advanceAsync(1);
    await done;
    expect(lines).toEqual([
      "[sw-agent] WARN Cannot deliver 1 profiled segments: their snapshots took over 10 s",
    ]);
    gate.resolve();
    await settle();
    expect(sent).toEqual([]);
  });
});

test("a recorder that fails to open costs no slot", () => {
  const { context, begin, recorder } = setup({}, 1);
  recorder.failures.set("open", new Error("broken"));
  expect(() => begin(ENDPOINT)).toThrow("broken");
  expect(context.watching).toBe(0);
  recorder.failures.clear();
  expect(begin(ENDPOINT).segment.watched).toBe(true);
});

test("one recording that fails to close does not keep the others open at the task's end", () => {
  const { context, begin, recorder, lines } = setup({ minDurationThresholdMs: 0 });
  begin(ENDPOINT);
  begin(ENDPOINT);
  recorder.failures.set("close", new Error("broken"));
  context.stop();
  expect([context.watching, recorder.unfinished.length, lines.length]).toEqual([0, 0, 2]);
});
