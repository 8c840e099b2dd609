// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { startOap } from "../../lib/oap/mod.ts";
import type { StackElement } from "../support/backend_client.ts";
import { ProfiledApp } from "../support/profiled_app.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { backendOf, runnable, settled } from "./truth.ts";

/** Who calls whom; each burns 30 ms or more before its first await, or waits 20 ms. */
const CALLS: readonly string[] = [
  "(request GET:/inline) > <anonymous>",
  "<anonymous> > handle",
  "handle > each",
  "handle > map",
  "each > work",
  "handle > made",
  "made > <anonymous>",
  "handle > given",
  "handle > chained",
  "chained > <anonymous>",
  "chained > own",
];

/** Each function of a tree, by its caller. */
function callsIn(elements: readonly StackElement[]): string[] {
  const names = new Map(elements.map(({ id, codeSignature }) => [id, nameOf(codeSignature)]));
  return elements
    .filter(({ codeSignature }) => !/^(\(|burn )/.test(codeSignature))
    .map(({ parentId, codeSignature }) => `${names.get(parentId)} > ${nameOf(codeSignature)}`);
}

function nameOf(signature: string): string {
  return signature.startsWith("(") ? signature : signature.slice(0, signature.lastIndexOf(" ("));
}

async function notAsCalled(runtime: Installed, folder: string): Promise<string[]> {
  await using oap = await startOap();
  const program = await runnable(runtime, "tests/e2e/inline_app.ts", folder);
  await using app = new ProfiledApp(runtime, { program, path: "/inline" }, backendOf(oap));
  await app.arm();
  const requests = await app.profile();
  return requests.flatMap(({ elements }) => {
    const found = callsIn(elements);
    const missing = CALLS.filter((call) => !found.includes(call));
    return [
      ...missing.map((call) => `${call} is missing`),
      ...found.filter((call, i) => !CALLS.includes(call) || found.indexOf(call) !== i),
    ];
  });
}

describe("functions that are given to a call", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `stand once, below their caller, on ${runtime}`,
      () => settled((folder) => notAsCalled(runtime, folder)),
      90_000,
    );
  }
});
