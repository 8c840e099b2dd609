// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { finished } from "../../../lib/base/steps.ts";
import { CodeSignatures } from "../../../lib/profile/code/code_signature.ts";
import { LogicalStacks } from "../../../lib/profile/stack/logical_stack.ts";
import { SampleLog } from "../../../lib/profile/timeline/sample_log.ts";
import { ThreadLog } from "../../../lib/profile/timeline/thread_log.ts";
import { Timeline } from "../../../lib/profile/timeline/timeline.ts";
import type { CpuSample, Flow, Frame, SampleState, Wait } from "../../../lib/runtime/runtime.ts";

/** `f` is a function of the app, `f:9` at a line of its own, `f:9:4` at a column, `~f` one that awaits, `name!` one of the runtime, `net/name!` of a module of it, `name!!` of the engine; innermost first. */
function frames(stack: string): Frame[] {
  return stack
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const [name = "", module = "builtin"] = word
        .replace(/[~!]|(?::\d+)+$/g, "")
        .split("/")
        .toReversed();
      return {
        name,
        file: word.endsWith("!!") ? "" : word.endsWith("!") ? `node:${module}` : "/app/a.ts",
        line: Number(/:(\d+)/.exec(word)?.[1] ?? 5),
        column: Number(/:\d+:(\d+)$/.exec(word)?.[1] ?? 0),
        declaredLine: 1,
        isAsync: word.startsWith("~"),
        code: "",
      };
    });
}

/** No text is to be had: the engine's word counts. */
const TEXTLESS = {
  readSource: () => undefined,
  readMap: () => undefined,
  findMap: () => undefined,
  baseDir: "/app",
};

/** A change of who has the thread. */
interface ThreadEntry {
  readonly at: number;
  readonly flow: Flow | undefined;
  readonly ended: Wait | undefined;
  readonly holder: string | undefined;
}

/** A request that is told by what was scripted, as lines `from-to stack`, outermost first. */
class Script {
  readonly flow: Flow = { name: "GET:/mine" };
  readonly thread: ThreadEntry[] = [];
  readonly waits: Wait[] = [];
  readonly samples: CpuSample[] = [];
  /** What is told bit by bit is told so many milliseconds late. */
  lagMs = 0;
  readonly #end: number;
  readonly #isThinned: boolean;
  readonly #tellsCallers: boolean;

  /**
   * @param isThinned whether a short wait was refused at the start
   * @param tellsCallers whether the engine does
   */
  constructor(end: number, isThinned = false, tellsCallers = true) {
    this.#end = end;
    this.#isThinned = isThinned;
    this.#tellsCallers = tellsCallers;
  }

  wait(at: number, kind: string, stack: string, more: Partial<Wait> = {}): Wait {
    const trace = { stack };
    const wait: Wait = { at, kind, dueAt: undefined, trace, callersOnly: false, parent: undefined, ...more };
    this.waits.push(wait);
    return wait;
  }

  run(at: number, until: number, ended?: Wait): void {
    this.thread.push({ at, flow: this.flow, ended, holder: undefined });
    this.thread.push({ at: until, flow: undefined, ended: undefined, holder: undefined });
  }

  held(at: number, until: number, by: Flow | undefined, holder?: string): void {
    this.thread.push({ at, flow: by, ended: undefined, holder });
    this.thread.push({ at: until, flow: undefined, ended: undefined, holder: undefined });
  }

  sample(at: number, stack: string, state: SampleState = "js"): void {
    this.samples.push({ at, state, frames: frames(stack) });
  }

