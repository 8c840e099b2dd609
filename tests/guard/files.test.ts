// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { readSources } from "../support/sources.ts";

const MAX_LINES = 300;

const lib = readSources("lib", "mod.ts");
const all = [...lib, ...readSources("tests")];

describe("source files", () => {
  test("of the library have at most 300 lines", () => {
    const long = lib
      .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  test("begin with their licence", () => {
    const without = all
      .filter(({ text }) => !/^(?:#!.*\n)?\/\/ SPDX-License-Identifier: Apache-2\.0\n/.test(text))
      .map(({ path }) => path);
    expect(without).toEqual([]);
  });

  test("have names in snake case", () => {
    const odd = all
      .map(({ path }) => path)
      .filter((path) => !/^(?:[a-z0-9_]+\/)*[a-z0-9_]+(?:\.test|\.e2e|\.d)?\.ts$/.test(path));
    expect(odd).toEqual([]);
  });
});
