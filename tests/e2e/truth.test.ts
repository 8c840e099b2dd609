// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { startOap } from "../../lib/oap/mod.ts";
import { FORMS, type Form } from "../demo/forms.ts";
import { median } from "../demo/print.ts";
import { SlowApp } from "../demo/session.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { backendOf, requestsOf, runnable, settled, timesOff } from "./truth.ts";

async function offInForm(runtime: Installed, form: Form, folder: string): Promise<string[]> {
  await using oap = await startOap();
  const program = await runnable(runtime, "tests/demo/slow_app.ts", folder);
  await using app = new SlowApp(runtime, form, backendOf(oap), program);
  await app.arm();
  const requests = await app.profile();
  expect(requests[0]?.figures.length).toBeGreaterThan(5);
  return (requests[0]?.figures ?? []).flatMap(({ name, tolerance }, i) => {
    const error = median(requests.map(({ figures }) => (figures[i]?.told ?? 0) - (figures[i]?.truth ?? 0)));
    return Math.abs(error) <= tolerance ? [] : [`${name}: off by ${error} ms, at most ${tolerance}`];
  });
}

describe("the slow app's times", () => {
  for (const runtime of ["node24", "bun", "deno"] as const) {
    for (const form of FORMS) {
      test(
        `are told right on ${runtime}, ${form.name}`,
        () => settled((folder) => offInForm(runtime, form, folder)),
        90_000,
      );
    }
  }
});

/** Functions that only wait or pass on, whose edges are known instants, and those whose edges only samples tell. */
const WAITING = [
  "classes",
  "create",
  "generator",
  "parallel",
  "callbacks",
  "events",
  "child_",
  "resources",
  "recursion",
  "bursts",
  "chained",
  "queued",
  "queuedTask",
  "siblings",
  "compiled",
  "compiledToo",
  "sooner",
  "later",
  "pooled",
  "beginning",
  "thrown",
];
/** Awaits what another function began: JavaScriptCore has left it by then. */
const ONLY_ON_V8 = ["deferred"];
const BURNING = ["find", "load", "#parse", "size", "answer"];
const WAIT_TOLERANCE_MS = 3;
const CPU_TOLERANCE_MS = 10;
/** Twenty bursts of 4 ms, each shorter than the time between two samples on V8: 15 % of their sum. */
const BURSTS_TOLERANCE_MS = 12;

async function offInShapes(runtime: Installed, folder: string): Promise<string[]> {
  const program = await runnable(runtime, "tests/e2e/shapes_app.ts", folder);
  const requests = await requestsOf(runtime, { program, path: "/all" });
  return [
    ...timesOff(requests, WAITING, WAIT_TOLERANCE_MS),
    ...timesOff(requests, runtime === "bun" ? [] : ONLY_ON_V8, WAIT_TOLERANCE_MS),
    ...timesOff(requests, BURNING, CPU_TOLERANCE_MS),
    ...timesOff(requests, ["chew"], BURSTS_TOLERANCE_MS),
  ];
}

describe("functions and awaits of many shapes", () => {
  for (const runtime of RUN_BUILT) {
    test(`are told right on ${runtime}`, () => settled((folder) => offInShapes(runtime, folder)), 120_000);
  }
});
