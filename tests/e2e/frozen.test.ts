// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { median } from "../demo/print.ts";
import { Tree } from "../support/call_tree.ts";
import type { Profiled } from "../support/profiled_app.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, runnable, settled } from "./truth.ts";

const NEAR_MS = 8;

function errorsOf({ elements, truth }: Profiled): readonly [burnt: number, waited: number] {
  const tree = new Tree(elements);
  const { burnt = Number.NaN, waited = Number.NaN } = truth;
  return [tree.inclusive("burn") - burnt, tree.leaves("(waiting for setTimeout ") - waited];
}

/** An app that the agent made throw would have ended before it answers. */
async function off(runtime: Installed, folder: string): Promise<string[]> {
  const program = await runnable(runtime, "tests/e2e/frozen_app.ts", folder);
  const errors = (await requestsOf(runtime, { program, path: "/" })).map(errorsOf);
  const burnt = median(errors.map(([error]) => error));
  const waited = median(errors.map(([, error]) => error));
  return [
    ...(Math.abs(burnt) <= NEAR_MS ? [] : [`burn is off by ${burnt} ms`]),
    ...(Math.abs(waited) <= NEAR_MS ? [] : [`the timer is off by ${waited} ms`]),
  ];
}

describe("an app that has frozen what it is made of", () => {
  for (const runtime of RUN_BUILT) {
    test(`is profiled on ${runtime}`, () => settled((folder) => off(runtime, folder)), 90_000);
  }
});
