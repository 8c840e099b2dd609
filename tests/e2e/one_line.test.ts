// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tree } from "../support/call_tree.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, settled } from "./truth.ts";

const TOLERANCE_MS = 4;
/** How long the `w` that each of two functions named `e` has in it is on the CPU. */
const FIRST_MS = 10;
const SECOND_MS = 50;

/** As a minifier leaves it: all on one line, by few names. */
const SERVER = `import { createServer as s } from "node:http";
import { setTimeout as t } from "node:timers/promises";
const b = (ms) => { for (const u = performance.now() + ms; performance.now() < u;); };
const x = { e: async () => { const w = async () => { b(${FIRST_MS}); await t(20); }; await w(); } };
const y = { e: async () => { const w = async () => { b(${SECOND_MS}); await t(20); }; await w(); } };
const n = () => performance.now();
const h = async () => { const a = n(); await y.e(); const c = n(); await x.e(); return { first: n() - c, second: c - a }; };
s((q, r) => h().then((v) => r.end(JSON.stringify(v)))).listen(0, function () { console.log("listening " + this.address().port); });`;

async function off(runtime: Installed, folder: string): Promise<string[]> {
  const program = join(folder, "app.mjs");
  const text = SERVER.replaceAll("\n", " ");
  writeFileSync(program, text);
  const requests = await requestsOf(runtime, { program, path: "/" });
  const at = (code: string, from = 0): number => 1 + text.indexOf(code, from);
  const second = text.indexOf("y = {");
  const expected = [
    [`e (${program}:1:${at("async () => { const w")})`, "first"],
    [`w (${program}:1:${at("async () => { b(")})`, "first"],
    [`e (${program}:1:${at("async () => { const w", second)})`, "second"],
    [`w (${program}:1:${at("async () => { b(", second)})`, "second"],
  ] as const;
  return requests.flatMap(({ truth, elements }) => {
    const tree = new Tree(elements);
    return expected.flatMap(([signature, name]) => {
      const told = tree.leaves(signature);
      const ms = truth[name] ?? Number.NaN;
      return Math.abs(told - ms) <= TOLERANCE_MS ? [] : [`${signature}: ${told} ms instead of ${ms}`];
    });
  });
}

describe("functions of one name on one line", () => {
  for (const runtime of RUN_BUILT) {
    test(`are told apart on ${runtime}`, () => settled((folder) => off(runtime, folder)), 90_000);
  }
});
