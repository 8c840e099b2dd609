// SPDX-License-Identifier: Apache-2.0
/** The program as a child process, and a backend with profiles in it that were made up. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import { createTask, grpcClient, segmentInit, streamOf } from "../oap/support.ts";
import {
  type Ended,
  type Installed,
  ROOT,
  type Running,
  type SpawnOptions,
  start,
} from "../support/spawn.ts";

export const APP: string = join(ROOT, "tests/cli/app.mjs");
const SOURCE = join(ROOT, "lib/cli/main.ts");
const BUILT = join(ROOT, "dist/cli.js");

if (!existsSync(BUILT)) throw new Error("Cannot test the program: run `npm run build` first");

/** Where programs of the installed runtimes are. */
export const NODE24: string = join(ROOT, "node_modules/node24/bin/node");
export const NODE20: string = join(ROOT, "node_modules/node20/bin/node");
export const BUN: string = join(ROOT, "node_modules/.bin/bun");
export const DENO: string = join(ROOT, "node_modules/.bin/deno");

/** Starts `sw-agent`, from its sources where TypeScript runs. Times it shows are in UTC. */
export function startCli(
  runtime: Installed,
  args: readonly string[],
  options: Omit<SpawnOptions, "args" | "preload"> = {},
): Running {
  const program = runtime === "node20" ? BUILT : SOURCE;
  return start(runtime, program, { ...options, args, env: { TZ: "UTC", ...options.env } });
}

/** Runs `sw-agent` to its end. */
export function runCli(
  runtime: Installed,
  args: readonly string[],
  options: Omit<SpawnOptions, "args" | "preload"> = {},
): Promise<Ended> {
  return startCli(runtime, args, options).ended;
}

/** A backend with one task of `shop`. */
export interface SeededBackend extends AsyncDisposable {
  readonly oap: Oap;
  readonly url: string;
  readonly taskId: string;
  /** Reports a request of 40 ms: 10 of work, then 20 of waiting, and 10 in which another had the thread. */
  profile(segmentId: string, startedAt: number): Promise<void>;
}

const REQUEST = "(request POST:/buy)";
const HANDLER = "handle (src/shop.ts:12)";

/** The stacks of a seeded request, by the milliseconds after its start. */
const STACKS: readonly (readonly [time: number, ...stack: string[]])[] = [
  [0, REQUEST, HANDLER, "price (src/price.ts:3)"],
  [10, REQUEST, HANDLER, "price (src/price.ts:3)"],
  [10, REQUEST, HANDLER, "(waiting for fetch src/shop.ts:14)"],
  [30, REQUEST, HANDLER, "(waiting for fetch src/shop.ts:14)"],
  [30, REQUEST, HANDLER, "(held by GET:/report)", "report (src/report.ts:5)"],
  [40, REQUEST, HANDLER, "(held by GET:/report)", "report (src/report.ts:5)"],
];

export async function startSeededBackend(options: Record<string, unknown> = {}): Promise<SeededBackend> {
  const oap = await startOap();
  const url = `http://127.0.0.1:${oap.restPort}/graphql`;
  const taskId = await createTask(url, "shop", options);
  const agent = grpcClient(oap.grpcPort);
  return {
    oap,
    url,
    taskId,
    async profile(segmentId, startedAt) {
      const snapshots = STACKS.map(([time, ...codeSignatures], sequence) => ({
        taskId,
        traceSegmentId: segmentId,
        time: BigInt(startedAt + time),
        sequence,
        stack: { codeSignatures },
      }));
      await agent.profile.collectSnapshot(streamOf(snapshots));
      const [span] = segmentInit(segmentId).spans ?? [];
      const spans = [{ ...span, startTime: BigInt(startedAt), endTime: BigInt(startedAt + 40) }];
      await agent.trace.collect(streamOf([segmentInit(segmentId, { spans })]));
    },
    [Symbol.asyncDispose]: () => oap.close(),
  };
}
