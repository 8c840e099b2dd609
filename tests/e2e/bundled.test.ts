// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Format } from "esbuild";
import { type Installed, ROOT, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, settled, timesOff } from "./truth.ts";

const TOLERANCE_MS = 8;

interface Bundle {
  readonly format: Format;
  readonly minify: boolean;
  readonly sourcemap: boolean;
}

/** The agent and the app as one file, the way `import "@sw/agent"` leads to it. */
async function bundle(folder: string, options: Bundle): Promise<string> {
  const outfile = join(folder, options.format === "esm" ? "app.mjs" : "app.cjs");
  await build({
    ...options,
    stdin: {
      contents: 'import "../../dist/agent.js"; import "./bundled_app.ts";',
      resolveDir: join(ROOT, "tests/e2e"),
    },
    outfile,
    bundle: true,
    platform: "node",
    logLevel: "silent",
  });
  return outfile;
}

/** Tells whether a signature is of the app: by the source's file, or else by what follows its name in the bundle. */
async function appOf(program: string, { sourcemap }: Bundle): Promise<(signature: string) => boolean> {
  if (sourcemap) return (signature) => /\(tests\/e2e\/bundled_app\.ts:\d+\)$/.test(signature);
  const lines = (await readFile(program, "utf8")).split("\n");
  const first = lines.findIndex((line) => line.startsWith("// tests/e2e/bundled_app.ts")) + 1;
  return (signature) => Number(/app\.[mc]js:(\d+)/.exec(signature)?.[1] ?? 0) > first;
}

async function off(runtime: Installed, folder: string, options: Bundle): Promise<string[]> {
  const program = await bundle(folder, options);
  const requests = await requestsOf(runtime, { program, path: "/", hasAgent: true });
  const isOfApp = await appOf(program, options);
  const told = requests.flatMap(({ elements }) => elements.map(({ codeSignature }) => codeSignature));
  const foreign = [...new Set(told)].filter((signature) => !signature.startsWith("(") && !isOfApp(signature));
  return [
    ...foreign.map((signature) => `${signature} is not the app's`),
    ...timesOff(requests, ["timed", "waits", "works"], TOLERANCE_MS),
  ];
}

describe("an app that is bundled with the agent", () => {
  // Deno maps traces to the sources, and not samples, so there a bundle with a map shows the agent.
  for (const runtime of RUN_BUILT.filter((each) => each !== "deno")) {
    test(
      `is told without the agent's own code, on ${runtime}`,
      () => settled((folder) => off(runtime, folder, { format: "esm", minify: true, sourcemap: true })),
      90_000,
    );
  }

  for (const [runtime, format] of [
    ["deno", "esm"],
    ["node24", "cjs"],
    ["bun", "cjs"],
  ] as const) {
    test(
      `is told so without a source map, as ${format} on ${runtime}`,
      () => settled((folder) => off(runtime, folder, { format, minify: false, sourcemap: false })),
      90_000,
    );
  }
});
