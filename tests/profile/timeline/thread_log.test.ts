// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { ThreadLog } from "../../../lib/profile/timeline/thread_log.ts";
import type { Run } from "../../../lib/profile/timeline/timeline_types.ts";
import type { Flow, Wait } from "../../../lib/runtime/runtime.ts";

interface Named {
  name: string;
}

/** A log with what it told of runs, as `name from-to`. */
function logOf(capacity?: number): { log: ThreadLog; told: string[]; runs: Run[] } {
  const told: string[] = [];
  const runs: Run[] = [];
  const log = new ThreadLog({
    nameOf: (flow) => (flow as Named).name,
    onRun: (flow: Flow, run) => {
      runs.push(run);
      told.push(`${(flow as Named).name} ${run.on}-${run.off}`);
    },
    ...(capacity !== undefined && { capacity }),
  });
  return { log, told, runs };
}

const shown = (log: ThreadLog, from: number, to: number): string[] =>
  log.between(from, to).map(({ name, on, off, isFlow }) => `${isFlow ? name : `(${name})`} ${on}-${off}`);

const wait: Wait = {
  at: 0,
  kind: "setTimeout",
  dueAt: 1,
  callersOnly: false,
  trace: {},
  parent: undefined,
};

describe("ThreadLog", () => {
  test("tells a flow's run when something else gets the thread, and nobody's time not at all", () => {
    const { log, told } = logOf();
    log.change(1, { name: "a" }, undefined, undefined);
    log.change(4, undefined, undefined, undefined);
    log.change(6, { name: "b" }, undefined, undefined);
    log.change(9, undefined, undefined, "timer");
    log.change(10, undefined, undefined, undefined);
    log.cut(20);
    expect(told).toEqual(["a 1-4", "b 6-9"]);
    expect(shown(log, 0, 20)).toEqual(["a 1-4", "b 6-9", "(timer) 9-10"]);
  });

  test("gives what reaches into an interval, its ends not included", () => {
    const { log } = logOf();
    for (const at of [0, 10, 20]) {
      log.change(at, { name: `f${at}` }, undefined, undefined);
      log.change(at + 5, undefined, undefined, undefined);
    }
    expect(shown(log, 5, 10)).toEqual([]);
    expect(shown(log, 4, 11)).toEqual(["f0 0-5", "f10 10-15"]);
  });

  test("makes one run of a flow that goes on at once, unless it is known what woke it", () => {
    const { log, told, runs } = logOf();
    const flow = { name: "a" };
    log.change(1, flow, undefined, undefined);
    log.change(2, undefined, undefined, undefined);
    log.change(2.01, flow, undefined, undefined);
    log.change(3, undefined, undefined, undefined);
    log.change(3.01, flow, wait, undefined);
    log.change(4, undefined, undefined, undefined);
    log.cut(5);
    expect(told).toEqual(["a 1-3", "a 3.01-4"]);
    expect(runs.map(({ hops }) => hops)).toEqual([1, 0]);
    expect(shown(log, 0, 9)).toEqual(["a 1-4"]);
  });

  test("gives the runs of flows of one name that follow each other as one", () => {
    const { log, told } = logOf();
    for (const [on, off, name] of [
      [1, 2, "a"],
      [2.04, 3, "a"],
      [3, 4, "b"],
      [4, 5, "a"],
      [5.06, 6, "a"],
    ] as const) {
      log.change(on, { name }, undefined, undefined);
      log.change(off, undefined, undefined, undefined);
    }
    // It has the name of a flow, and is none.
    log.change(6, undefined, undefined, "a");
    log.change(7, undefined, undefined, undefined);
    expect(shown(log, 0, 20)).toEqual(["a 1-3", "b 3-4", "a 4-5", "a 5.06-6", "(a) 6-7"]);
    // Whoever is told of the runs of one flow is told of each.
    expect(told).toHaveLength(5);
  });

  test("ends a run that goes on where it is cut, and tells the rest of it later", () => {
    const { log, told, runs } = logOf();
    log.change(1, { name: "a" }, wait, undefined);
    log.cut(3);
    log.change(7, undefined, undefined, undefined);
    log.cut(9);
    expect(told).toEqual(["a 1-3", "a 3-7"]);
    expect(runs.map(({ woken }) => woken)).toEqual([wait, undefined]);
  });

  test("keeps the last runs, whatever there was before", () => {
    const { log } = logOf(4);
    for (let at = 0; at < 10; at++) log.change(at, { name: `f${at}` }, undefined, undefined);
    log.cut(10);
    expect(shown(log, 0, 10)).toEqual(["f6 6-7", "f7 7-8", "f8 8-9", "f9 9-10"]);
  });

  test("reads names when it settles, so that it holds no flow any longer", () => {
    const { log } = logOf();
    const flow = { name: "early" };
    log.change(0, flow, undefined, undefined);
    log.change(5, undefined, undefined, "timer");
    log.settle();
    flow.name = "late";
    expect(shown(log, 0, 4)).toEqual(["early 0-5"]);
  });

  test("holds the flows of the last 256 runs at most", () => {
    const { log } = logOf();
    const flows = Array.from({ length: 300 }, (_, i) => ({ name: `f${i}` }));
    for (const [i, flow] of flows.entries()) log.change(i, flow, undefined, undefined);
    for (const flow of flows) flow.name += " renamed";
    const names = log.between(0, 300).map(({ name }) => name);
    expect([names[0], names[255], names[256]]).toEqual(["f0", "f255", "f256 renamed"]);
  });

  test("forgets all when it is cleared", () => {
    const { log, told } = logOf();
    log.change(0, { name: "a" }, undefined, undefined);
    log.clear();
    log.cut(5);
    expect({ told, shown: shown(log, 0, 9) }).toEqual({ told: [], shown: [] });
  });
});
