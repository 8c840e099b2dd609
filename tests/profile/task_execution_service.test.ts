// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { createLogger } from "../../lib/log.ts";
import type { ThreadSnapshot } from "../../lib/profile/snapshot.ts";
import type { ProfileTask } from "../../lib/profile/task.ts";
import { TaskExecutionService } from "../../lib/profile/task_execution_service.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeRecorder } from "../support/fake_recorder.ts";
import { requests } from "../support/requests.ts";

const ENDPOINT = "GET:/slow";
const MINUTE_MS = 60_000;

function setup() {
  const clock = new FakeClock();
  const recorder = new FakeRecorder();
  const lines: string[] = [];
  const sent: ThreadSnapshot[] = [];
  const finished: string[] = [];
  const state = { reports: 0, failures: 0 };
  const service = new TaskExecutionService({
    clock,
    timers: clock,
    recorder,
    random: () => 1,
    log: createLogger({ level: "warn", write: (line) => lines.push(line), now: () => clock.now() }),
    maxParallel: 5,
    maxWatchMs: 10 * MINUTE_MS,
    maxDepth: 500,
    sink: (snapshots) => sent.push(...snapshots),
    async reportFinish(taskId) {
      state.reports++;
      if (state.failures-- > 0) throw new Error("unavailable");
      finished.push(taskId);
    },
  });
  const task = (taskId: string, startsInMs = 0, changes: Partial<ProfileTask> = {}): ProfileTask => ({
    taskId,
    endpointName: ENDPOINT,
    durationMs: MINUTE_MS,
    minDurationThresholdMs: 0,
    dumpPeriodMs: 10,
    maxSamplingCount: 5,
    startTime: clock.wall() + startsInMs,
    ...changes,
  });
  const begin = requests(clock, service);
  return { clock, recorder, lines, sent, finished, state, service, task, begin };
}

describe("a task", () => {
  test("that began already runs at once, to its start plus its duration", async () => {
    const { clock, recorder, finished, service, task, begin } = setup();
    service.execute(task("a", -20_000));
    expect(recorder.calls).toEqual(["arm"]);
    expect(begin(ENDPOINT).segment.watched).toBe(true);
    await clock.advanceAsync(39_999);
    expect(recorder.armed).toBe(true);
    expect(finished).toEqual([]);
    await clock.advanceAsync(1);
    expect(recorder.calls).toEqual(["arm", "disarm"]);
    expect(finished).toEqual(["a"]);
    expect(begin(ENDPOINT).segment.watched).toBe(false);
    expect(clock.pending).toBe(0);
  });

  test("that begins later costs nothing until then", async () => {
    const { clock, recorder, service, task, begin } = setup();
    service.execute(task("a", 5_000));
    await clock.advanceAsync(4_999);
    expect(recorder.calls).toEqual([]);
    expect(begin(ENDPOINT).segment.watched).toBe(false);
    await clock.advanceAsync(1);
    expect(recorder.calls).toEqual(["arm"]);
    expect(begin(ENDPOINT).segment.watched).toBe(true);
  });

  test("follows the wall clock when that is corrected", async () => {
    const { clock, recorder, finished, service, task } = setup();
    service.execute(task("a", 5_000));
    clock.correctWall(-1_000);
    await clock.advanceAsync(5_000);
    expect(recorder.calls).toEqual([]);
    await clock.advanceAsync(1_000);
    expect(recorder.calls).toEqual(["arm"]);
    clock.correctWall(-500);
    await clock.advanceAsync(MINUTE_MS + 499);
    expect(finished).toEqual([]);
    await clock.advanceAsync(1);
    expect(finished).toEqual(["a"]);
  });

  test("further ahead than a timer can be is not begun early", async () => {
    const { clock, recorder, service, task } = setup();
    const farMs = 2 ** 31 + 10_000;
    service.execute(task("a", farMs));
    await clock.advanceAsync(farMs - 1);
    expect(recorder.calls).toEqual([]);
    await clock.advanceAsync(1);
    expect(recorder.calls).toEqual(["arm"]);
  });

  test("sends the snapshots of the requests of its endpoint", async () => {
    const { clock, sent, service, task, begin } = setup();
    service.execute(task("a"));
    const request = begin("GET:/raw");
    request.rename(ENDPOINT);
    begin("GET:/other").end();
    await clock.advanceAsync(100);
    request.end();
    await settle();
    expect(sent.map(({ taskId, traceSegmentId, sequence }) => [taskId, traceSegmentId, sequence])).toEqual([
      ["a", request.segment.id, 0],
      ["a", request.segment.id, 1],
    ]);
  });

  test("cuts the requests that outlast it, and waits for their snapshots before the recorder stops", async () => {
    const { clock, recorder, sent, finished, service, task, begin } = setup();
    service.execute(task("a"));
    begin(ENDPOINT);
    const gate = Promise.withResolvers<void>();
    recorder.ready = gate.promise;
    await clock.advanceAsync(MINUTE_MS);
    expect(recorder.unfinished).toEqual([]);
    expect(recorder.calls).toEqual(["arm"]);
    expect(finished).toEqual([]);
    gate.resolve();
    await settle();
    expect(recorder.calls).toEqual(["arm", "disarm"]);
    expect([sent.length, finished]).toEqual([2, ["a"]]);
  });

  test("stops and reports 10 s after its end if the engine never hands its samples over", async () => {
    const { clock, recorder, finished, service, task, begin } = setup();
    service.execute(task("a"));
    begin(ENDPOINT);
    recorder.ready = new Promise(() => {});
    await clock.advanceAsync(MINUTE_MS);
    await clock.advanceAsync(9_999);
    expect(recorder.armed).toBe(true);
    await clock.advanceAsync(1);
    expect(recorder.armed).toBe(false);
    expect(finished).toEqual(["a"]);
  });

  test("lets the engine's profiler go when its samples are used up, but ends when it should", async () => {
    const { clock, recorder, finished, service, task, begin } = setup();
    service.execute(task("a", 0, { maxSamplingCount: 1 }));
    const request = begin(ENDPOINT);
    await clock.advanceAsync(100);
    request.end();
    await settle();
    expect(recorder.calls).toEqual(["arm", "disarm"]);
    expect(finished).toEqual([]);
    await clock.advanceAsync(MINUTE_MS);
    expect(recorder.calls).toEqual(["arm", "disarm"]);
    expect(finished).toEqual(["a"]);
  });
});

