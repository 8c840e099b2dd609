// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { startOap } from "../../lib/oap/mod.ts";
import { median } from "../demo/print.ts";
import { Tree } from "../support/call_tree.ts";
import { ProfiledApp } from "../support/profiled_app.ts";
import { type Installed, ROOT, RUN_BUILT } from "../support/spawn.ts";
import { backendOf, runnable, settled, timesOff } from "./truth.ts";

const PROGRAM = "tests/e2e/streams_app.ts";
const TOLERANCE_MS = 3;
/** Of the time of a function that only waits, so much is told at the line where it does. */
const SHARE_AT_LINE = 0.85;

/** A function that waits by itself. */
interface Waiting {
  readonly name: string;
  /** A text of the line where it waits. */
  readonly at: string;
  /** The same on Node, where a stream waits with what opened it. */
  readonly onNode?: string;
  /** What it is told to wait for on Node. */
  readonly onNodeFor?: string;
}

const WAITING: readonly Waiting[] = [
  { name: "run", at: "await execute(" },
  { name: "chunks", at: "of stdout)", onNode: "{ stdout } = spawn(" },
  { name: "lines", at: "of createInterface(", onNode: "input } = spawn(" },
  { name: "body", at: "of response.body" },
  { name: "reader", at: "await reader?.read()" },
  { name: "emitted", at: "setInterval(() => emitter" },
  { name: "ticking", at: "of ticks(" },
  { name: "ask", at: "await new Promise((resolve)" },
  { name: "scheduled", at: "await scheduler.wait(" },
  { name: "asking", at: "await client?.ask(", onNodeFor: "net.read" },
];
/** Functions in which others wait or run. */
const CALLING = ["pump", "conversation", "queue", "dense", "part", "fetched"];

/** Functions that wait by themselves on a runtime, with a text of the line, and what they wait for. */
function waitingOn(runtime: Installed): [name: string, at: string, label: string][] {
  const isNode = runtime.startsWith("node");
  return WAITING.map(({ name, at, onNode, onNodeFor }) => [
    name,
    (isNode && onNode) || at,
    (isNode && onNodeFor) || "",
  ]);
}

async function offIn(runtime: Installed, folder: string): Promise<string[]> {
  await using oap = await startOap();
  const program = await runnable(runtime, PROGRAM, folder);
  const path = isAbsolute(program) ? program : join(ROOT, program);
  const text = (await readFile(path, "utf8")).split("\n");
  await using app = new ProfiledApp(runtime, { program, path: "/all" }, backendOf(oap));
  await app.arm();
  const profiled = await app.profile();
  const requests = profiled.map(({ truth, elements }) => ({ truth, tree: new Tree(elements) }));
  const waiting = waitingOn(runtime);
  const off = timesOff(profiled, [...waiting.map(([name]) => name), ...CALLING], TOLERANCE_MS);
  for (const [name, at, label] of waiting) {
    const line = text.findIndex((row) => row.includes(at)) + 1;
    const share = median(
      requests.map(({ truth, tree }) => tree.waitingAt(name, line, label) / (truth[name] ?? Number.NaN)),
    );
    if (!(share >= SHARE_AT_LINE))
      off.push(`${name}: waits for ${label} at line ${line} for ${share} of its time`);
  }
  return off;
}

describe("what the runtime does for a function in many turns", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `is told by the function that waits on ${runtime}`,
      () => settled((folder) => offIn(runtime, folder)),
      120_000,
    );
  }
});
