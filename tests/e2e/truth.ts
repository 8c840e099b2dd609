// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import { median } from "../demo/print.ts";
import { BackendClient } from "../support/backend_client.ts";
import { Tree } from "../support/call_tree.ts";
import { type AppOptions, type Backend, type Profiled, ProfiledApp } from "../support/profiled_app.ts";
import { settled as settledIn } from "../support/settled.ts";
import { type Installed, ROOT } from "../support/spawn.ts";

/** How often a measurement is taken before it counts as wrong. */
const ATTEMPTS = 3;

/** The embedded backend, as agents and tests reach it. */
export function backendOf(oap: Oap): Backend {
  const client = new BackendClient(`http://127.0.0.1:${oap.restPort}/graphql`);
  return { grpc: `127.0.0.1:${oap.grpcPort}`, client };
}

/** The requests of an app that a task on the embedded backend profiles. */
export async function requestsOf(runtime: Installed, options: AppOptions): Promise<Profiled[]> {
  await using oap = await startOap();
  await using app = new ProfiledApp(runtime, options, backendOf(oap));
  await app.arm();
  return await app.profile();
}

/** The program as the runtime can run it: Node 20 runs no TypeScript. */
export async function runnable(runtime: Installed, program: string, folder: string): Promise<string> {
  if (runtime !== "node20") return program;
  const outfile = join(folder, "app.mjs");
  await build({ entryPoints: [join(ROOT, program)], outfile, format: "esm", logLevel: "silent" });
  return outfile;
}

/**
 * Which functions are told longer or shorter than they took, in the median of the requests.
 *
 * @param toleranceMs by how much they may be
 */
export function timesOff(
  requests: readonly Profiled[],
  names: readonly string[],
  toleranceMs: number,
): string[] {
  return names.flatMap((name) => {
    const error = median(
      requests.map(({ truth, elements }) => new Tree(elements).inclusive(name) - (truth[name] ?? Number.NaN)),
    );
    return Math.abs(error) <= toleranceMs ? [] : [`${name}: off by ${error} ms, at most ${toleranceMs}`];
  });
}

/** Measures in a folder of its own until nothing is off. */
export async function settled(measure: (folder: string) => Promise<readonly string[]>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sw-agent-truth-"));
  try {
    await settledIn(() => measure(folder), ATTEMPTS);
  } finally {
    await rm(folder, { recursive: true });
  }
}
