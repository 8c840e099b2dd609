// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Tree } from "../support/call_tree.ts";
import { type Installed, ROOT, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, runnable, settled } from "./truth.ts";

const PROGRAM = "tests/e2e/connection_app.ts";
const DELAY_MS = 30;

async function off(runtime: Installed, folder: string): Promise<string[]> {
  const program = await runnable(runtime, PROGRAM, folder);
  const requests = await requestsOf(runtime, { program, path: "/" });
  const lines = readFileSync(resolve(ROOT, program), "utf8").split("\n");
  const lineOf = (code: RegExp): number => 1 + lines.findIndex((line) => code.test(line));
  return requests.flatMap(({ elements }) => {
    const tree = new Tree(elements);
    const found = {
      data: tree.waitingAt("data", lineOf(/await new Promise.*settle/), "net.read"),
      // JavaScriptCore has left the function that awaits: the line is the one that makes the promise.
      readable:
        tree.waitingAt("readable", lineOf(/await answer/), "net.read") +
        tree.waitingAt("readable", lineOf(/answer = new Promise/), "net.read"),
      timer: tree.leaves("(waiting for setTimeout"),
    };
    return Object.entries(found)
      .filter(([, ms]) => ms < DELAY_MS - 5)
      .map(([name, ms]) => `${name} waited ${ms} ms as it should`);
  });
}

describe("a wait for an answer on a kept connection", () => {
  for (const runtime of RUN_BUILT) {
    test(`is named by what ended it, on ${runtime}`, () => settled((folder) => off(runtime, folder)), 90_000);
  }
});
