// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/spawn.ts";

/** What only the embedded backend and the program need. */
const BACKEND = ["GraphQLError", "node:sqlite", "createProfileTask"];

const has = (file: string) => {
  const text = readFileSync(join(ROOT, "dist", file), "utf8");
  return BACKEND.filter((part) => text.includes(part));
};

test("an app that loads the agent loads nothing of the backend", () => {
  expect(has("oap.js")).toEqual(BACKEND);
  expect(has("agent.js")).toEqual([]);
  expect(has("api.js")).toEqual([]);
});
