// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { StackElement } from "../support/backend_client.ts";
import { type Installed, ROOT, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, runnable, settled } from "./truth.ts";

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

function notAsCalled(elements: readonly StackElement[]): string[] {
  const found = callsIn(elements);
  const missing = CALLS.filter((call) => !found.includes(call));
  return [
    ...missing.map((call) => `${call} is missing`),
    ...found.filter((call, i) => !CALLS.includes(call) || found.indexOf(call) !== i),
  ];
}

/** The lines on which the named functions are declared, by name. */
const DECLARED = new Map(
  readFileSync(join(ROOT, PROGRAM), "utf8")
    .split("\n")
    .flatMap((line, i) => [...line.matchAll(/function (\w+)\(/g)].map(([, name]) => [name, i + 1] as const)),
);

function notAtSource(elements: readonly StackElement[], program = PROGRAM, linesBefore = 0): string[] {
  const expected = [...DECLARED].map(([name, line]) => `${name} (${program}:${line + linesBefore})`);
  return elements
    .map(({ codeSignature }) => codeSignature)
    .filter((signature) => !/^(\(|<anonymous> )/.test(signature) && !expected.includes(signature));
}

/** Writes a minified bundle with a source map, and tells where it is. */
type Bundler = (folder: string) => Promise<string>;

const esbuild: Bundler = (folder) => bundled(folder, join(ROOT, PROGRAM));

async function bundled(folder: string, source: string): Promise<string> {
  const outfile = join(folder, "bundle.mjs");
  await build({
    entryPoints: [source],
    outfile,
    format: "esm",
    bundle: true,
    minify: true,
    platform: "node",
    sourcemap: "linked",
    logLevel: "silent",
  });
  return outfile;
}

const bun: Bundler = async (folder) => {
  await Bun.build({
    entrypoints: [join(ROOT, PROGRAM)],
    outdir: folder,
    naming: "bundle.mjs",
    target: "bun",
    minify: true,
    sourcemap: "linked",
  });
  return join(folder, "bundle.mjs");
};

async function profiled(
  runtime: Installed,
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<(readonly StackElement[])[]> {
  const requests = await requestsOf(runtime, { program, path: "/inline", env });
  return requests.map(({ elements }) => elements);
}

describe("functions that are given to a call", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `stand once, below their caller, on ${runtime}`,
      () =>
        settled(async (folder) => {
          const program = await runnable(runtime, PROGRAM, folder);
          return (await profiled(runtime, program)).flatMap(notAsCalled);
        }),
      90_000,
    );
  }
});

describe("functions of a minified bundle", () => {
  const bundles: [Installed, Bundler][] = [
    ...RUN_BUILT.map((runtime): [Installed, Bundler] => [runtime, esbuild]),
    ["bun", bun],
  ];
  for (const [runtime, by] of bundles) {
    test(
      `stand as in the source that its map tells, by ${by.name}, on ${runtime}`,
      () =>
        settled(async (folder) => {
          const requests = await profiled(runtime, await by(folder));
          return requests.flatMap((elements) => [...notAsCalled(elements), ...notAtSource(elements)]);
        }),
      90_000,
    );
  }
});

describe("functions of a minified bundle without its sources", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `stand as in the text that the map brings along, on ${runtime}`,
      () =>
        settled(async (folder) => {
          const source = join(folder, "src/app.ts");
          mkdirSync(dirname(source), { recursive: true });
          copyFileSync(join(ROOT, PROGRAM), source);
          const program = await bundled(folder, source);
          rmSync(source);
          const requests = await profiled(runtime, program);
          return requests.flatMap((elements) => [...notAsCalled(elements), ...notAtSource(elements, source)]);
        }),
      90_000,
    );
  }
});

/** What TypeScript cannot be without: a loader has to put code in its place, on other lines. */
const TRANSFORMED = "interface Erased {\n  readonly a: string;\n}\nenum Loaded {\n  Yes = 1,\n}\n";

describe("functions of a file that a loader transforms in memory", () => {
  // Node 20 has no such loader, and Node 26 has none any more; `tsx` gives its maps to Node in the same way.
  for (const runtime of RUN_BUILT.filter((name) => name === "node22" || name === "node24")) {
    test(
      `stand as in that file, on ${runtime}`,
      () =>
        settled(async (folder) => {
          const program = join(folder, "app.ts");
          writeFileSync(program, TRANSFORMED + readFileSync(join(ROOT, PROGRAM), "utf8"));
          const requests = await profiled(runtime, program, {
            NODE_OPTIONS: "--experimental-transform-types --disable-warning=ExperimentalWarning",
          });
          const linesBefore = TRANSFORMED.split("\n").length - 1;
          return requests.flatMap((elements) => [
            ...notAsCalled(elements),
            ...notAtSource(elements, program, linesBefore),
          ]);
        }),
      90_000,
    );
  }
});