  /** Tells it, bit by bit at the instants given. */
  tell(...instants: number[]): string[] {
    const signatures = new CodeSignatures(TEXTLESS);
    const reader = {
      tellsCallers: this.#tellsCallers,
      frames: (trace: object) => frames((trace as { stack: string }).stack),
    };
    const samples = new SampleLog(1_000);
    const thread = new ThreadLog({
      nameOf: (flow) => (flow as { name: string }).name,
      onRun: (flow, run) => {
        if (flow === this.flow) timeline.ran(run);
      },
    });
    const timeline = new Timeline({
      startedAt: 0,
      root: () => "(request)",
      thread,
      samples,
      stacks: new LogicalStacks(reader, signatures),
      epochOffset: 0,
      intervalMs: 5,
    });
    if (this.#isThinned) timeline.refused();
    const events = [...this.waits, ...this.thread].sort((a, b) => a.at - b.at);
    let from = Number.NEGATIVE_INFINITY;
    for (const to of [...instants, this.#end]) {
      const isNew = ({ at }: { readonly at: number }) => at > from && at <= to;
      for (const event of events.filter(isNew)) {
        if ("kind" in event) timeline.waited(event);
        else thread.change(event.at, event.flow, event.ended, event.holder);
      }
      samples.add(this.samples.filter(isNew).sort((a, b) => a.at - b.at));
      if (to < this.#end) {
        thread.settle();
        finished(timeline.unpack());
        finished(timeline.advance(to - this.lagMs));
        samples.trim(timeline.toldUntil);
      }
      from = to;
    }
    thread.cut(this.#end);
    return finished(timeline.finish(this.#end)).map(({ from, to, stack }) =>
      `${from}-${to} ${stack.slice(1).join(" > ")}`.replaceAll(" (a.ts:1)", "").trim(),
    );
  }
}

const other = { name: "GET:/other" };

/** What stands for a call where the runtime calls back. */
function called(call: Wait): Wait {
  const { at, kind } = call;
  const trace = { stack: "" };
  return { at, kind, dueAt: undefined, trace, callersOnly: false, parent: undefined, cause: call };
}

describe("Timeline: running", () => {
  test("puts the edge of two samples halfway between them, and the outer ones up to the run's ends", () => {
    const script = new Script(20);
    script.run(0, 20);
    script.sample(4, "a h");
    script.sample(9, "a h");
    script.sample(14, "b h");
    expect(script.tell()).toEqual([
      "0-4 h > a",
      "4-6.5 h > a",
      "6.5-9 h > a",
      "9-11.5 h > a",
      "11.5-14 h > b",
      "14-20 h > b",
    ]);
  });

  test("puts an edge where an async function was entered, and lets the sample before extend up to it", () => {
    const script = new Script(20);
    script.run(0, 20);
    script.sample(4, "a h");
    script.wait(6, "await", "b h");
    script.sample(14, "c b h");
    expect(script.tell()).toEqual(["0-4 h > a", "4-6 h > a", "6-14 h > b > c", "14-20 h > b > c"]);
  });

  test("between two known instants tells what both share", () => {
    const script = new Script(10);
    script.run(0, 10);
    script.wait(2, "await", "b a h");
    script.wait(8, "await", "c a h");
    expect(script.tell()).toEqual(["0-2 h", "2-8 h > a", "8-10 h > a > c"]);
  });

  test("gives a resumed sample the callers of the wait that ended, once", () => {
    const script = new Script(30);
    script.run(0, 2);
    const wait = script.wait(1, "await", "inner outer h");
    script.run(10, 30, wait);
    script.sample(14, "burn inner");
    expect(script.tell().slice(-2)).toEqual([
      "10-14 h > outer > inner > burn",
      "14-30 h > outer > inner > burn",
    ]);
  });

  test("hangs a callback below what registered it", () => {
    const script = new Script(30);
    script.run(0, 2);
    const timer = script.wait(1, "setTimeout", "setTimeout! h", { dueAt: 10 });
    script.run(10, 30, timer);
    script.sample(14, "burn callback");
    expect(script.tell().at(-1)).toBe("14-30 h > callback > burn");
  });

  test("hangs a callback of `then` below the function that gave it, which did not wait", () => {
    const script = new Script(40);
    script.run(0, 2);
    const given = script.wait(1, "await", "then! chain h");
    script.run(10, 12, given);
    const timer = script.wait(11, "setTimeout", "setTimeout! second ~h", { parent: given });
    script.run(30, 40, timer);
    expect(script.tell()).toContain("12-30 h > chain > second > (waiting for setTimeout a.ts:5)");
  });

  test("takes for what woke code, where that is not known, what woke its run, or else the last one that did", () => {
    const script = new Script(60);
    script.run(0, 2);
    script.run(10, 12, script.wait(1, "await", "one locked h"));
    script.run(30, 32, script.wait(11, "setTimeout", "setTimeout! two"));
    script.run(40, 42);
    script.run(50, 60, script.wait(41, "setTimeout", "setTimeout! three"));
    const told = script.tell();
    expect(told).toContain("12-30 h > locked > one > two > (waiting for setTimeout a.ts:5)");
    expect(told).toContain("42-50 h > locked > one > two > three > (waiting for setTimeout a.ts:5)");
  });

  test("grafts non-async callers, which V8 leaves out after the first await", () => {
    const script = new Script(40);
    script.run(0, 2);
    const first = script.wait(1, "await", "work layer router");
    script.run(10, 12, first);
    const second = script.wait(11, "await", "deep work", { parent: first });
    script.run(30, 40, second);
    expect(script.tell()).toContain("12-30 router > layer > work > deep > (waiting for await a.ts:5)");
  });

  test("keeps the depth of a recursion of async functions", () => {
    const script = new Script(40);
    script.run(0, 2);
    const first = script.wait(1, "await", "f f f h");
    script.run(10, 12, first);
    const again = script.wait(11, "await", "f ~f ~f ~h", { parent: first });
    script.run(30, 40, again);
    expect(script.tell()).toContain("12-30 h > f > f > f > (waiting for await a.ts:5)");
  });

  test("continues what was known through garbage collection and native code, and names them", () => {
    const script = new Script(20);
    script.run(0, 20);
    script.sample(4, "a h");
    script.sample(9, "", "gc");
    script.sample(14, "parse! a h");
    const told = script.tell();
    expect(told).toContain("6.5-9 h > a > (garbage collector)");
    expect(told).toContain("14-20 h > a > (native parse)");
  });

  test("tells such a burst as those where it is known what woke the request, if there are any", () => {
    const script = new Script(60, true);
    script.run(0, 2);
    let woken = script.wait(1, "await", "loop h");
    for (const at of [10, 20, 30, 40, 50]) {
      script.run(at, at + 4, at === 20 ? undefined : woken);
      if (at === 10) script.sample(at + 2, "burst loop");
      if (at === 20) script.sample(at + 2, "other h");
      woken = script.wait(at + 4, "await", "loop h", { parent: woken });
    }
    const told = script.tell().filter((line) => /other|burst/.test(line));
    expect(told.slice(2)).toEqual([
      "20-22 h > other",
      "22-24 h > other",
      "30-34 h > loop > burst",
      "40-44 h > loop > burst",
      "50-54 h > loop > burst",
    ]);
  });

  test("tells a burst that was not sampled as those between the same places that were", () => {
    const script = new Script(60);
    script.run(0, 2);
    let woken = script.wait(1, "await", "loop h");
    for (const [i, at] of [10, 20, 30, 40].entries()) {
      script.run(at, at + 4, woken);
      if (i % 3 === 0) script.sample(at + 2, "burst loop");
      woken = script.wait(at + 4, "await", "loop h", { parent: woken });
    }
    script.run(50, 60, woken);
    expect(script.tell().filter((line) => line.includes("burst"))).toEqual([
      "10-12 h > loop > burst",
      "12-14 h > loop > burst",
      "20-24 h > loop > burst",
      "30-34 h > loop > burst",
      "40-42 h > loop > burst",
      "42-44 h > loop > burst",
    ]);
  });

  test.each([
    [31, "h"],
    [32, "h > loop"],
  ])("tells what goes on at once %i times, and is not captured, as %s", (hops, told) => {
    const script = new Script(60, true);
    script.run(0, 2);
    const loop = script.wait(1, "await", "loop h");
    const on = (turn: number): number => 10 + turn / 10;
    for (let turn = 0; turn <= hops; turn++)
      script.run(on(turn), on(turn + 1), turn === 0 ? loop : undefined);
    script.wait(on(hops + 1), "await", "other h");
    expect(script.tell()).toContain(`10-${on(hops + 1)} ${told}`);
  });

  test("tells the last burst of a loop, after which something else waits, as those from the same place", () => {
    const script = new Script(60);
    script.run(0, 2);
    const first = script.wait(1, "await", "loop h");
    script.run(10, 14, first);
    script.sample(12, "burst loop");
    const last = script.wait(14, "await", "loop h", { parent: first });
    script.run(20, 24, last);
    const other = script.wait(24, "await", "other h", { parent: last });
    script.run(30, 34, other);
    script.sample(32, "third h");
    // What was sampled from there is no call of it, and not from that line.
    script.run(40, 44, script.wait(34, "await", "other h:7", { parent: other }));
    script.wait(44, "await", "fourth h");
    const told = script.tell();
    expect(told).toContain("20-24 h > loop > burst");
    expect(told).toContain("40-44 h");
  });

  test.each([
    ["loop h", "20-24 h > loop > burst"],
    // From another line it may go on with anything, and in minified code from another column.
    ["loop:7 h", "20-24 h"],
    ["loop:5:7 h", "20-24 h"],
  ])("tells it so as well where what it waited for is a call, made by %s", (callers, told) => {
    const script = new Script(40);
    script.run(0, 2);
    const first = script.wait(1, "setTimeout", "setTimeout! make loop h", { dueAt: 10 });
    script.run(10, 14, first);
    script.sample(12, "burst loop");
    const last = script.wait(14, "setTimeout", `setTimeout! make ${callers}`, { dueAt: 20 });
    script.run(20, 24, last);
    script.wait(24, "await", "other h");
    expect(script.tell()).toContain(told);
  });

  test.each([
    ["loop h", 8, "30-31 h > loop > burst"],
    ["loop h", 8.1, "30-31 h > loop"],
    ["loop h:9", 8, "30-31 h > loop > burst"],
    ["loop h:9", 8.1, "30-31 h > loop"],
    ["make loop h", 8, "30-31 h > loop > burst"],
    ["make loop h", 8.1, "30-31 h > loop"],
  ])("tells it after %s so only if what was sampled is no eight times as long: %d ms", (at, ms, told) => {
    const script = new Script(60);
    script.run(0, 2);
    const first = script.wait(1, "await", at);
    script.run(10, 10 + ms, first);
    script.sample(12, "burst loop h");
    const last = script.wait(10 + ms, "await", at, { parent: first });
    script.run(30, 31, last);
    script.wait(31, "await", at.endsWith("9") ? at : "more loop h", { parent: last });
    expect(script.tell()).toContain(told);
  });

  test.each([
    // A function that calls itself, by others or not, does the same at every depth.
    ["down down down h", "down down h", "20-24 h > down > down > burst"],
    ["down visit down visit down h", "down visit down h", "20-24 h > down > visit > down > burst"],
    // Another function's call may do something else.
    ["down down h", "down down other h", "20-24 h"],
    ["down visit down h", "down down h", "20-24 h"],
    ["down down h", "down:7 down h", "20-24 h"],
    ["down down h", "down:5:7 down h", "20-24 h"],
  ])("tells what goes on after %s as what was sampled after %s: %s", (sampled, at, told) => {
    const script = new Script(40);
    script.run(0, 2);
    const outer = script.wait(0.5, "await", "h");
    const unsampled = script.wait(1, "await", at);
    const deepest = script.wait(1.5, "await", sampled);
    script.run(10, 14, deepest);
    script.sample(12, "burst down");
    script.run(20, 24, unsampled);
    script.run(30, 34, outer);
    expect(script.tell()).toContain(told);
  });

  /** Runs of a loop, one after the other, each so long, and what is sampled in it. */
  function looped(...runs: readonly (readonly [ms: number, sampled?: string])[]): string[] {
    const script = new Script(300);
    script.run(0, 2);
    let woken = script.wait(1, "await", "loop h");
    for (const [i, [ms, sampled]] of runs.entries()) {
      const at = 10 + 10 * i;
      script.run(at, at + ms, woken);
      if (sampled) script.sample(at + ms / 2, `${sampled} loop`);
      woken = script.wait(at + ms, "await", "loop h", { parent: woken });
    }
    script.run(290, 300, woken);
    const told = script.tell();
    return runs.flatMap(([ms, sampled], i) => {
      const at = 10 + 10 * i;
      return sampled ? [] : told.filter((line) => line.startsWith(`${at}-${at + ms} `));
    });
  }

  test("tells it as what took about as long, or else as what took most nearly so", () => {
    const told = looped([4, "sort"], [8, "render"], [5], [5.5], [6], [6.25], [6.5], [2], [9.5]);
    expect(told).toEqual([
      "30-35 h > loop > sort",
      "40-45.5 h > loop > sort",
      "50-56 h > loop > render",
      "60-66.25 h > loop > render",
      "70-76.5 h > loop > render",
      "80-82 h > loop > sort",
      "90-99.5 h > loop > render",
    ]);
  });

  test("tells as much by each of the samples of about the same length", () => {
    const told = looped([4, "sort"], [5, "render"], [4.5], [4.5], [4.5], [4.5]);
    expect(told.map((line) => line.slice(line.lastIndexOf(" ") + 1))).toEqual([
      "sort",
      "render",
      "sort",
      "render",
    ]);
    // As much time, not as many intervals.
    const uneven = looped([8, "sort"], [8, "render"], [9.8], [7], [7], [7], [7]);
    expect(uneven.map((line) => line.slice(line.lastIndexOf(" ") + 1))).toEqual([
      "sort",
      "render",
      "render",
      "sort",
      "render",
    ]);
  });

  test("tells a burst of a loop whose waits are too many to capture as those that were sampled", () => {
    const script = new Script(60, true);
    script.run(0, 2);
    const first = script.wait(1, "await", "loop h");
    script.run(10.5, 11.3, first);
    script.sample(11, "burst loop");
    script.run(20, 24);
    script.run(30.95, 31.06);
    script.run(40.95, 41.04);
    script.run(50, 60);
    const told = script.tell();
    expect(told).toContain("20-24 h > loop > burst");
    // A tenth of a millisecond at least.
    expect(told).toContain("30.95-31.06 h > loop > burst");
    expect(told).toContain("40.95-41.04 h > loop");
    expect(told).toContain("50-60 h > loop");
  });

  test("has no wait between a callback and what it resolves", () => {
    const script = new Script(30);
    script.run(0, 3);
    const timer = script.wait(1, "setTimeout", "setTimeout! h", { dueAt: 9 });
    script.run(9, 9.95, timer);
    script.run(10.1, 30, script.wait(2, "await", "h"));
    expect(script.tell().slice(-2)).toEqual(["3-9 h > (waiting for setTimeout a.ts:5)", "9.95-30 h"]);
  });

  test("takes no sample of another request that ran between the two", () => {
    const script = new Script(30);
    script.run(0, 9.9);
    const tick = script.wait(9.9, "await", "h");
    script.held(9.91, 9.99, { name: "GET:/other" });
    script.sample(9.95, "burst other");
    script.run(10, 30, tick);
    script.sample(20, "render h");
    expect(script.tell()).toEqual(["0-9.9 h > render", "9.9-20 h > render", "20-30 h > render"]);
  });

  test.each([
    ["await", "h", "zip h", "h > zip"],
    // It has not left its function, or that waits for something else.
    ["nextTick", "tick! h", "zip h", "h"],
    ["await", "h", "zip h:9", "h"],
    ["await", "h", "h", "h"],
  ])(
    "tells what the runtime goes on with after %s of %s and before that of %s as %s",
    (kind, left, next, told) => {
      const script = new Script(60);
      script.run(0, 2);
      const first = script.wait(1, "await", "h");
      const inner = script.wait(10.5, "await", next);
      script.wait(10.6, kind, left);
      script.run(10, 16, first);
      script.run(30, 60, inner);
      expect(script.tell()).toContain(`10.6-16 ${told}`);
    },
  );

  test("leaves it to the function that awaits where it is not known what wakes the request next", () => {
    const script = new Script(60);
    script.run(0, 2);
    const first = script.wait(1, "await", "zip h");
    script.wait(10.6, "await", "h");
    script.run(10, 16, first);
    script.run(30, 60);
    expect(script.tell()).toContain("10.6-16 h");
  });

  test("leaves a burst to its function where none between the same places was sampled", () => {
    const script = new Script(30);
    script.run(0, 2);
    const first = script.wait(1, "await", "loop h");
    script.run(10, 14, first);
    const second = script.wait(14, "await", "other h", { parent: first });
    script.run(20, 24, second);
    script.sample(22, "burst other");
    expect(script.tell()).toContain("10-14 h");
  });

  test("leaves out a single sample without the app, but not a series of them", () => {
    const lone = new Script(20);
    lone.run(0, 20);
    lone.sample(4, "parser!");
    lone.sample(9, "a h");
    expect(lone.tell()).toEqual(["0-9 h > a", "9-20 h > a"]);
    const series = new Script(20);
    series.run(0, 20);
    series.sample(4, "parser!");
    series.sample(9, "parser!");
    series.sample(14, "a h");
    expect(series.tell()[0]).toBe("0-4 (native parser)");
  });
});

describe("Timeline: waiting", () => {
  test("names what was called, and the line that waits", () => {
    const script = new Script(30);
    script.run(0, 2);
    const timer = script.wait(1, "setTimeout", "Timeout! setTimeout! sleep h", { dueAt: 21 });
    script.run(21, 30, timer);
    expect(script.tell()).toContain("2-21 h > sleep > (waiting for setTimeout a.ts:5)");
  });

  test("names an await by what the runtime registered on the same line", () => {
    const script = new Script(30);
    script.run(0, 2);
    script.wait(1, "net", "connect! fetch! h");
    const wait = script.wait(1.5, "await", "h");
    script.run(20, 30, wait);
    expect(script.tell()).toContain("2-20 h > (waiting for fetch a.ts:5)");
  });

  test("names what was called where the runtime goes on with it", () => {
    const script = new Script(60);
    script.run(0, 2);
    const open = script.wait(1, "fs", "open! readFile! load h");
    script.run(10, 11, open);
    const read = script.wait(10.5, "fs", "read! ~load ~h", { parent: open });
    script.run(40, 41, read);
    const close = script.wait(40.5, "fs", "close! onReadEnd!", { parent: read });
    script.run(60, 60, close);
    const lines = script.tell();
    expect(lines).toContain("11-40 h > load > (waiting for readFile a.ts:5)");
    expect(lines).toContain("41-60 h > load > (waiting for readFile a.ts:5)");
  });

  test("takes the deepest open wait where what ended the gap has no code of the app", () => {
    const script = new Script(30);
    script.run(0, 2);
    script.wait(1, "await", "leaf h");
    script.wait(1.5, "await", "h");
    const socket = script.wait(1.7, "net", "onread!");
    script.run(20, 30, socket);
    expect(script.tell()).toContain("2-20 h > leaf > (waiting for await a.ts:5)");
  });

  test("does not take one that an earlier call left open, however deep, but what the latest await waits for", () => {
    const script = new Script(30);
    script.run(0, 1);
    script.wait(0.5, "nextTick", "resume! inner leaf early h");
    script.run(3, 4);
    script.wait(3.2, "setTimeout", "setTimeout! late ~h");
    script.wait(3.4, "await", "late ~h");
    script.wait(3.6, "await", "~h");
    const socket = script.wait(3.7, "net", "onread!");
    script.run(20, 30, socket);
    expect(script.tell()).toContain("4-20 h > late > (waiting for setTimeout a.ts:5)");
  });

  test("takes one that was begun earlier where the latest await waits for nothing else", () => {
    const script = new Script(30);
    script.run(0, 1);
    script.wait(0.5, "fs", "readFile! early h");
    script.run(3, 4);
    script.wait(3.6, "await", "~h");
    const socket = script.wait(3.7, "net", "onread!");
    script.run(20, 30, socket);
    expect(script.tell()).toContain("4-20 h > early > (waiting for readFile a.ts:5)");
  });

  /** `h` awaits `race`, whose winner ends at 10 and whose loser at 30, and then `next` up to 50. */
  function raced(): Script {
    const script = new Script(60);
    script.run(0, 2);
    const winner = script.wait(1, "setTimeout", "setTimeout! sleep race h", { dueAt: 10 });
    const loser = script.wait(1.1, "setTimeout", "setTimeout! sleep race h", { dueAt: 30 });
    const race = script.wait(1.2, "await", "race h");
    const h = script.wait(1.3, "await", "h");
    script.run(10, 10.1, winner);
    script.run(10.1, 10.2, race);
    script.run(10.2, 11, h);
    const timer = script.wait(10.5, "setTimeout", "setTimeout! sleep next ~h", { dueAt: 50 });
    script.wait(10.6, "await", "next ~h");
    script.wait(10.7, "await", "~h");
    script.run(30, 30.1, loser);
    script.run(50, 60, timer);
    return script;
  }
  const AFTER_RACE = [
    "11-30 h > next > sleep > (waiting for setTimeout a.ts:5)",
    "30.1-50 h > next > sleep > (waiting for setTimeout a.ts:5)",
  ];

  test("is for what was begun after a race, not for its loser", () => {
    const lines = raced().tell();
    expect(lines).toContain("2-10 h > race > sleep > (waiting for setTimeout a.ts:5)");
    expect(lines.filter((line) => line.includes("next > sleep > (waiting"))).toEqual(AFTER_RACE);
  });

  test("is not for the loser of a race either when the race was told before", () => {
    for (const at of [10.15, 20, 29]) {
      expect(
        raced()
          .tell(at)
          .filter((line) => line.includes("next > sleep > (waiting")),
      ).toEqual(AFTER_RACE);
    }
  });

  test("is not for the loser of a race where what ended the gap has no code of the app", () => {
    const script = new Script(60);
    script.run(0, 2);
    const winner = script.wait(1, "setTimeout", "setTimeout! sleep race h", { dueAt: 10 });
    script.wait(1.1, "setTimeout", "setTimeout! sleep! deep race h", { dueAt: 1_000 });
    const race = script.wait(1.2, "await", "race h");
    const h = script.wait(1.3, "await", "h");
    script.run(10, 10.1, winner);
    script.run(10.1, 10.2, race);
    script.run(10.2, 11, h);
    script.wait(10.6, "await", "next ~h");
    script.wait(10.7, "await", "~h");
    const socket = script.wait(10.8, "net", "onread!");
    script.run(50, 60, socket);
    expect(script.tell()).toContain("11-50 h > next > (waiting for await a.ts:5)");
  });

  /**
   * `h` begins `make`, which waits twice, goes on from something else at 3, and awaits `drain` up to 41. That ends by what
   * `make` waited for last, by what something else did, or by something unknown.
   *
   * @param goesOn by what `make` goes on: a timer's callback, an await of what ended, an await that itself is all that is
   * known to have ended, or nothing that is known, as with a connection
   */
  function begun(
    endsBy: "make" | "other" | "unknown",
    goesOn: "timer" | "await" | "await alone" | "unknown",
  ): Script {
    const script = new Script(50);
    const dueAt = (at: number) => (goesOn === "timer" ? at : undefined);
    script.run(0, 2);
    const other = script.wait(0.9, "setTimeout", "setTimeout! other h", { dueAt: 40.8 });
    const start = script.wait(1, "setImmediate", "setImmediate! make h", { dueAt: 1 });
    const early = script.wait(1.2, "await", "h");
    script.run(3, 3.2, early);
    script.wait(3.05, "await", "drain ~h");
    const drain = script.wait(3.1, "await", "drain ~h");
    script.wait(3.15, "await", "~h");
    script.run(4, 5, start);
    const head = script.wait(4.5, "fs", "readFile! head next", { parent: start, dueAt: dueAt(20) });
    const headed = script.wait(4.6, "await", "head next", { parent: start });
    script.run(20, 20.1, goesOn === "await alone" ? headed : head);
    script.run(20.1, 21, goesOn === "await" ? headed : undefined);
    const tail = script.wait(20.5, "fs", "readFile! tail next", { parent: headed, dueAt: dueAt(40) });
    const tailed = script.wait(20.6, "await", "tail next", { parent: headed });
    script.run(40, 40.1, tail);
    if (goesOn.startsWith("await")) script.run(40.1, 40.2, tailed);
    if (endsBy !== "make") script.run(40.8, 41, endsBy === "other" ? other : undefined);
    script.run(endsBy === "make" ? 40.2 : 41, 50, drain);
    return script;
  }

  test("is for what was begun and left where something that comes of it is awaited", () => {
    for (const goesOn of ["timer", "await", "await alone"] as const) {
      const lines = begun("make", goesOn).tell();
      const kind = goesOn === "await alone" ? "await" : "readFile";
      expect(lines).toContain(`5-20 h > make > next > head > (waiting for ${kind} a.ts:5)`);
      expect(lines).toContain("21-40 h > make > next > tail > (waiting for readFile a.ts:5)");
      expect(lines.filter((line) => line.includes("drain > (waiting"))).toEqual([]);
    }
  });

  test("is not for what was begun and left where nobody goes on with it, or something else ends what is awaited", () => {
    for (const [endsBy, goesOn] of [
      ["make", "unknown"],
      ["other", "timer"],
      ["other", "await"],
      ["other", "await alone"],
      ["unknown", "timer"],
      ["unknown", "await"],
    ] as const) {
      const lines = begun(endsBy, goesOn).tell();
      expect(lines).toContain("5-20 h > drain > (waiting for await a.ts:5)");
      expect(lines.filter((line) => line.includes("next > head > (waiting"))).toEqual([]);
    }
  });

  test("is for the call that it ended in where one function is called several times at once", () => {
    for (const instants of [[], [5], [20], [20, 45]]) {
      const script = new Script(70);
      script.run(0, 2);
      const slow = script.wait(1, "setTimeout", "setTimeout! first load h", { dueAt: 40 });
      script.wait(1.1, "await", "first load h");
      script.wait(1.2, "await", "load h");
      const quick = script.wait(1.3, "setTimeout", "setTimeout! first load h", { dueAt: 10 });
      const first = script.wait(1.4, "await", "first load h");
      const load = script.wait(1.5, "await", "load h");
      script.wait(1.6, "await", "h");
      script.run(10, 10.1, quick);
      script.run(10.1, 10.2, first);
      script.run(10.2, 11, load);
      const timer = script.wait(10.5, "setTimeout", "setTimeout! second ~load ~h", { dueAt: 60 });
      script.wait(10.6, "await", "second ~load ~h");
      script.wait(10.7, "await", "~load ~h");
      script.run(40, 41, slow);
      script.run(60, 70, timer);
      const lines = script.tell(...instants);
      expect(lines).toContain("11-40 h > load > first > (waiting for setTimeout a.ts:5)");
      expect(lines).toContain("41-60 h > load > second > (waiting for setTimeout a.ts:5)");
    }
  });

  test("is not for what a connection begins that an earlier call left open", () => {
    for (const instants of [[], [15], [15, 30]]) {
      const script = new Script(60);
      script.run(0, 2);
      const socket = script.wait(1, "net", "connect! fetch h");
      const fetch = script.wait(1.1, "await", "fetch h");
      const h = script.wait(1.2, "await", "h");
      script.run(10, 10.1, socket);
      script.run(10.1, 10.2, fetch);
      script.run(10.2, 11, h);
      script.wait(10.5, "await", "next ~h");
      script.wait(10.6, "await", "~h");
      script.run(20, 21, socket);
      const tick = script.wait(20.5, "nextTick", "tick!", { parent: socket });
      script.run(21, 22, tick);
      script.wait(21.5, "setTimeout", "setTimeout!", { parent: tick });
      script.run(50, 60);
      expect(script.tell(...instants)).toContain("22-50 h > next > (waiting for await a.ts:5)");
    }
  });

  test("is not for the last one that is known where the flow has begun something else", () => {
    const script = new Script(60, true);
    script.run(0, 2);
    const timer = script.wait(1, "setTimeout", "setTimeout! first h", { dueAt: 10 });
    const first = script.wait(1.1, "await", "first h");
    const h = script.wait(1.2, "await", "h");
    script.run(10, 10.1, timer);
    script.run(10.1, 10.2, first);
    script.run(10.2, 11, h);
    script.wait(10.5, "setTimeout", "setTimeout! second ~h", { dueAt: 50 });
    script.run(50, 60);
    expect(script.tell()).toContain("11-50 h > second > (waiting for setTimeout a.ts:5)");
  });

  test("is not for the last one that is known where the flow has begun something else some runs ago", () => {
    const script = new Script(80, true);
    script.run(0, 2);
    const first = script.wait(1, "setTimeout", "setTimeout! first h", { dueAt: 10 });
    script.run(10, 11, first);
    script.wait(10.5, "setTimeout", "setTimeout! second ~h", { dueAt: 60 });
    script.run(20, 21);
    script.run(60, 80);
    const told = script.tell();
    expect(told).toContain("11-20 h > second > (waiting for setTimeout a.ts:5)");
    expect(told).toContain("21-60 h > second > (waiting for setTimeout a.ts:5)");
  });

  test("is not for what ends again and again where the flow has begun something else since", () => {
    const script = new Script(80);
    script.run(0, 2);
    const tick = script.wait(1, "setTimeout", "setTimeout! fetch h", { dueAt: 10 });
    script.run(10, 11, tick);
    const slow = script.wait(10.5, "setTimeout", "setTimeout! second ~h", { dueAt: 60 });
    script.run(30, 30.5, tick);
    script.run(60, 80, slow);
    const told = script.tell();
    expect(told).toContain("2-10 h > fetch > (waiting for setTimeout a.ts:5)");
    expect(told).toContain("11-30 h > second > (waiting for setTimeout a.ts:5)");
    expect(told).toContain("30.5-60 h > second > (waiting for setTimeout a.ts:5)");
  });

  test("is not for what is never seen to end in a function whose caller has gone on since", () => {
    const script = new Script(60, true);
    script.run(0, 1);
    const net = script.wait(0.2, "net", "connect! fetch h");
    const first = script.wait(0.3, "await", "h");
    script.run(3, 3.1, net);
    script.run(4, 5, first);
    const second = script.wait(4.4, "await", "h");
    script.wait(4.5, "await", "loop ~h"); // what `await null` makes of null
    script.run(10, 11, second);
    const answer = script.wait(10.5, "await", "fetch ~h");
    script.run(20, 21, answer);
    script.run(30, 31, net);
    script.run(50, 60, net);
    const told = script.tell();
    expect(told).toContain("11-20 h > fetch > (waiting for await a.ts:5)");
    expect(told).toContain("21-30 h > fetch > (waiting)");
    expect(told.filter((line) => line.includes("loop"))).toEqual([]);
  });

  test("is where it was in what the function called that went on last, but not in what that had called", () => {
    const told = (resumed: "files" | "h"): string[] => {
      const script = new Script(40, true);
      script.run(0, 1);
      const one = script.wait(0.5, "fs", "read! one files h");
      const callers = { files: script.wait(0.6, "await", "files h"), h: script.wait(0.7, "await", "h") };
      script.run(10, 10.1, one);
      script.run(10.2, 11, callers[resumed]);
      script.run(30, 40);
      return script.tell();
    };
    expect(told("files")).toContain("11-30 h > files > one > (waiting for read a.ts:5)");
    expect(told("h")).toContain("11-30 h > (waiting for await a.ts:5)");
  });

  test.each([
    ["h > files > one", ["h", "h"], ["h", "h"]],
    ["h", ["h"], ["h"]],
    // From another line it called something else.
    ["h", ["h", "h", "h:9"], ["h", "h", "h:9"]],
    ["h", ["h:9", "h:9"], ["h", "h"]],
  ])(
    "is in %s after a function that called that from %j has gone on from %j",
    (told, calledAt, awaitedAt) => {
      const script = new Script(60, true);
      script.run(0, 1);
      for (const [i, place] of calledAt.entries()) {
        const at = 10 * i;
        const read = script.wait(at + 0.5, "fs", `read! one files ${place}`);
        const awaiting = script.wait(at + 0.6, "await", awaitedAt[i] ?? "");
        script.run(at + 10, at + 10.1, read);
        script.run(at + 10.2, at + 11, awaiting);
      }
      const last = 10 * calledAt.length + 1;
      script.run(last + 9, 60);
      expect(script.tell().find((line) => line.startsWith(`${last}-`))).toStartWith(
        `${last}-${last + 9} ${told} > (waiting`,
      );
    },
  );

  /** A function calls another one, which waits for a request; then for what is not captured. */
  function waitedAgain(isThinned: boolean, calledAt: string, kind: string, awaited: string, at = 0.6) {
    const script = new Script(60, isThinned);
    script.run(0, 1);
    const answer = script.wait(0.5, "net.read", `fetch! one files ${calledAt}`);
    if (at < 10) script.wait(at, kind, awaited);
    script.run(10, 10.1, answer);
    const ended = script.wait(10.05, "queueMicrotask", `fetch! one files ${calledAt}`, { parent: answer });
    if (at > 10) script.wait(at, kind, awaited);
    script.run(10.1, 11, ended);
    script.run(30, 60);
    return script.tell().find((line) => line.startsWith("11-30 "));
  }

  test("is where the call that is awaited has waited last, if what it waits for may not be captured", () => {
    expect(waitedAgain(true, "h", "await", "h")).toBe("11-30 h > files > one > (waiting for fetch a.ts:5)");
    expect(waitedAgain(false, "h", "await", "h")).toBe("11-30 h > (waiting for await a.ts:5)");
    expect(waitedAgain(true, "h:9", "await", "h")).toBe("11-30 h > (waiting for await a.ts:5)");
    expect(waitedAgain(true, "h", "await", "h", 10.06)).toBe("11-30 h > (waiting for await a.ts:5)");
    expect(waitedAgain(true, "h", "fs", "h")).toBe("11-30 h > (waiting for fs a.ts:5)");
    expect(waitedAgain(true, "h", "fs", "read! h")).toBe("11-30 h > (waiting for read a.ts:5)");
    expect(waitedAgain(true, "h", "await", "Promise.all! h")).toStartWith("11-30 h > (waiting for all ");
  });

  test("is not for a tick that came after the request had begun something else", () => {
    const script = new Script(60, true);
    script.run(0, 2);
    const first = script.wait(1, "setTimeout", "setTimeout! first h", { dueAt: 10 });
    script.run(10, 12, first);
    const tick = script.wait(10.2, "nextTick", "nextTick! first h");
    script.wait(10.5, "setTimeout", "setTimeout! second ~h", { dueAt: 50 });
    script.run(12.1, 12.2, tick);
    script.run(50, 60);
    expect(script.tell()).toContain("12.2-50 h > second > (waiting for setTimeout a.ts:5)");
  });

  test("is not for a timer that was cleared", () => {
    for (const isCleared of [true, false]) {
      const script = new Script(60);
      script.run(0, 2);
      script.wait(1, "net", "query h");
      script.wait(1.2, "setTimeout", "setTimeout! guard h", { isCleared: () => isCleared });
      const native = script.wait(1.5, "net", "");
      script.run(40, 60, native);
      const place = isCleared ? "query > (waiting for net" : "guard > (waiting for setTimeout";
      expect(script.tell()).toContain(`2-40 h > ${place} a.ts:5)`);
    }
  });

  test("is for what ends again and again where the function that began it goes on with each", () => {
    const script = new Script(60);
    script.run(0, 2);
    const tick = script.wait(1, "setInterval", "setInterval! emitted h", { dueAt: 10 });
    script.run(10, 11, tick);
    script.wait(10.5, "events.on", "on! emitted h");
    script.run(30, 60, tick);
    expect(script.tell()).toContain("11-30 h > emitted > (waiting for setInterval a.ts:5)");
  });

  test("is found behind any number of timers of a library that nobody waits for", () => {
    const script = new Script(60);
    script.run(0, 2);
    const slow = script.wait(1, "setTimeout", "setTimeout! slow h", { dueAt: 50 });
    for (let i = 0; i < 100; i++) script.wait(1 + i / 1000, "setTimeout", "keepAlive!");
    script.run(20, 20.5);
    script.run(50, 60, slow);
    expect(script.tell(30)).toContain("2-20 h > slow > (waiting for setTimeout a.ts:5)");
  });

  /** The request has fetched something until 7; others use the connection that it opened for that, which is returned. */
  function fetched(script: Script): Wait {
    script.run(0, 2);
    const socket = script.wait(1, "net", "connect! fetch ~h");
    const fetch = script.wait(1.1, "await", "fetch h");
    script.run(5, 6, socket);
    script.run(6, 7, fetch);
    return socket;
  }

  test("is found behind any number of timers of a connection that the request opened and others use", () => {
    const script = new Script(80);
    const socket = fetched(script);
    const slow = script.wait(6.5, "setTimeout", "setTimeout! slow ~h", { dueAt: 70 });
    for (let i = 0; i < 100; i++) {
      script.run(10 + i / 8, 10 + i / 8 + 1 / 16, socket);
      script.wait(10 + i / 8 + 1 / 32, "setTimeout", "keepAlive!", { parent: socket });
    }
    script.run(40, 40.05, socket);
    script.run(70, 80, slow);
    expect(script.tell(50)).toContain("22.4375-40 h > slow > (waiting for setTimeout a.ts:5)");
  });

  test("goes on while others use a connection that the request opened, and ends where it uses that itself", () => {
    const script = new Script(60);
    const socket = fetched(script);
    const slow = script.wait(6.5, "setTimeout", "setTimeout! slow ~h", { dueAt: 30 });
    for (const at of [10, 20]) {
      script.run(at, at + 2, socket);
      script.wait(at + 1, "nextTick", "emit!", { parent: socket });
      script.sample(at + 1.5, "parse!");
    }
    script.run(30, 31, slow);
    const again = script.wait(30.5, "await", "fetch ~h");
    script.run(40, 41, socket);
    script.run(41, 42, again);
    script.run(50, 60, socket);
    script.wait(52, "await", "onData!! onData");
    expect(script.tell().slice(5)).toEqual([
      "7-10 h > slow > (waiting for setTimeout a.ts:5)",
      "10-12 h > slow",
      "12-20 h > slow > (waiting for setTimeout a.ts:5)",
      "20-22 h > slow",
      "22-30 h > slow > (waiting for setTimeout a.ts:5)",
      "30.5-31 h > fetch",
      "31-40 h > fetch > (waiting for connect a.ts:5)",
      "40-41 h > fetch",
      "41-42 h > fetch",
      "42-50 h > fetch > (waiting for connect a.ts:5)",
      "50-52 h > fetch",
      "52-60 h > fetch > onData",
    ]);
  });

  test("is where the request waited before, where what woke it does not tell the function that awaits", () => {
    const script = new Script(60, true, false);
    script.run(0, 2);
    const slow = script.wait(1, "setTimeout", "setTimeout! slow h", { dueAt: 10 });
    script.run(10, 11, slow);
    const turn = script.wait(10.5, "new Promise", "turn dense h");
    script.run(20, 21, turn);
    const mute = script.wait(20.5, "await", "", { callersOnly: true });
    script.run(30, 31, mute);
    script.run(40, 41, script.wait(30.5, "await", "", { callersOnly: true }));
    expect(script.tell().filter((line) => /^(?:30|31|40)-/.test(line))).toEqual([
      "30-31 h > dense > turn",
      "31-40 h > dense > turn > (waiting for new Promise a.ts:5)",
      "40-41 h > dense > turn",
    ]);
  });

  test("is not taken for that of a connection which others used last, where what woke the request is not known", () => {
    const script = new Script(60, true);
    const socket = fetched(script);
    const turn = script.wait(6.5, "setImmediate", "setImmediate! turn ~h");
    script.run(10, 11, socket);
    script.run(20, 21, turn);
    script.wait(20.5, "setImmediate", "setImmediate! turn ~h");
    script.run(30, 31, socket);
    script.run(40, 41);
    script.wait(40.5, "setTimeout", "setTimeout! next");
    expect(script.tell().slice(5)).toEqual([
      "7-10 h > turn > (waiting for setImmediate a.ts:5)",
      "10-11 h > turn",
      "11-20 h > turn > (waiting for setImmediate a.ts:5)",
      "20.5-21 h > turn",
      "21-30 h > turn > (waiting for setImmediate a.ts:5)",
      "30-31 h > turn",
      "31-40 h > turn > (waiting for setImmediate a.ts:5)",
      "40.5-41 h > turn > next",
      "41-60 h > turn > next > (waiting for setTimeout a.ts:5)",
    ]);
  });

  test("is found where it has ended by the time that it is told", () => {
    const script = new Script(60);
    script.run(0, 2);
    const slow = script.wait(1, "setTimeout", "setTimeout! slow h", { dueAt: 40 });
    script.run(20, 20.5);
    script.run(40, 41, slow);
    script.held(42, 44, other);
    script.lagMs = 20;
    expect(script.tell(45)).toContain("2-20 h > slow > (waiting for setTimeout a.ts:5)");
  });

  test("is below its own callers where what woke its function is not known", () => {
    const script = new Script(60);
    script.run(0, 2);
    const immediate = script.wait(1, "setImmediate", "setImmediate! destroy inner h");
    script.run(10, 11, immediate);
    script.run(20, 21);
    const timer = script.wait(20.5, "setTimeout", "setTimeout! next ~h", { dueAt: 40 });
    script.run(40, 60, timer);
    expect(script.tell()).toContain("21-40 h > next > (waiting for setTimeout a.ts:5)");
  });

  test("is for what a function began early and awaits last", () => {
    const script = new Script(60);
    script.run(0, 2);
    const early = script.wait(1, "setTimeout", "setTimeout! load h", { dueAt: 40 });
    script.wait(1.1, "await", "load h");
    const short = script.wait(1.2, "setTimeout", "setTimeout! h", { dueAt: 10 });
    const h = script.wait(1.3, "await", "h");
    script.run(10, 10.1, short);
    script.run(10.1, 11, h);
    script.wait(10.5, "await", "h");
    script.run(40, 60, early);
    expect(script.tell()).toContain("11-40 h > load > (waiting for setTimeout a.ts:5)");
  });

  test("is for the branch of Promise.all that ended it, whichever ended before", () => {
    const script = new Script(60);
    script.run(0, 2);
    const short = script.wait(1, "setTimeout", "setTimeout! a h", { dueAt: 10 });
    const a = script.wait(1.1, "await", "a h");
    const long = script.wait(1.2, "setTimeout", "setTimeout! b h", { dueAt: 30 });
    script.wait(1.3, "await", "b h");
    const first = script.wait(1.4, "await", "then! all! h");
    script.wait(1.5, "await", "h");
    script.run(10, 10.1, short);
    script.run(10.1, 10.2, a);
    script.run(10.2, 11, first);
    script.wait(10.15, "setTimeout", "setTimeout! c a", { dueAt: 50 });
    script.run(30, 60, long);
    const lines = script.tell();
    expect(lines).toContain("2-10 h > a > (waiting for setTimeout a.ts:5)");
    expect(lines).toContain("11-30 h > b > (waiting for setTimeout a.ts:5)");
  });

  test("tells what the runtime waits for by the call that it does that for", () => {
    const script = new Script(40);
    script.run(0, 2);
    const call = script.wait(1, "stream.pipeline", "pump h");
    const waker = called(call);
    script.run(10, 11, waker);
    const timer = script.wait(10.5, "setTimeout", "write transform", { parent: waker, cause: call });
    script.run(20, 21, timer);
    const own = script.wait(20.5, "await", "", { callersOnly: true, parent: timer, cause: call });
    script.run(40, 40, own);
    expect(script.tell()).toEqual([
      "0-1 h",
      "1-2 h > pump",
      "2-10 h > pump > (waiting for stream.pipeline a.ts:5)",
      "10.5-11 h > pump > transform > write",
      "11-20 h > pump > transform > write > (waiting for setTimeout a.ts:5)",
      "20.5-21 h > pump",
      "21-40 h > pump > (waiting for stream.pipeline a.ts:5)",
    ]);
  });

  test("tells what waits for an answer, and not what opened the connection it comes by", () => {
    const script = new Script(20);
    script.run(0, 4);
    script.wait(0, "await", "h", { callersOnly: true });
    const dial = script.wait(1, "net.connect", "socket dial talk h");
    script.waits.pop(); // it is opened, and nothing waits for it
    script.wait(2, "new Promise", "ask talk h");
    script.run(20, 20, called(dial));
    expect(script.tell()).toContain("4-20 h > talk > ask > (waiting for new Promise a.ts:5)");
  });

  test("is not what the runtime goes on with after the call that it did that for", () => {
    const script = new Script(40);
    script.run(0, 2);
    const call = script.wait(1, "http.get", "get ask talk h");
    script.run(10, 11, call);
    script.wait(10.5, "setTimeout", "", { dueAt: 5_000, cause: call });
    script.wait(10.8, "stream.next", "read h");
    script.run(40, 40);
    expect(script.tell()).toContain("11-40 h > read > (waiting for stream.next a.ts:5)");
  });

  test("is a read where the connection calls back that was opened, and not where it has been opened", () => {
    const told = (kind: string, stack: string): string[] => {
      const script = new Script(20);
      script.run(0, 2);
      const wait = script.wait(1, kind, stack);
      script.run(20, 20, wait);
      return script.tell().filter((line) => line.startsWith("2-20"));
    };
    expect(told("net.read", "net/connect! dial h")).toEqual([
      "2-20 h > dial > (waiting for net.read a.ts:5)",
    ]);
    expect(told("pipe.read", "net/connect! dial h")).toEqual([
      "2-20 h > dial > (waiting for pipe.read a.ts:5)",
    ]);
    expect(told("net.connect", "net/connect! dial h")).toEqual([
      "2-20 h > dial > (waiting for net.connect a.ts:5)",
    ]);
    expect(told("net.read", "get! dial h")).toEqual(["2-20 h > dial > (waiting for get a.ts:5)"]);
  });

  test("tells what opened the connection where it is not known what waits for an answer", () => {
    const script = new Script(20);
    script.run(0, 4);
    script.wait(0, "await", "h", { callersOnly: true });
    const dial = script.wait(1, "net.connect", "socket dial talk h");
    script.waits.pop();
    script.run(20, 20, called(dial));
    expect(script.tell()).toContain("4-20 h > talk > dial > socket > (waiting for net.connect a.ts:5)");
  });

  test("reads a chain of any length of calls that called back", () => {
    const script = new Script(20);
    script.run(0, 4);
    let last = script.wait(1, "fs.readFile", "first h");
    for (let i = 0; i < 30_000; i++) {
      last = script.wait(1, "fs.readFile", "again", {
        parent: i % 2 ? called(last) : undefined,
        cause: last,
      });
    }
    script.run(20, 20, last);
    expect(script.tell().at(-1)).toMatch(/^4-20 .*again > \(waiting for fs.readFile a.ts:5\)$/);
  });

  /** A timer of `h`, after which a function awaits something, up to an instant. */
  function deferred(resumedAt: number, by = "deferred h"): string[] {
    const script = new Script(40);
    script.run(0, 2);
    const timer = script.wait(1, "setTimeout", "setTimeout! h", { dueAt: 20 });
    const awaiting = script.wait(1.5, "await", by);
    script.run(20, 20.1, timer);
    script.run(resumedAt, 40, awaiting);
    return script.tell();
  }

  test("is below the function that awaits what another one began", () => {
    for (const resumedAt of [20.1, 23]) {
      expect(deferred(resumedAt)).toContain("2-20 h > deferred > (waiting for setTimeout a.ts:5)");
    }
    for (const resumedAt of [23.2, 30]) {
      expect(deferred(resumedAt)).toContain("2-20 h > (waiting for setTimeout a.ts:5)");
    }
  });

  test("is at the line that began it where a function awaits that itself", () => {
    expect(deferred(20.1, "h:9")).toContain("2-20 h > (waiting for setTimeout a.ts:5)");
  });

  /** A loop of waits, of which only the first one that has code of the app is captured. */
  function loop(isThinned: boolean): string[] {
    const script = new Script(40, isThinned);
    script.run(0, 2);
    script.wait(0.5, "setTimeout", "setTimeout! h", { dueAt: 5_000 });
    const first = script.wait(1, "await", "next! read h");
    script.run(10, 12, first);
    script.run(20, 22, script.wait(11, "nextTick", "maybeReadMore!"));
    script.run(30, 40);
    return script.tell();
  }

  test("is for the last wait that tells its place where those after it are too many to capture", () => {
    expect(loop(true)).toContain("22-30 h > read > (waiting for next a.ts:5)");
    expect(loop(false)).toContain("22-30 h > (waiting for setTimeout a.ts:5)");
  });

  test("tells the function that waited by what resumed, where the engine had left it", () => {
    const script = new Script(30);
    script.run(0, 2);
    const wait = script.wait(1, "await", "h", { callersOnly: true });
    script.run(20, 30, wait);
    script.wait(21, "setTimeout", "setTimeout! sleep work ~h", { parent: wait });
    expect(script.tell()).toContain("2-20 h > work > (waiting for await)");
  });

  /** What a sample at 22 ms sees of the run after a wait that the engine had left but for `h`. */
  function seenAfter(sample: string, ...waits: readonly [number, string][]): string[] {
    const script = new Script(30);
    script.run(0, 2);
    const wait = script.wait(1, "await", "h", { callersOnly: true });
    script.run(20, 30, wait);
    script.sample(22, sample);
    for (const [at, stack] of waits) script.wait(at, "setTimeout", stack, { parent: wait });
    return script.tell();
  }

  test("tells the function that waited by what was on the CPU then, if it awaits nothing before", () => {
    expect(seenAfter("burn work")).toContain("2-20 h > work > (waiting for await)");
    expect(seenAfter("burn work", [24, "setTimeout! other ~h"])).toContain(
      "2-20 h > work > (waiting for await)",
    );
    expect(seenAfter("burn work", [21, "setTimeout! other ~h"])).toContain(
      "2-20 h > other > (waiting for await)",
    );
    // It has returned to its caller.
    expect(seenAfter("burn h")).toContain("2-20 h > (waiting for await)");
    expect(seenAfter("")).toContain("2-20 h > (waiting for await)");
  });

  /** Two functions awaited one in the other, both left by the engine, after the inner one had called something. */
  function leftAfterCall(place: string): string[] {
    const script = new Script(30);
    script.run(0, 2);
    const called = script.wait(1, "nextTick", "acquire query work:7 h:3");
    const work = script.wait(1.1, "await", place, { callersOnly: true, called });
    script.wait(1.2, "await", "", { callersOnly: true, called });
    script.run(20, 30, work);
    return script.tell();
  }

  test("tells the function that waited by what it had called, where the engine had left it", () => {
    expect(leftAfterCall("h:3")).toContain("2-20 h > work > (waiting for await a.ts:7)");
  });

  test("tells the caller of such a function by that function's own await", () => {
    const script = new Script(30);
    script.run(0, 2);
    const called = script.wait(1, "nextTick", "acquire query work:7 h:3");
    const work = script.wait(1.1, "await", "h:3", { callersOnly: true, called });
    const own = script.wait(1.2, "await", "", { callersOnly: true, called: work });
    script.run(20, 30, own);
    expect(script.tell()).toContain("2-20 h > (waiting for await a.ts:3)");
  });

  test("does not take what was called from another place", () => {
    expect(leftAfterCall("h:4")).toContain("2-20 h > (waiting for await)");
    expect(leftAfterCall("other:3 h:3")).toContain("2-20 h > other > (waiting for await)");
  });

  test("does not take what is registered later in the same run for what a function is called by", () => {
    const script = new Script(40, false, false);
    script.run(0, 4);
    const own = script.wait(1, "await", "serve", { callersOnly: true });
    script.wait(2, "new Promise", "timer work respond");
    const timer = script.wait(2.1, "setTimeout", "setTimeout! timer work respond", { dueAt: 20 });
    script.run(20, 20.1, timer);
    script.run(20.2, 30, own);
    const later = script.wait(21, "setTimeout", "setTimeout! later respond", { parent: own, dueAt: 40 });
    script.run(40, 40, later);
    expect(script.tell()).toContain("30-40 serve > respond > later > (waiting for setTimeout a.ts:5)");
  });

  test("is below who called the function that goes on, and not below who called it before", () => {
    const script = new Script(60, false, false);
    script.run(0, 4);
    const first = script.wait(1, "setTimeout", "setTimeout! send ~request ask h", { dueAt: 20 });
    script.run(20, 24, first);
    const again = script.wait(21, "await", "askAgain h", { callersOnly: true });
    script.run(24, 26, again);
    const second = script.wait(25, "setTimeout", "setTimeout! send ~request", { parent: again, dueAt: 60 });
    script.run(60, 60, second);
    expect(script.tell()).toEqual(
      expect.arrayContaining([
        "4-20 h > ask > request > send > (waiting for setTimeout a.ts:5)",
        "26-60 h > askAgain > request > send > (waiting for setTimeout a.ts:5)",
      ]),
    );
  });

  test("tells the line that calls then, catch or finally, which the engine has not left", () => {
    const script = new Script(30);
    script.run(0, 2);
    const chained = script.wait(1, "await", "catch!! work h", { callersOnly: true });
    script.run(20, 30, chained);
    expect(script.tell()).toContain("2-20 h > work > (waiting for Promise.catch a.ts:5)");
  });

  /** `work` awaits a promise of which the stack tells no more than `builtin`, and which a socket ended. */
  function endedBySocket(builtin: string, endedBy?: string): string[] {
    const script = new Script(30);
    script.run(0, 2);
    const wait = script.wait(1, "await", `${builtin} work h`.trim(), { endedBy });
    script.run(20, 30, wait);
    return script.tell();
  }

  test("names what ended a promise, where all that is known is that it is one", () => {
    for (const builtin of ["", "Promise!!", "then!!", "catch!!", "finally!!"]) {
      expect(endedBySocket(builtin, "net.read")).toContain("2-20 h > work > (waiting for net.read a.ts:5)");
    }
    expect(endedBySocket("Promise!!")).toContain("2-20 h > work > (waiting for new Promise a.ts:5)");
    expect(endedBySocket("")).toContain("2-20 h > work > (waiting for await a.ts:5)");
    for (const builtin of ["all", "fetch"]) {
      expect(endedBySocket(`${builtin}!!`, "net.read").join()).not.toContain("net.read");
    }
  });

  test("names what ended a promise of the runtime that the told one waits for", () => {
    const script = new Script(30);
    script.run(0, 2);
    script.wait(1, "await", "work h");
    const native = script.wait(1.5, "await", "then!!", { endedBy: "net.read" });
    script.run(20, 30, native);
    expect(script.tell()).toContain("2-20 h > work > (waiting for net.read a.ts:5)");
  });

  test("names what ended a promise also where a timer of a library went on before that", () => {
    const script = new Script(40);
    script.run(0, 2);
    const clock = script.wait(1, "setTimeout", "setTimeout! clock h");
    script.run(3, 5, clock);
    const awaited = script.wait(4, "await", "work h", { endedBy: "net.read" });
    script.run(12, 12.1, clock);
    script.run(30, 40, awaited);
    const told = script.tell().filter((line) => line.includes("waiting for net.read"));
    expect(told).toEqual(
      ["5-12", "12.1-30"].map((times) => `${times} h > work > (waiting for net.read a.ts:5)`),
    );
  });

  test("is followed by what the runtime does there by itself, until the app's code is seen again", () => {
    const script = new Script(40);
    script.run(0, 2);
    script.wait(1, "events.next", "next! lines h");
    const native = script.wait(1.5, "await", "resume!");
    script.run(20, 24, native);
    script.wait(21, "nextTick", "maybeReadMore!", { parent: native });
    script.run(26, 28);
    script.run(30, 40);
    script.wait(35, "setTimeout", "setTimeout! after h");
    const lines = script.tell();
    const place = "h > lines";
    expect(lines.filter((line) => line.endsWith(place))).toEqual([`20-24 ${place}`, `26-28 ${place}`]);
    expect(lines).toContain("30-35 h");
  });

  /** A request of 80 ms that has napped, and called `zip` at 11. */
  function zipping(): Script {
    const script = new Script(80, true);
    script.run(0, 2);
    const nap = script.wait(1, "setTimeout", "setTimeout! nap h", { dueAt: 10 });
    script.wait(1.5, "await", "h");
    script.run(10, 12, nap);
    script.wait(11, "await", "zip ~h");
    return script;
  }

  test("is what the request began last, where the engine sees the runtime work and nothing tells what woke it", () => {
    const script = zipping();
    script.run(12.1, 40);
    script.sample(20, "write!");
    script.sample(30, "write!");
    script.run(60, 80);
    const worked = script.tell().filter((line) => line.endsWith("(native write)"));
    expect(worked).toEqual(
      ["12-20", "20-25", "25-30", "30-40"].map((at) => `${at} h > zip > (native write)`),
    );
  });

  test("is what the request began last, where a tick of the runtime goes on with it and the app after that", () => {
    const script = zipping();
    script.run(12.1, 20);
    const tick = script.wait(19, "nextTick", "write!");
    script.run(20.1, 40, tick);
    for (const at of [26, 30]) script.sample(at, "write!");
    script.wait(36, "await", "g ~h");
    script.run(60, 80);
    const worked = script.tell().filter((line) => line.endsWith("(native write)"));
    expect(worked).toEqual(
      ["20-26", "26-28", "28-30", "30-36"].map((at) => `${at} h > zip > (native write)`),
    );
  });

  test("is below what the function had called when the runtime last did the same", () => {
    const script = new Script(60, true);
    script.run(0, 2);
    const zip = script.wait(1, "await", "zip h");
    const h = script.wait(1.5, "await", "h");
    script.run(2.1, 20, zip);
    for (const at of [8, 14]) script.sample(at, "write!");
    script.run(20.1, 40, h);
    for (const at of [26, 32]) script.sample(at, "write!");
    script.run(40.1, 60, h);
    for (const at of [46, 52]) script.sample(at, "read!");
    const native = script
      .tell()
      .filter((line) => line.endsWith("(native write)") || line.endsWith("(native read)"));
    const places = native.map((line) => line.slice(line.indexOf(" ") + 1));
    expect([...new Set(places)]).toEqual(["h > zip > (native write)", "h > (native read)"]);
  });

  test("is where the last one that is known was, where the request has begun nothing since", () => {
    const script = new Script(80, true);
    script.run(0, 2);
    const nap = script.wait(1, "setTimeout", "setTimeout! nap h", { dueAt: 10 });
    script.wait(1.5, "await", "zip ~h");
    script.run(10, 12, nap);
    script.run(12.1, 40);
    script.sample(20, "write!");
    script.sample(30, "write!");
    script.run(60, 80);
    const worked = script.tell().filter((line) => line.includes("(native write)"));
    expect(worked.length).toBeGreaterThan(0);
    expect(worked.filter((line) => !line.endsWith("h > nap > (native write)"))).toEqual([]);
  });

  /** Two functions one after the other, both driven by callbacks of one helper. */
  function driven(tellsCallers: boolean): string[] {
    const script = new Script(70, false, tellsCallers);
    script.run(0, 2);
    const one = script.wait(1, "await", "then!! step helper one h");
    script.run(10, 12, one);
    const timer = script.wait(11, "setTimeout", "setTimeout! body fulfilled", { dueAt: 20, parent: one });
    script.run(20, 21, timer);
    script.run(30, 32);
    const two = script.wait(31, "await", "then!! step helper two h");
    script.run(40, 45, two);
    script.sample(41, "work fulfilled");
    const last = script.wait(44, "setTimeout", "setTimeout! body fulfilled", { dueAt: 60, parent: two });
    script.run(60, 70, last);
    return script.tell();
  }

  test("is below what called back, however its function was called before", () => {
    for (const tellsCallers of [true, false]) {
      const lines = driven(tellsCallers);
      expect(lines).toContain(
        "12-20 h > one > helper > step > fulfilled > body > (waiting for setTimeout a.ts:5)",
      );
      expect(lines).toContain(
        "45-60 h > two > helper > step > fulfilled > body > (waiting for setTimeout a.ts:5)",
      );
      expect(lines.join("\n")).toContain("h > two > helper > step > fulfilled > work");
    }
  });

  /** What `one` begins resumes in the same run as `two`, which is said to have been woken by an earlier wait. */
  function resumedUnseen(tellsCallers: boolean): string[] {
    const script = new Script(70, false, tellsCallers);
    script.run(0, 2);
    const early = script.wait(1, "await", "h");
    script.run(10, 14, early);
    script.wait(11, "new Promise", "begin one h", { parent: early });
    const timer = script.wait(13, "setTimeout", "setTimeout! begin", { dueAt: 60, parent: early });
    script.run(60, 70, timer);
    return script.tell();
  }

  test("is where its function was seen since on JavaScriptCore, which does not show all that resumes", () => {
    expect(resumedUnseen(false)).toContain("14-60 h > one > begin > (waiting for setTimeout a.ts:5)");
    expect(resumedUnseen(true)).toContain("14-60 h > begin > (waiting for setTimeout a.ts:5)");
  });

  /** An object whose `then` `first` has called itself, and then one that is awaited, which the engine does. */
  function queried(
    tellsCallers: boolean,
    ...awaits: readonly (readonly [number, string, boolean])[]
  ): Script {
    const script = new Script(90, false, tellsCallers);
    script.run(0, 2);
    const early = script.wait(1, "await", "h");
    const before = script.wait(1.5, "setTimeout", "setTimeout! h", { dueAt: 10 });
    script.run(10, 14, before);
    const first = script.wait(11, "setTimeout", "setTimeout! exec then first h", {
      parent: before,
      dueAt: 20,
    });
    script.run(20, 22, first);
    script.run(30, 34, early);
    for (const [at, stack, callersOnly] of awaits)
      script.wait(at, "await", stack, { callersOnly, parent: early });
    const second = script.wait(31, "setTimeout", "setTimeout! exec then", { parent: early, dueAt: 50 });
    const done = script.wait(31.5, "await", "then!! then", { parent: early });
    script.run(50, 52, second);
    script.run(60, 70, done);
    script.sample(62, "burn after");
    script.sample(67, "burn after");
    const last = script.wait(68, "setTimeout", "setTimeout! after", { parent: done, dueAt: 80 });
    script.run(80, 80, last);
    return script;
  }

  test("is not below who called another one's then before, where the engine calls it", () => {
    expect(queried(false).tell()).toContain("34-50 h > then > exec > (waiting for setTimeout a.ts:5)");
  });

  test("is not below it either while it is on the CPU", () => {
    const script = new Script(60, false, false);
    script.run(0, 2);
    const early = script.wait(1, "await", "h");
    script.wait(1.5, "setTimeout", "setTimeout! exec then first h");
    script.run(30, 40, early);
    for (const at of [32, 36]) script.sample(at, "burn then");
    script.run(60, 60);
    expect(script.tell()).toContain("32-34 h > then > burn");
  });

  test("is below who gave it to Promise.all, or called who awaits it, as far as the same run has told before", () => {
    for (const [awaits, path] of [
      [[[30.5, "all!! gather h", false]], "h > gather"],
      [[[30.5, "service h", true]], "h > service"],
      [
        [
          [30.5, "service h", true],
          [30.6, "h", true],
        ],
        "h > service",
      ],
      [[[32, "all!! gather h", false]], "h"],
      [[[30.5, "then!! chain h", false]], "h"],
    ] as const) {
      expect(queried(false, ...awaits).tell()).toContain(
        `34-50 ${path} > then > exec > (waiting for setTimeout a.ts:5)`,
      );
    }
  });

  test("is below who is told of by the first 32 awaits of a run", () => {
    for (const [count, path] of [
      [31, "h > gather"],
      [32, "h"],
    ] as const) {
      const others = Array.from({ length: count }, () => [30.1, "then!! chain h", false] as const);
      expect(queried(false, ...others, [30.5, "all!! gather h", false]).tell()).toContain(
        `34-50 ${path} > then > exec > (waiting for setTimeout a.ts:5)`,
      );
    }
  });

  test("is not below a then whose object was awaited, once that has what it waited for", () => {
    const lines = queried(false).tell();
    expect(lines).toContain("60-62 h > after > burn");
    expect(lines).toContain("70-80 h > after > (waiting for setTimeout a.ts:5)");
  });

  test("is below the last one that tells where it stands, if it is not known what called back", () => {
    const script = new Script(60);
    script.run(0, 2);
    const known = script.wait(1, "setTimeout", "setTimeout! work h", { dueAt: 10 });
    script.run(10, 12, known);
    const mute = script.wait(11, "await", "pump!");
    script.run(20, 22, mute);
    const last = script.wait(21, "setTimeout", "setTimeout! callback", { dueAt: 40 });
    script.run(40, 40, last);
    expect(script.tell()).toContain("22-40 h > work > callback > (waiting for setTimeout a.ts:5)");
  });

  test("is below it also where the runtime did not tell that it called back", () => {
    const script = new Script(60);
    script.run(0, 2);
    const known = script.wait(1, "setTimeout", "setTimeout! work h", { dueAt: 10 });
    script.run(10, 12, known);
    const unseen = script.wait(15, "setTimeout", "setTimeout! closed", { dueAt: 30 });
    script.run(30, 32, unseen);
    const last = script.wait(31, "setTimeout", "setTimeout! next closed", { parent: unseen, dueAt: 50 });
    script.run(50, 50, last);
    expect(script.tell()).toContain("32-50 h > work > closed > next > (waiting for setTimeout a.ts:5)");
  });

  test("is below what the request waited for first, where nothing else is known of its function", () => {
    const script = new Script(40);
    script.run(0, 2);
    script.wait(0.5, "new Promise", "map h");
    const timer = script.wait(1.5, "setTimeout", "setTimeout! mapper next", { dueAt: 20 });
    script.run(20, 40, timer);
    expect(script.tell()).toContain("2-20 h > map > next > mapper > (waiting for setTimeout a.ts:5)");
  });
});

describe("Timeline: held", () => {
  function timerHeld(by: Flow | undefined, holder?: string): Script {
    const script = new Script(40);
    script.run(0, 2);
    const timer = script.wait(1, "setTimeout", "setTimeout! h", { dueAt: 10 });
    script.held(5, 30, by, holder);
    script.run(30, 40, timer);
    return script;
  }

  test("is told from when the timer was due, by the other's endpoint, with its frames below", () => {
    const script = timerHeld(other);
    script.sample(8, "x o");
    script.sample(13, "x o");
    script.sample(23, "y o");
    expect(script.tell().slice(0, -1)).toEqual([
      "0-1 h",
      "1-2 h",
      "2-10 h > (waiting for setTimeout a.ts:5)",
      "10-18 h > (held by GET:/other) > o > x",
      "18-30 h > (held by GET:/other) > o > y",
    ]);
  });

  test("names a timer of no request", () => {
    expect(timerHeld(undefined, "timer").tell()).toContain("10-30 h > (held by timer)");
  });

  test("is the wait's own lateness where nobody is known to have had the thread", () => {
    const script = timerHeld(undefined);
    script.sample(20, "", "idle");
    expect(script.tell().slice(2, 4)).toEqual([
      "2-10 h > (waiting for setTimeout a.ts:5)",
      "10-30 h > (waiting for setTimeout a.ts:5)",
    ]);
  });

  test.each([
    // Timers are late by themselves.
    [11.9, undefined, undefined, "10-11.9 h > (waiting for setTimeout a.ts:5)"],
    [12, undefined, undefined, "10-12 h > (held by event loop)"],
    // Samples are 5 ms apart.
    [19.9, undefined, undefined, "10-19.9 h > (held by event loop)"],
    [20, undefined, undefined, "10-20 h > (waiting for setTimeout a.ts:5)"],
    [14, 13, "idle", "10-14 h > (waiting for setTimeout a.ts:5)"],
    [14, 13, "native", "10-14 h > (waiting for setTimeout a.ts:5)"],
  ] as const)(
    "is the event loop's till %d where nobody else had the thread, sampled at %p as %p",
    (on, at, state, told) => {
      const script = new Script(40);
      script.run(0, 2);
      const timer = script.wait(1, "setTimeout", "setTimeout! h", { dueAt: 10 });
      if (at) script.sample(at, "", state);
      script.run(on, 40, timer);
      expect(script.tell()).toContain(told);
    },
  );

  test("is the event loop's between others, however short", () => {
    const script = new Script(40);
    script.run(0, 2);
    const timer = script.wait(1, "setTimeout", "setTimeout! h", { dueAt: 10 });
    script.held(11, 15, other);
    script.held(16, 18, other);
    script.run(19, 40, timer);
    expect(script.tell().slice(3, 8)).toEqual([
      "10-11 h > (waiting for setTimeout a.ts:5)",
      "11-15 h > (held by GET:/other)",
      "15-16 h > (held by event loop)",
      "16-18 h > (held by GET:/other)",
      "18-19 h > (held by event loop)",
    ]);
  });

  test("is the event loop's around what the engine tells", () => {
    const script = timerHeld(undefined);
    script.sample(18, "stranger");
    expect(script.tell().slice(3, 6)).toEqual([
      "10-15.5 h > (held by event loop)",
      "15.5-20.5 h > (held by event loop) > stranger",
      "20.5-30 h > (held by event loop)",
    ]);
  });

  test("is the collector's or the event loop's where only the engine tells", () => {
    const script = timerHeld(undefined);
    script.sample(12, "", "gc");
    script.sample(17, "stranger");
    const told = script.tell();
    expect(told).toContain("10-14.5 h > (held by garbage collector)");
    expect(told).toContain("14.5-19.5 h > (held by event loop) > stranger");
  });

  test("is named by the outermost function where no hook told, if that ran for one endpoint only", () => {
    const script = timerHeld(undefined);
    script.sample(17, "x o");
    script.held(31, 33, other);
    script.thread.push({ at: 33, flow: script.flow, ended: undefined, holder: undefined });
    script.sample(32, "z o");
    expect(script.tell().join("\n")).toContain("(held by GET:/other) > o > x");
  });

  test("is not guessed where it is unknown since when the request could run", () => {
    const script = new Script(40);
    script.run(0, 2);
    const socket = script.wait(1, "net", "connect! h");
    script.held(5, 30, other);
    script.run(30, 40, socket);
    expect(script.tell()).toContain("2-30 h > (waiting for connect a.ts:5)");
  });

  test("is not told for a later turn of a repeating timer, whose due time is not known", () => {
    const script = new Script(60);
    script.run(0, 2);
    const interval = script.wait(1, "setInterval", "setInterval! h", { dueAt: 10 });
    script.run(10, 12, interval);
    script.held(15, 25, other);
    script.run(30, 60, interval);
    expect(script.tell()).toContain("12-30 h > (waiting for setInterval a.ts:5)");
  });
});

test("Timeline: the stretches follow each other from start to end", () => {
  const script = new Script(50);
  script.run(1, 5);
  const timer = script.wait(4, "setTimeout", "setTimeout! h", { dueAt: 20 });
  script.held(18, 25, other);
  script.run(26, 30, timer);
  script.sample(28, "a h");
  const edges = script.tell().map((line) => line.split(" ", 1)[0]?.split("-").map(Number) ?? []);
  expect(edges[0]?.[0]).toBe(0);
  expect(edges.at(-1)?.[1]).toBe(50);
  for (const [i, edge] of edges.entries()) if (i > 0) expect(edge[0]).toBe(edges[i - 1]?.[1]);
});

/** A request of many short runs and waits, some of them held. */
function longRequest(): Script {
  const script = new Script(400);
  script.run(0, 2);
  let woken = script.wait(1, "setTimeout", "setTimeout! step loop h", { dueAt: 8 });
  for (let at = 10; at < 390; at += 20) {
    script.held(at - 4, at, other);
    script.run(at, at + 6, woken);
    script.sample(at + 2, "work step");
    script.sample(at + 4, "rest step");
    woken = script.wait(at + 5.5, "setTimeout", "setTimeout! step ~loop ~h", {
      dueAt: at + 15,
      parent: woken,
    });
  }
  return script;
}

test("Timeline: told bit by bit it is as told at once", () => {
  const whole = longRequest().tell();
  expect(whole.length).toBeGreaterThan(60);
  expect(longRequest().tell(95, 203, 310)).toEqual(whole);
  expect(longRequest().tell(...Array.from({ length: 39 }, (_, i) => i * 10 + 7))).toEqual(whole);
});

test("Timeline: lets go of what was told", () => {
  const script = longRequest();
  const [first] = script.waits;
  const last = script.waits.at(-1);
  const trace = first?.trace;
  script.tell(100, 200, 300);
  expect(first?.parent).toBeUndefined();
  expect(trace).toBeObject();
  expect(Object.values(first ?? {})).not.toContain(trace);
  expect(last?.parent).toBeUndefined();
});

test("Timeline: unpacks each trace once, before it is told, and lets go of it", () => {
  const unpacked: object[] = [];
  const reader = {
    tellsCallers: true,
    frames(trace: object) {
      unpacked.push(trace);
      return frames((trace as { stack: string }).stack);
    },
  };
  const signatures = new CodeSignatures(TEXTLESS);
  const timeline = new Timeline({
    startedAt: 0,
    root: () => "(request)",
    thread: new ThreadLog({ nameOf: () => "", onRun() {} }),
    samples: new SampleLog(1),
    stacks: new LogicalStacks(reader, signatures),
    epochOffset: 0,
    intervalMs: 5,
  });
  const script = new Script(1);
  const [first, second] = [script.wait(1, "await", "a h"), script.wait(2, "await", "b h")];
  const traces = [first.trace, second.trace];
  timeline.waited(first);
  finished(timeline.unpack());
  timeline.waited(second);
  finished(timeline.unpack());
  finished(timeline.unpack());
  expect(unpacked).toEqual(traces);
  expect([first, second].map(({ trace }) => traces.includes(trace))).toEqual([false, false]);
  finished(timeline.finish(9));
  expect(unpacked.length).toBe(2);
});

test("LogicalStacks: reads 512 calls that called back for the sake of one, and goes on with the nearest known", () => {
  let reads = 0;
  const reader = {
    tellsCallers: true,
    frames(trace: object) {
      reads++;
      return frames((trace as { stack: string }).stack);
    },
  };
  const stacks = new LogicalStacks(reader, new CodeSignatures(TEXTLESS));
  const script = new Script(1);
  const root = script.wait(0, "fs.readFile", "h");
  stacks.ofWait(root);
  let last = root;
  for (let i = 0; i < 600; i++) {
    last = script.wait(0, "fs.readFile", "", { parent: i % 2 ? called(last) : undefined, cause: last });
  }
  reads = 0;
  expect(stacks.ofWait(last).calls.map(({ signature }) => signature)).toEqual(["h (a.ts:1)"]);
  expect(reads).toBe(512);
});

test("LogicalStacks: says which part of the waits had stacks that were not known before", () => {
  const known = new Map(["a h", "b h", "c h"].map((stack) => [stack, frames(stack)]));
  const stacks = new LogicalStacks(
    { tellsCallers: true, frames: (trace: object) => known.get((trace as { stack: string }).stack) ?? [] },
    new CodeSignatures(TEXTLESS),
  );
  const script = new Script(1);
  const read = (...told: string[]): readonly [novel: number, read: number] => {
    for (const stack of told) stacks.ofWait(script.wait(0, "await", stack));
    const { novel, read } = stacks.novelty;
    stacks.novelty.settle();
    return [novel, read];
  };
  expect(read("a h", "a h", "b h", "a h")).toEqual([4, 4]);
  expect(read("a h", "b h", "a h", "c h", "c h")).toEqual([2, 5]);
  expect(read("c h", "a h")).toEqual([0, 2]);
  expect(read()).toEqual([0, 0]);
  // A trace that is read ahead counts then, and once.
  const ahead = script.wait(0, "await", "a h");
  stacks.unpack(ahead);
  stacks.ofWait(ahead);
  expect([stacks.novelty.novel, stacks.novelty.read]).toEqual([0, 1]);
});
