// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { createLogger } from "../../lib/log.ts";
import { createRecorder } from "../../lib/profile/recorder.ts";
import type {
  AwaitObserver,
  CpuSample,
  CpuSampler,
  Frame,
  Host,
  Runtime,
  StackReader,
  Wait,
  WaitFrequency,
} from "../../lib/runtime/runtime.ts";
import type { Segment } from "../../lib/trace/segment.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { requests } from "../support/requests.ts";

const NOBODY = { started() {}, renamed() {}, ended() {} };
const FRAMES: readonly Frame[] = [
  { name: "load", file: "/app/load.js", line: 3, column: 1, declaredLine: 0, isAsync: false, code: "" },
];

const NO_SOURCES: Pick<Host, "cwd" | "readSource"> = { cwd: "/app", readSource: () => undefined };

/** Samples what it is told to, and tells how often it was drained. */
class FakeSampler implements CpuSampler {
  readonly intervalMs = 7;
  drainPeriodMs = 1_000;
  /** The period while a recording is open, where that is another one. */
  openPeriodMs: number | undefined;
  drains = 0;
  #recordings = 0;
  #idlePeriodMs = 0;
  unavailable = () => undefined;
  caveat = () => undefined;
  take: (batch: readonly CpuSample[]) => void = () => {};
  stop = () => {};
  start(onSamples: (batch: readonly CpuSample[]) => void) {
    this.take = onSamples;
    return 0;
  }
  async drain() {
    this.drains++;
  }
  resume() {
    if (this.#recordings++ > 0 || this.openPeriodMs === undefined) return;
    this.#idlePeriodMs = this.drainPeriodMs;
    this.drainPeriodMs = this.openPeriodMs;
  }
  pause() {
    if (--this.#recordings === 0 && this.openPeriodMs !== undefined) this.drainPeriodMs = this.#idlePeriodMs;
  }
}

function setup(stacks: Partial<StackReader> = {}) {
  const clock = new FakeClock();
  const sampler = new FakeSampler();
  let observer: AwaitObserver | undefined;
  const calls: string[] = [];
  const runtime: Runtime = {
    clock: { now: () => clock.now(), epochOffset: () => clock.epochOffset() },
    timers: clock,
    sampler,
    stacks: { share: 1, tellsCallers: true, frames: () => FRAMES, ...stacks },
    tracker: {
      install() {},
      prepare: () => void calls.push("prepare"),
      enter() {},
      leave() {},
      stop() {},
      start(given: AwaitObserver) {
        calls.push("start");
        observer = given;
      },
    },
    host: NO_SOURCES as Host,
  };
  const lines: string[] = [];
  const recorder = createRecorder({
    runtime,
    log: createLogger({ level: "warn", write: (line) => void lines.push(line), now: () => 0 }),
    currentSegment: () => undefined,
  });
  return {
    clock,
    sampler,
    recorder,
    request: requests(clock, NOBODY),
    observer: () => observer,
    calls,
    lines,
  };
}

test("what takes its time before waits can be followed is done as a task starts, not in a request", () => {
  const { recorder, request, calls } = setup();
  recorder.arm();
  expect(calls).toEqual(["prepare"]);
  recorder.open(request("GET:/").segment).discard();
  expect(calls).toEqual(["prepare", "start"]);
});

test("what the tracker could not note is logged, once", () => {
  const { recorder, request, observer, lines } = setup();
  recorder.open(request("GET:/").segment);
  for (const message of ["used up", "used up again"]) observer()?.onFailure(new RangeError(message));
  const said = "Could not see all that profiled requests waited for: RangeError: used up";
  expect(lines).toEqual([expect.stringContaining(said)]);
  expect(lines[0]?.endsWith(said)).toBe(true);
});

/** What a request is told to wait for before it goes on for an unknown reason, where many of a frequency were refused. */
async function waitedForAfter(frequency: WaitFrequency): Promise<string | undefined> {
  const frame = (name: string, file = "/app/load.js"): Frame => ({
    ...(FRAMES[0] as Frame),
    name,
    file,
    declaredLine: 1,
  });
  const { clock, recorder, request, observer } = setup({
    frames: (trace) => (trace as { frames: Frame[] }).frames,
  });
  recorder.arm();
  const { segment } = request("GET:/");
  const recording = recorder.open(segment);
  const wait = (kind: string, dueAt: number | undefined, ...frames: Frame[]): Wait => {
    const added = { at: clock.now(), kind, dueAt, callersOnly: false, trace: { frames }, parent: undefined };
    observer()?.onWait(segment, added);
    return added;
  };
  const run = async (ended: Wait | undefined, during?: () => Wait): Promise<Wait | undefined> => {
    observer()?.onThread(clock.now(), segment, ended, undefined);
    const registered = during?.();
    await clock.advanceAsync(2);
    observer()?.onThread(clock.now(), undefined, undefined, undefined);
    await clock.advanceAsync(10);
    return registered;
  };
  const read = await run(undefined, () => {
    for (let i = 0; i < 300; i++) observer()?.wantsWait(segment, frequency, "a", 0);
    wait("setTimeout", clock.now() + 5_000, frame("setTimeout", "node:timers"), frame("h"));
    return wait("await", undefined, frame("next", "node:stream"), frame("read"), frame("h"));
  });
  const tick = await run(read, () => wait("nextTick", undefined, frame("more", "node:stream")));
  await run(tick);
  const at = clock.now() + clock.epochOffset() - 5;
  await run(undefined);
  const told = recording.snapshots({ taskId: "1", periodMs: 1, maxDepth: 50 });
  await clock.advanceAsync(2_000, 10);
  return (await told).findLast(({ time }) => time <= at)?.codeSignatures.at(-1);
}

test("what nobody waits for leaves no doubt about what a request waits for, where it is not captured", async () => {
  for (const frequency of ["entry", "settled"] as const)
    expect(await waitedForAfter(frequency)).toStartWith("(waiting for setTimeout ");
  expect(await waitedForAfter("await")).toStartWith("(waiting for stream.next ");
});

test("who had the thread is known of a request that is told while the next one is watched", async () => {
  const { clock, sampler, recorder, request, observer } = setup();
  recorder.arm();
  const sample = () => sampler.take([{ at: clock.now(), state: "js", frames: FRAMES }]);
  /** A request that waits for a timer of 10 ms, and goes on after 14. */
  const watch = async (name: string, other: Segment | undefined) => {
    const { segment } = request(name);
    const recording = recorder.open(segment);
    const at = clock.now();
    const registered = { at, kind: "setTimeout", dueAt: at + 10, callersOnly: false };
    const timer: Wait = { ...registered, trace: FRAMES, parent: undefined };
    observer()?.onThread(at, segment, undefined, undefined);
    observer()?.onWait(segment, timer);
    observer()?.onThread(at, undefined, undefined, undefined);
    await clock.advanceAsync(10);
    if (other) observer()?.onThread(clock.now(), other, undefined, undefined);
    await clock.advanceAsync(2);
    if (!other) sample();
    await clock.advanceAsync(2);
    observer()?.onThread(clock.now(), segment, timer, undefined);
    await clock.advanceAsync(2);
    return { snapshots: recording.snapshots({ taskId: "1", periodMs: 10, maxDepth: 50 }) };
  };
  const first = await watch("GET:/1", undefined);
  // What runs when it has ended is not it, nor is the same function before.
  await clock.advanceAsync(1);
  sample();
  await clock.advanceAsync(1);
  const second = await watch("GET:/2", request("GET:/other").segment);
  const third = await watch("GET:/3", undefined);
  await clock.advanceAsync(1_000, 10);
  const holders = async ({ snapshots }: typeof first) => [
    ...new Set((await snapshots).flatMap((s) => s.codeSignatures.filter((leaf) => leaf.startsWith("(held")))),
  ];
  expect(await holders(first)).toEqual(["(held by event loop)"]);
  expect(await holders(second)).toEqual(["(held by GET:/other)"]);
  expect(await holders(third)).toEqual(["(held by event loop)"]);
});

describe("what was sampled is taken", () => {
  test("as often as the sampler says at that time, while a task runs, watched or not", async () => {
    const { clock, sampler, recorder, request } = setup();
    await clock.advanceAsync(5_000, 100);
    expect(sampler.drains).toBe(0);
    recorder.arm();
    await clock.advanceAsync(3_000, 100);
    expect(sampler.drains).toBe(3);
    sampler.drainPeriodMs = 100;
    await clock.advanceAsync(2_000, 100);
    expect(sampler.drains).toBe(3 + 1 + 10);
    recorder.disarm();
    await clock.advanceAsync(5_000, 100);
    expect(sampler.drains).toBe(14);
    expect(clock.pending).toBe(0);
    recorder.open(request("GET:/").segment).discard();
    expect(clock.pending).toBe(0);
  });

  test("sooner, where a recording makes the sampler ask for that", async () => {
    const { clock, sampler, recorder, request } = setup();
    sampler.openPeriodMs = 16;
    recorder.arm();
    await clock.advanceAsync(100);
    const recording = recorder.open(request("GET:/").segment);
    await clock.advanceAsync(160, 16);
    expect(sampler.drains).toBe(10);
    recording.discard();
    await clock.advanceAsync(800, 16);
    expect(sampler.drains).toBe(11);
  });

  test("also where requests begin and are forgotten all the time", async () => {
    const { clock, sampler, recorder, request } = setup();
    recorder.arm();
    for (let i = 0; i < 1_000; i++) {
      const recording = recorder.open(request("GET:/").segment);
      await clock.advanceAsync(5);
      recording.discard();
    }
    expect(sampler.drains).toBe(5);
  });
});

describe.each([true, false])(
  "a request that waits where it waited before, callers told: %p",
  (tellsCallers) => {
    test("is captured less and less", async () => {
      const { clock, recorder, request, observer } = setup({ tellsCallers });
      recorder.arm();
      const { segment } = request("GET:/");
      recorder.open(segment);
      /** Every 50 ms a run with forty awaits. */
      const capturedIn = async (ms: number) => {
        let captured = 0;
        let woken: Wait | undefined;
        for (let at = 0; at < ms; at += 50) {
          observer()?.onThread(clock.now(), segment, woken, undefined);
          for (let i = 0; i < 40; i++) {
            if (!observer()?.wantsWait(segment, "await", "await", 1)) continue;
            captured++;
            const wait = {
              at: clock.now(),
              kind: "await",
              dueAt: undefined,
              callersOnly: false,
              trace: {},
              parent: undefined,
            };
            observer()?.onWait(segment, wait);
            woken = wait;
          }
          await clock.advanceAsync(1);
          observer()?.onThread(clock.now(), undefined, undefined, undefined);
          await clock.advanceAsync(49, 1);
        }
        return captured;
      };
      const first = await capturedIn(1_000);
      await capturedIn(9_000);
      const later = await capturedIn(1_000);
      expect(first).toBeGreaterThan(300);
      expect(later).toBeLessThan(first / 8);
      expect(later).toBeGreaterThanOrEqual(20);
    });
  },
);

/** Something else comes before the first ones never, and before others without a period. */
function isBetween(i: number): boolean {
  return i > 1 && (Math.imul(i * i, 0x9e3779b1) >>> 16) % 4 === 0;
}

/** How many waits are captured after a function went on which had registered the first of these, before another went on. */
function capturedAfter(kinds: readonly string[], isRefusedLast: boolean, endsRun: boolean): number {
  const { recorder, request, observer, clock } = setup();
  const { segment } = request("GET:/");
  recorder.open(segment);
  const at = clock.now();
  // With others between them, in no order that comes again: of a loop less is captured.
  const asks = (count: number, frequency: WaitFrequency, resumed = 0): number =>
    Array.from({ length: count }, (_, i) => {
      if (isBetween(i)) observer()?.wantsWait(segment, "entry", "a", 0);
      return observer()?.wantsWait(segment, frequency, "a", i === 0 ? resumed : 0);
    }).filter(Boolean).length;
  asks(200, "tick");
  const thread = (ended?: Wait): void => {
    observer()?.onThread(at, segment, ended, undefined);
    observer()?.onThread(at, undefined, undefined, undefined);
  };
  thread();
  const waits = kinds.map((kind): Wait => {
    asks(1, "await");
    const wait = { at, kind, dueAt: undefined, callersOnly: false, trace: {}, parent: undefined };
    observer()?.onWait(segment, wait);
    return wait;
  });
  if (isRefusedLast) asks(1, "tick");
  if (endsRun) thread({ ...(waits[0] as Wait) });
  asks(900, "await", endsRun ? 0 : 2);
  thread(waits[0]);
  return asks(60, "await", 2);
}

test("of a loop that never pauses little is captured, and all the more of what follows it", () => {
  const { recorder, request, observer } = setup();
  const { segment } = request("GET:/");
  recorder.open(segment);
  const captured = (count: number, resumedOf: (i: number) => number): number =>
    Array.from({ length: count }, (_, i) =>
      observer()?.wantsWait(segment, "await", "a", resumedOf(i)),
    ).filter(Boolean).length;
  // Its first 32, those up to where it is looked for, and eight of the others.
  expect(captured(1_000, (i) => i % 3)).toBe(48 + 8);
  expect(captured(140, (i) => Number(isBetween(i)))).toBe(140);
});

test("the last four waits before another function goes on are those of outer functions, but for microtasks", () => {
  const awaits = (count: number) => Array.from({ length: count }, () => "await");
  for (const endsRun of [false, true]) {
    expect(capturedAfter(awaits(4), false, endsRun)).toBe(48);
    expect(capturedAfter(awaits(5), false, endsRun)).toBe(16);
    expect(capturedAfter(awaits(4), true, endsRun)).toBe(16);
    expect(capturedAfter(["nextTick"], false, endsRun)).toBe(16);
  }
});
