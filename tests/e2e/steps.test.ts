// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, runnable, settled, timesOff } from "./truth.ts";

const PROGRAM = "tests/e2e/steps_app.ts";
const STEPS = ["layered", "streamed", "called", "parsed", "queued", "calledAgain"];
const TOLERANCE_MS = 3;

async function offIn(runtime: Installed, folder: string): Promise<string[]> {
  const program = await runnable(runtime, PROGRAM, folder);
  return timesOff(await requestsOf(runtime, { program, path: "/all" }), STEPS, TOLERANCE_MS);
}

describe("each of the steps of a request that has hundreds of awaits", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `is told as long as it took on ${runtime}`,
      () => settled((folder) => offIn(runtime, folder)),
      120_000,
    );
  }
});
