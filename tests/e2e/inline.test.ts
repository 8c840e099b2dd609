// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { startOap } from "../../lib/oap/mod.ts";
import type { StackElement } from "../support/backend_client.ts";
import { ProfiledApp } from "../support/profiled_app.ts";
import { type Installed, ROOT, RUN_BUILT } from "../support/spawn.ts";
import { backendOf, runnable, settled } from "./truth.ts";

const PROGRAM = "tests/e2e/inline_app.ts";
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
  const program = await runnable(runtime, PROGRAM, folder);
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

/** The lines on which the named functions are declared, by name. */
const DECLARED = new Map(
  readFileSync(join(ROOT, PROGRAM), "utf8")
    .split("\n")
    .flatMap((line, i) => [...line.matchAll(/function (\w+)\(/g)].map(([, name]) => [name, i + 1] as const)),
);

async function notAtSource(runtime: Installed, folder: string): Promise<string[]> {
  await using oap = await startOap();
  const program = join(folder, "bundle.mjs");
  await build({
    entryPoints: [join(ROOT, PROGRAM)],
    outfile: program,
    format: "esm",
    bundle: true,
    minify: true,
    platform: "node",
    sourcemap: "linked",
    logLevel: "silent",
  });
  await using app = new ProfiledApp(runtime, { program, path: "/inline" }, backendOf(oap));
  await app.arm();
  const requests = await app.profile();
  return requests.flatMap(({ elements }) => {
    const found = elements.map(({ codeSignature }) => codeSignature).filter((name) => !name.startsWith("("));
    const expected = [...DECLARED].map(([name, line]) => `${name} (${PROGRAM}:${line})`);
    return [
      ...found.filter((name) => !name.startsWith("<anonymous> ") && !expected.includes(name)),
      ...["handle", "each", "work", "map", "made", "given", "chained", "own"]
        .map((name) => `${name} (${PROGRAM}:${DECLARED.get(name)})`)
        .filter((name) => !found.includes(name))
        .map((name) => `${name} is missing`),
    ];
  });
}

describe("functions of a minified bundle", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `have the name and the line of the source that its map tells, on ${runtime}`,
      () => settled((folder) => notAtSource(runtime, folder)),
      90_000,
    );
  }
});
