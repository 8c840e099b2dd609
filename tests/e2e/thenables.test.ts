// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { Tree } from "../support/call_tree.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, runnable, settled, timesOff } from "./truth.ts";

const PROGRAM = "tests/e2e/thenables_app.ts";
/** Where JavaScriptCore tells who awaits: what the function has begun in the same run, or has waited for before. */
const TOLD_ON_BUN = ["transacted", "waited", "gathered"];
const LEFT_ON_BUN = ["found", "listed", "foundAgain"];
const TOLERANCE_MS = 3;

async function offIn(runtime: Installed, folder: string): Promise<string[]> {
  const program = await runnable(runtime, PROGRAM, folder);
  const requests = await requestsOf(runtime, { program, path: "/all" });
  if (runtime !== "bun") return timesOff(requests, [...TOLD_ON_BUN, ...LEFT_ON_BUN], TOLERANCE_MS);
  // The others are told below what calls them, and none in the place of another one.
  const longer = LEFT_ON_BUN.filter((name) =>
    requests.some(({ truth, elements }) => {
      const error = new Tree(elements).inclusive(name) - (truth[name] ?? Number.NaN);
      return !(error <= TOLERANCE_MS);
    }),
  );
  return [...timesOff(requests, TOLD_ON_BUN, TOLERANCE_MS), ...longer];
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
