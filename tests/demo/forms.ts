// SPDX-License-Identifier: Apache-2.0

import type { StackElement } from "../support/backend_client.ts";
import { Tree } from "../support/call_tree.ts";
import type { Truth } from "../support/profiled_app.ts";

/** One figure of a request: what the app measured, or was told to do, and what the backend makes of it. */
export interface Figure {
  readonly name: string;
  readonly truth: number;
  readonly told: number;
  /** How far the median of the requests may be off, in milliseconds. */
  readonly tolerance: number;
}

/** A way to be slow. */
export interface Form {
  readonly name: "waiting" | "burning" | "mixed";
  readonly title: string;
  /** Whether unrelated requests burn and wait meanwhile. */
  readonly underLoad: boolean;
  /** How long each function waits by itself, in milliseconds. */
  readonly ownWaits: Readonly<Record<string, number>>;
  /** How long the request is on the CPU, in milliseconds. */
  readonly running: number;
}

const METHOD_WAITS = { method1: 20, method2: 20, method3: 20 };

export const FORMS: readonly Form[] = [
  {
    name: "waiting",
    title: "waiting: 20 ms in each of method3, method2 and method1, then 500 ms",
    underLoad: false,
    ownWaits: { ...METHOD_WAITS, handle: 500 },
    running: 0,
  },
  {
    name: "burning",
    title: "burning: the same on the CPU",
    underLoad: false,
    ownWaits: {},
    running: 560,
  },
  {
    name: "mixed",
    title:
      "mixed under load: each method burns 20 ms and waits 20 ms, then 500 ms, among eight unrelated clients",
    underLoad: true,
    ownWaits: { ...METHOD_WAITS, handle: 500 },
    running: 60,
  },
];

/** A dump period: what a time on the CPU may be off by, as samples are that far apart at most. */
const CPU_TOLERANCE = 10;
const WAIT_TOLERANCE = 3;
/** The app's watch runs in its handler: what the runtime does around that takes ms in a process that has just begun. */
const REQUEST_TOLERANCE = 10;
const METHODS = ["method1", "method2", "method3"];

/** The figures of one request. */
export function figures(form: Form, truth: Truth, elements: readonly StackElement[]): Figure[] {
  const tree = new Tree(elements);
  const methods = METHODS.map((name) => ({
    name,
    truth: truth[name] ?? 0,
    told: tree.inclusive(name),
    tolerance: form.running > 0 ? CPU_TOLERANCE : WAIT_TOLERANCE,
  }));
  const waits = Object.entries(form.ownWaits).map(([name, ms]) => ({
    name: `${name} waits`,
    truth: ms,
    told: tree.waiting(name),
    tolerance: WAIT_TOLERANCE,
  }));
  const request = {
    name: "request",
    truth: truth.request ?? 0,
    told: tree.total,
    tolerance: REQUEST_TOLERANCE,
  };
  const ownWait = Object.values(form.ownWaits).reduce((sum, ms) => sum + ms, 0);
  const running = {
    name: "on the CPU",
    // Nobody else has the thread where nothing else runs: then it is all that is not waiting, the runtime's part too.
    truth: form.underLoad ? form.running : (truth.request ?? 0) - ownWait,
    told: tree.total - tree.leaves("(waiting") - tree.leaves("(held by"),
    tolerance: CPU_TOLERANCE,
  };
  const foreign = {
    name: "foreign code",
    truth: 0,
    told: tree.inclusive("unrelated"),
    tolerance: 0,
  };
  return [request, ...methods, ...waits, running, foreign];
}
