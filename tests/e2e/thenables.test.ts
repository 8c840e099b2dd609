// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { startOap } from "../../lib/oap/mod.ts";
import { Tree } from "../support/call_tree.ts";
import { ProfiledApp } from "../support/profiled_app.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { backendOf, runnable, settled, timesOff } from "./truth.ts";

const PROGRAM = "tests/e2e/thenables_app.ts";
/** Where JavaScriptCore tells who awaits: what the function has begun in the same run, or has waited for before. */
const TOLD_ON_BUN = ["transacted", "waited", "gathered"];
const LEFT_ON_BUN = ["found", "listed", "foundAgain"];
const TOLERANCE_MS = 3;

async function offIn(runtime: Installed, folder: string): Promise<string[]> {
  await using oap = await startOap();
  const program = await runnable(runtime, PROGRAM, folder);
  await using app = new ProfiledApp(runtime, { program, path: "/all" }, backendOf(oap));
  await app.arm();
  const requests = await app.profile();
  if (runtime !== "bun") return timesOff(requests, [...TOLD_ON_BUN, ...LEFT_ON_BUN], TOLERANCE_MS);
  // The others are told below what calls them, and none in the place of another one.
  const misplaced = LEFT_ON_BUN.filter((name) =>
    requests.some(({ elements }) => new Tree(elements).inclusive(name) > TOLERANCE_MS),
  );
  return [...timesOff(requests, TOLD_ON_BUN, TOLERANCE_MS), ...misplaced];
}

describe("a function that awaits an object with a then of its own", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `is told as long as it took on ${runtime}`,
      () => settled((folder) => offIn(runtime, folder)),
      120_000,
    );
  }
});
