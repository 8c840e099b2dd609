// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { stripVTControlCharacters } from "node:util";
import type { StackElement } from "../../lib/cli/backend.ts";
import { callTrees, stacksOf } from "../../lib/cli/call_tree.ts";
import { formatProfiles, type Profile } from "../../lib/cli/profile_format.ts";
import type { Terminal } from "../../lib/cli/terminal.ts";
import { widthOf } from "../../lib/cli/text.ts";
import { treeText } from "../../lib/cli/tree_text.ts";
import { timedStacks } from "../../lib/oap/export/timed_stack.ts";

const FILE: Terminal = { width: undefined, hasColor: false };
const START = Date.UTC(2026, 0, 2, 3, 4, 5);

type Row = readonly [
  id: number,
  parent: number,
  signature: string,
  duration: number,
  self: number,
  count: number,
];

/** A request of 100 ms: 30 of work, 50 of waiting, 20 in which another had the thread. */
const ROWS: readonly Row[] = [
  [1, 0, "(request GET:/orders)", 100, 0, 21],
  [2, 1, "list (src/orders.ts:12)", 100, 0, 21],
  [3, 2, "parse (src/prices.ts:44)", 30, 30, 7],
  [4, 2, "(waiting for fetch src/orders.ts:18)", 50, 50, 11],
  [5, 2, "(held by GET:/report)", 20, 0, 3],
  [6, 5, "report (src/report.ts:5)", 20, 20, 3],
  [7, 2, "(garbage collector)", 0, 0, 1],
];

function profileOf(rows: readonly Row[], request: Partial<Profile["request"]> = {}, tip?: string): Profile {
  const elements = rows.map(
    ([id, parentId, codeSignature, duration, durationChildExcluded, count]): StackElement => ({
      id: String(id),
      parentId: String(parentId),
      codeSignature,
      duration,
      durationChildExcluded,
      count,
    }),
  );
  const trees = callTrees({ tip: null, trees: [{ elements }] });
  return {
    request: {
      traceId: "trace",
      segmentId: "segment-1",
      endpointName: "GET:/orders",
      instanceName: "shop-1",
      start: START,
      end: START + 100,
      ...request,
    },
    trees,
    stacks: stacksOf(trees, START),
    ...(tip && { tip }),
  };
}

function textOf(profile: Profile, terminal: Terminal): string {
  return treeText(profile, terminal).join("\n");
}