describe("refusals", () => {
  test("name the task and the reason, and report nothing", async () => {
    const { clock, recorder, lines, finished, service, task } = setup();
    service.execute(task("late", -MINUTE_MS));
    service.execute(task("long", 0, { durationMs: 16 * MINUTE_MS }));
    service.execute(task("nan", 0, { durationMs: Number.NaN }));
    expect(lines).toEqual([
      "[sw-agent] WARN Cannot run profile task late of GET:/slow: its time is over",
      "[sw-agent] WARN Cannot run profile task long of GET:/slow: its duration is 16 min, expected 1 to 15",
      "[sw-agent] WARN Cannot run profile task nan of GET:/slow: its duration is NaN min, expected 1 to 15",
    ]);
    await clock.advanceAsync(MINUTE_MS);
    expect([recorder.calls, finished, clock.pending]).toEqual([[], [], 0]);
  });

  test("of a runtime that cannot sample say why", () => {
    const { recorder, lines, finished, service, task } = setup();
    recorder.reason = "--allow-sys is missing";
    service.execute(task("a"));
    expect(lines).toEqual(["[sw-agent] WARN Cannot run profile task a of GET:/slow: --allow-sys is missing"]);
    expect([recorder.calls, finished]).toEqual([[], []]);
  });

  test("of a recorder that fails to start leave room for the next task", () => {
    const { recorder, lines, service, task, begin } = setup();
    recorder.failures.set("arm", new Error("inspector in use"));
    service.execute(task("a"));
    expect(lines).toEqual([
      "[sw-agent] ERROR Cannot run profile task a of GET:/slow: Error: inspector in use",
    ]);
    recorder.failures.clear();
    service.execute(task("b"));
    expect(begin(ENDPOINT).segment.watched).toBe(true);
  });

  test("meet a task that overlaps with one that waits or runs, and not one beside it", async () => {
    const { clock, lines, service, task } = setup();
    service.execute(task("running"));
    service.execute(task("waiting", 2 * MINUTE_MS));
    lines.length = 0;
    service.execute(task("in the running one", MINUTE_MS - 1));
    service.execute(task("over both", 1, { durationMs: 5 * MINUTE_MS }));
    service.execute(task("into the waiting one", MINUTE_MS + 1));
    service.execute(task("out of the waiting one", 3 * MINUTE_MS - 1));
    expect(lines.map((line) => line.split(": ").at(-1))).toEqual([
      "it overlaps with task running",
      "it overlaps with task running",
      "it overlaps with task waiting",
      "it overlaps with task waiting",
    ]);
    lines.length = 0;
    service.execute(task("between", MINUTE_MS));
    service.execute(task("after", 3 * MINUTE_MS));
    expect(lines).toEqual([]);
    await clock.advanceAsync(10);
  });

  test("bound the tasks that wait", () => {
    const { lines, service, task } = setup();
    for (let i = 0; i < 16; i++) service.execute(task(`t${i}`, (i + 1) * MINUTE_MS));
    expect(lines).toEqual([]);
    service.execute(task("t16", 17 * MINUTE_MS));
    expect(lines.length).toBe(1);
    expect(lines[0]).toEndWith("16 tasks wait already");
  });
});

