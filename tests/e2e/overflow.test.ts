// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { median } from "../demo/print.ts";
import { Tree } from "../support/call_tree.ts";
import type { Profiled } from "../support/profiled_app.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, runnable, settled } from "./truth.ts";

/** On Bun samples of stacks of a thousand frames hold the loop. */
const NEAR_MS = 25;

/** How far each figure is off, of what is done after all that. */
function errorsOf({ elements, truth }: Profiled): readonly (readonly [what: string, error: number])[] {
  const tree = new Tree(elements);
  const { burnt = Number.NaN, waited = Number.NaN } = truth;
  return [
    ["burn", tree.inclusive("burn") - burnt],
    ["wait", tree.inclusive("wait") - waited],
  ];
}

/** An app that the agent's hooks have ended would not answer. */
async function off(runtime: Installed, folder: string): Promise<string[]> {
  const program = await runnable(runtime, "tests/e2e/overflow_app.ts", folder);
  const profiled = await requestsOf(runtime, { program, path: "/" });
  expect(profiled.map(({ truth }) => truth.missed)).toEqual(profiled.map(() => 0));
  const requests = profiled.map(errorsOf);
  return (requests[0] ?? []).flatMap(([what], index) => {
    const error = median(requests.map((errors) => errors[index]?.[1] ?? Number.NaN));
    return Math.abs(error) <= NEAR_MS ? [] : [`${what} is off by ${error}`];
  });
}

describe("an app that uses up its stack and catches that", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `is profiled, and lives on, on ${runtime}`,
      () => settled((folder) => off(runtime, folder)),
      120_000,
    );
  }
});
