// SPDX-License-Identifier: Apache-2.0
/**
 * The demo: a slow app in three forms on each runtime, profiled through a backend, its trees printed beside the
 * truth. Exits with 1 when a time is off. `--grpc HOST:PORT --graphql URL` names a backend; else the embedded one
 * is started.
 */

import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { BackendClient } from "../support/backend_client.ts";
import type { Backend, Profiled } from "../support/profiled_app.ts";
import { type Installed, ROOT, start } from "../support/spawn.ts";
import { FORMS } from "./forms.ts";
import { median, renderFigures, renderTree } from "./print.ts";
import { SlowApp } from "./session.ts";

const RUNTIMES: readonly Installed[] = ["node24", "bun", "deno"];
const TITLES: Partial<Record<Installed, string>> = { node24: "Node 24", bun: "Bun", deno: "Deno" };

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function startBackend(): Promise<Backend & AsyncDisposable> {
  const oap = start("node24", join(ROOT, "dist/cli.js"), {
    args: ["oap", "--grpc-port", "0", "--rest-port", "0"],
    timeoutMs: 600_000,
  });
  const grpc = await oap.line((line) => /^grpc=(.+)$/.exec(line)?.[1]);
  const graphql = await oap.line((line) => /^graphql=(.+)$/.exec(line)?.[1]);
  say(`The embedded backend listens: agents on ${grpc}, queries on ${graphql}`);
  return {
    grpc,
    client: new BackendClient(graphql),
    [Symbol.asyncDispose]: () => oap[Symbol.asyncDispose](),
  };
}

async function demonstrate(runtime: Installed, backend: Backend): Promise<boolean> {
  say(`\n=== ${TITLES[runtime] ?? runtime}: three apps start, each gets a profile task`);
  await using apps = new AsyncDisposableStack();
  const started = FORMS.map((form) => ({ form, app: apps.use(new SlowApp(runtime, form, backend)) }));
  await Promise.all(started.map(({ app }) => app.arm()));
  let ok = true;
  for (const { form, app } of started) {
    say(`\n--- ${TITLES[runtime] ?? runtime}, ${form.title}`);
    const requests = await app.profile();
    const figures = renderFigures(requests.map((request) => request.figures));
    const typical = closestToMedian(requests);
    for (const line of renderTree(typical.elements, typical.truth)) say(line);
    say(`  medians of ${requests.length} requests, in ms:`);
    for (const line of figures.lines) say(line);
    ok &&= figures.ok;
  }
  return ok;
}

function closestToMedian(requests: readonly Profiled[]): Profiled {
  const total = (request: Profiled) => request.truth.request ?? 0;
  const middle = median(requests.map(total));
  const [closest] = [...requests].sort((a, b) => Math.abs(total(a) - middle) - Math.abs(total(b) - middle));
  if (!closest) throw new Error("Cannot show a request: none was profiled");
  return closest;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { grpc: { type: "string" }, graphql: { type: "string" } } });
  if ((values.grpc === undefined) !== (values.graphql === undefined)) {
    say("Usage: npm run demo [-- --grpc HOST:PORT --graphql URL]");
    return 2;
  }
  await using resources = new AsyncDisposableStack();
  const backend: Backend =
    values.grpc !== undefined && values.graphql !== undefined
      ? { grpc: values.grpc, client: new BackendClient(values.graphql) }
      : resources.use(await startBackend());
  const off: string[] = [];
  for (const runtime of RUNTIMES) {
    if (!(await demonstrate(runtime, backend))) off.push(TITLES[runtime] ?? runtime);
  }
  say(off.length === 0 ? "\nEvery time is right on every runtime." : `\nTimes are off on ${off.join(", ")}.`);
  return off.length === 0 ? 0 : 1;
}

process.exitCode = await main();