describe("a task after another", () => {
  test("may begin at the very instant the first ends", async () => {
    const { clock, recorder, finished, service, task, begin } = setup();
    service.execute(task("second", MINUTE_MS));
    service.execute(task("first"));
    begin(ENDPOINT);
    await clock.advanceAsync(MINUTE_MS);
    expect(finished).toEqual(["first"]);
    expect(recorder.armed).toBe(true);
    expect(recorder.unfinished).toEqual([]);
    expect(begin(ENDPOINT).segment.watched).toBe(true);
    await clock.advanceAsync(MINUTE_MS);
    expect(finished).toEqual(["first", "second"]);
    expect(recorder.armed).toBe(false);
    expect(clock.pending).toBe(0);
  });

  test("keeps its profiler when the first one's last snapshots come late", async () => {
    const { clock, recorder, finished, service, task, begin } = setup();
    service.execute(task("first"));
    service.execute(task("second", MINUTE_MS));
    begin(ENDPOINT);
    const gate = Promise.withResolvers<void>();
    recorder.ready = gate.promise;
    await clock.advanceAsync(MINUTE_MS);
    gate.resolve();
    await settle();
    expect(finished).toEqual(["first"]);
    expect(recorder.armed).toBe(true);
    await clock.advanceAsync(MINUTE_MS);
    expect(recorder.armed).toBe(false);
  });

  test("is not stopped by a late timer of the first, and sends only its own requests", async () => {
    const { clock, recorder, sent, service, task, begin } = setup();
    service.execute(task("first"));
    const old = begin(ENDPOINT);
    await clock.advanceAsync(MINUTE_MS);
    service.execute(task("second"));
    const request = begin(ENDPOINT);
    old.end();
    await clock.advanceAsync(MINUTE_MS - 1);
    expect(recorder.unfinished.map(({ segment }) => segment)).toEqual([request.segment]);
    request.end();
    await settle();
    expect(sent.map(({ taskId, traceSegmentId }) => `${taskId} ${traceSegmentId}`)).toEqual([
      `first ${old.segment.id}`,
      `first ${old.segment.id}`,
      `second ${request.segment.id}`,
      `second ${request.segment.id}`,
    ]);
  });
});

describe("the report of the end", () => {
  test("is tried again with growing pauses", async () => {
    const { clock, finished, state, service, task } = setup();
    state.failures = 3;
    service.execute(task("a"));
    await clock.advanceAsync(MINUTE_MS);
    expect(state.reports).toBe(1);
    for (const pause of [1_000, 2_000, 4_000]) {
      const before = state.reports;
      await clock.advanceAsync(pause - 1);
      expect(state.reports).toBe(before);
      await clock.advanceAsync(1);
      expect(state.reports).toBe(before + 1);
    }
    expect(finished).toEqual(["a"]);
    expect(clock.pending).toBe(0);
  });

  test("is given up after five tries, with one line", async () => {
    const { clock, finished, state, lines, service, task } = setup();
    state.failures = 100;
    service.execute(task("a"));
    await clock.advanceAsync(5 * MINUTE_MS, 1_000);
    expect([state.reports, finished]).toEqual([5, []]);
    expect(lines).toEqual(["[sw-agent] WARN Cannot report the end of profile task a: Error: unavailable"]);
    expect(clock.pending).toBe(0);
  });
});

describe("shutdown", () => {
  test("ends the running task, delivers it, and forgets the waiting one", async () => {
    const { clock, recorder, sent, finished, service, task, begin } = setup();
    service.execute(task("running"));
    service.execute(task("waiting", 2 * MINUTE_MS));
    begin(ENDPOINT);
    clock.advance(100);
    await Promise.all([service.shutdown(), service.shutdown()]);
    await service.shutdown();
    expect([sent.length, finished]).toEqual([2, ["running"]]);
    expect(recorder.calls).toEqual(["arm", "disarm"]);
    expect(recorder.unfinished).toEqual([]);
    expect(clock.pending).toBe(0);
    service.execute(task("next"));
    expect(begin(ENDPOINT).segment.watched).toBe(false);
    await clock.advanceAsync(10 * MINUTE_MS);
    expect(recorder.calls).toEqual(["arm", "disarm"]);
  });

  test("tries the report once, also one that was pausing", async () => {
    const { clock, state, service, task } = setup();
    state.failures = 100;
    service.execute(task("first"));
    await clock.advanceAsync(MINUTE_MS);
    expect(state.reports).toBe(1);
    service.execute(task("second"));
    await service.shutdown();
    expect(state.reports).toBe(3);
    expect(clock.pending).toBe(0);
  });

  test("without a task has nothing to wait for", async () => {
    const { recorder, finished, service } = setup();
    await service.shutdown();
    expect([recorder.calls, finished]).toEqual([[], []]);
  });
});

test("a recorder that fails never reaches the host, and says so once", () => {
  const { recorder, lines, service, task, begin } = setup();
  service.execute(task("a"));
  recorder.failures.set("open", new Error("broken"));
  expect(() => {
    begin(ENDPOINT).end();
    begin(ENDPOINT).end();
  }).not.toThrow();
  expect(lines).toEqual(["[sw-agent] ERROR Cannot profile a segment: Error: broken"]);
  recorder.failures.clear();
  expect(begin(ENDPOINT).segment.watched).toBe(true);
});

test("a recorder that fails to stop does not keep the end from being reported", async () => {
  const { clock, recorder, lines, finished, service, task } = setup();
  service.execute(task("a"));
  recorder.failures.set("disarm", new Error("broken"));
  await clock.advanceAsync(MINUTE_MS);
  expect(finished).toEqual(["a"]);
  expect(lines).toEqual(["[sw-agent] ERROR Cannot stop the recorder: Error: broken"]);
});