describe("a tree", () => {
  test("has bars and times, the longest first, running, waiting and held unlike", () => {
    expect(textOf(profileOf(ROWS), FILE).split("\n").slice(1)).toEqual(
      `segment segment-1
instance shop-1
█ running 30 ms (30 %)  ░ waiting 50 ms (50 %)  ▒ held 20 ms (20 %)

  time   self  count
100 ms            21  ██████░░░░░░░░░░▒▒▒▒  (request GET:/orders)
100 ms            21  ██████░░░░░░░░░░▒▒▒▒    list (src/orders.ts:12)
 50 ms  50 ms     11  ░░░░░░░░░░                (waiting for fetch src/orders.ts:18)
 30 ms  30 ms      7  ██████                    parse (src/prices.ts:44)
 20 ms             3  ▒▒▒▒                      (held by GET:/report)
 20 ms  20 ms      3  ▒▒▒▒                        report (src/report.ts:5)
  0 ms             1                            (garbage collector)`.split("\n"),
    );
  });

  test("tells of the request what is known", () => {
    const [title] = textOf(profileOf(ROWS), FILE).split("\n");
    expect(title).toMatch(/^GET:\/orders {2}100 ms {2}2026-01-0\d \d\d:04:05$/);
    const alone = { endpointName: "", instanceName: "", start: 0, end: 0 };
    expect(textOf(profileOf(ROWS, alone), FILE)).toStartWith("segment segment-1\n█ running");
  });

  test("fits a terminal that is at least wide enough for the figures", () => {
    expect(textOf(profileOf(ROWS), { width: 72, hasColor: false }).split("\n").slice(5)).toEqual(
      `  time   self  count
100 ms            21  ██████░░░░░░░░░░▒▒▒▒  (request GET:/orders)
100 ms            21  ██████░░░░░░░░░░▒▒▒▒    list (src/orders.ts:12)
 50 ms  50 ms     11  ░░░░░░░░░░                (waiting for…ders.ts:18)
 30 ms  30 ms      7  ██████                    parse (src/prices.ts:44)
 20 ms             3  ▒▒▒▒                      (held by GET:/report)
 20 ms  20 ms      3  ▒▒▒▒                        report (src…port.ts:5)
  0 ms             1                            (garbage collector)`.split("\n"),
    );
  });

  test("leaves figures out where the terminal is narrower", () => {
    expect(textOf(profileOf(ROWS), { width: 42, hasColor: false }).split("\n").slice(3)).toEqual(
      `█ running 30 ms (30 %)
░ waiting 50 ms (50 %)
▒ held 20 ms (20 %)

  time
100 ms  ██░░░░▒  (request GET:/orders)
100 ms  ██░░░░▒    list (src/orders.ts:12)
 50 ms  ░░░░         (waiting f…ers.ts:18)
 30 ms  ██           parse (src…ces.ts:44)
 20 ms  ▒            (held by GET:/report)
 20 ms  ▒              report (s…ort.ts:5)
  0 ms               (garbage collector)`.split("\n"),
    );
  });

  test("is never wider than the terminal, however deep it is", () => {
    const deep = Array.from({ length: 200 }, (_, i): Row => [i + 1, i, `f${i} (src/a.ts:${i})`, 5, 0, 2]);
    for (const width of [40, 71, 72, 80, 200]) {
      const lines = treeText(profileOf(deep), { width, hasColor: false });
      // The legend takes three lines where it does not fit into one.
      expect(lines).toHaveLength(width < 70 ? 208 : 206);
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
    }
  });

  test("has colours for a terminal that shows them, which take no room", () => {
    const terminal = { width: 72, hasColor: true };
    const text = textOf(profileOf(ROWS), terminal);
    expect(text).toContain("\x1b[36m░░░░░░░░░░\x1b[39m");
    expect(text).toContain("\x1b[33m██████\x1b[39m");
    expect(text).toContain("\x1b[35m(held by GET:/report)\x1b[39m");
    const plain = stripVTControlCharacters(text);
    expect(plain).toBe(textOf(profileOf(ROWS), { ...terminal, hasColor: false }));
  });

  test("shows what took time, however little", () => {
    const rows: Row[] = [
      [1, 0, "root", 1000, 999, 9],
      [2, 1, "(waiting for x)", 1, 1, 2],
    ];
    expect(textOf(profileOf(rows), FILE)).toContain("  ░                       (waiting for x)");
  });

  test("does not obey a name", () => {
    const rows: Row[] = [[1, 0, "evil\x1b]0;title\x07\nname", 1, 1, 1]];
    const text = textOf(profileOf(rows, { endpointName: "GET:/\x1b[2J" }), FILE);
    expect(text).not.toContain("\x1b");
    expect(text).toContain("evil\ufffd]0;title\ufffd\ufffdname");
    expect(text).toStartWith("GET:/\ufffd[2J  100 ms");
  });

  test("tells what the backend did not analyse, and that there is nothing", () => {
    expect(textOf(profileOf(ROWS, {}, "first 5 only"), FILE)).toContain("shop-1\nfirst 5 only\n█");
    expect(textOf(profileOf([]), FILE)).toEndWith("shop-1\nThe backend has no snapshots of it.");
  });

  test("takes a negative estimate of a function's own time for none", () => {
    const [tree] = profileOf([
      [1, 0, "root", 10, -5, 3],
      [2, 1, "a", 10, 10, 2],
      [3, 1, "b", 5, 5, 2],
    ]).trees;
    expect(tree?.self).toBe(0);
    expect(tree?.times).toEqual({ running: 15, waiting: 0, held: 0 });
  });
});

describe("stacks of a tree", () => {
  test("take the time that its functions took themselves, one after the other", () => {
    const root = ["(request GET:/orders)", "list (src/orders.ts:12)"];
    expect(profileOf(ROWS).stacks).toEqual([
      {
        from: START,
        to: START + 50,
        stack: [...root, "(waiting for fetch src/orders.ts:18)"],
        count: 11,
      },
      { from: START + 50, to: START + 80, stack: [...root, "parse (src/prices.ts:44)"], count: 7 },
      {
        from: START + 80,
        to: START + 100,
        stack: [...root, "(held by GET:/report)", "report (src/report.ts:5)"],
        count: 3,
      },
      { from: START + 100, to: START + 100, stack: [...root, "(garbage collector)"], count: 1 },
    ]);
  });

  test("weigh in a format what the snapshots themselves weigh", async () => {
    const stack = ["a", "b"];
    const snapshots = [
      { time: START, sequence: 0, stack },
      { time: START + 7, sequence: 1, stack },
    ];
    const profile = profileOf([
      [1, 0, "a", 7, 0, 2],
      [2, 1, "b", 7, 7, 2],
    ]);
    const exact = { ...profile, stacks: timedStacks(snapshots) };
    for (const format of ["folded", "speedscope"] as const) {
      expect(await formatProfiles(format, [profile], FILE)).toBe(await formatProfiles(format, [exact], FILE));
    }
    expect(await formatProfiles("folded", [profile, profile], FILE)).toBe("a;b 14\n");
  });
});
