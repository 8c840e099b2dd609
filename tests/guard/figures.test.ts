// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { FIGURES } from "../bench/figures.ts";
import { readTable, titles } from "../bench/table.ts";

const lines = readTable()
  .split("\n")
  .slice(2)
  .filter((line) => line !== "");

describe("the README's figures", () => {
  test("are those that the bench measures; `npm run bench -- --write` writes them", () => {
    expect(lines.map((line) => line.split("|")[1]?.trim())).toEqual(titles(FIGURES));
  });
});
