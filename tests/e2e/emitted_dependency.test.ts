// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { Tree } from "../support/call_tree.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, settled } from "./truth.ts";

const TOLERANCE_MS = 4;
const PAUSE_MS = 20;

/** As packages are published: compiled, with a map, and without what it was compiled from. */
const DEPENDENCY = `export interface Options {
  readonly times: number;
  readonly pauseMs: number;
}

export type Step = () => void;

export async function repeat({ times, pauseMs }: Options, step: Step): Promise<void> {
  for (let i = 0; i < times; i++) {
    step();
    await pause(pauseMs);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
`;

const APP = `import { createServer } from "node:http";
import { repeat } from "dependency";
function burn(ms) {
  for (const until = performance.now() + ms; performance.now() < until;);
}
async function handle() {
  const from = performance.now();
  let burnt = 0;
  await repeat({ times: 2, pauseMs: ${PAUSE_MS} }, () => {
    const from = performance.now();
    burn(30);
    burnt += performance.now() - from;
  });
  const took = performance.now() - from;
  return JSON.stringify({ repeat: took, pause: took - burnt });
}
createServer((request, response) => handle().then((body) => response.end(body))).listen(0, function () {
  console.log("listening " + this.address().port);
});
`;

async function off(runtime: Installed, folder: string): Promise<string[]> {
  const dependency = join(folder, "node_modules/dependency");
  mkdirSync(dependency, { recursive: true });
  const { code, map } = await transform(DEPENDENCY, {
    loader: "ts",
    sourcemap: true,
    sourcesContent: false,
    sourcefile: "src/index.ts",
  });
  const manifest = { name: "dependency", version: "1.0.0", type: "module", exports: "./index.js" };
  writeFileSync(join(dependency, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(dependency, "index.js"), `${code}//# sourceMappingURL=index.js.map\n`);
  writeFileSync(join(dependency, "index.js.map"), map);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const program = join(folder, "app.js");
  writeFileSync(program, APP);

  const requests = await requestsOf(runtime, { program, path: "/" });
  const line = 1 + code.split("\n").findIndex((text) => text.includes("setTimeout("));
  return requests.flatMap(({ truth, elements }) => {
    const tree = new Tree(elements);
    const { repeat = Number.NaN, pause = Number.NaN } = truth;
    const found = {
      "repeat in all": [tree.inclusive("repeat"), repeat],
      "pause in all": [tree.inclusive("pause"), pause],
      // A timer is never early; the time that it is late is told as held.
      "at its line": [
        Math.min(2 * PAUSE_MS, tree.waitingAt("<anonymous>", line, "setTimeout")),
        2 * PAUSE_MS,
      ],
      "of code outside of functions": [tree.inclusive("<module>"), 0],
    } as const;
    return Object.entries(found)
      .filter(([, [told, ms]]) => !(Math.abs(told - ms) <= TOLERANCE_MS))
      .map(([name, [told, ms]]) => `${name}: ${told} ms instead of ${ms}`);
  });
}

describe("functions of a package that was compiled", () => {
  for (const runtime of RUN_BUILT) {
    test(
      `stand in the code that runs, on ${runtime}`,
      () => settled((folder) => off(runtime, folder)),
      90_000,
    );
  }
});
