// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { filePath, isOwnPlace } from "../../lib/runtime/_own.ts";
import { OwnCode } from "../../lib/runtime/_own_code.ts";

const FILE = "/app/bundle.js";
const BEGIN = { file: FILE, line: 10, column: 5 };
const END = { file: FILE, line: 20, column: 7 };

describe("the agent's own code, bundled with the app's", () => {
  test("is what stands between its begin and its end", () => {
    const own = new OwnCode(BEGIN, END);
    expect(own.isIn(FILE)).toBe(true);
    expect(own.isIn("/app/other.js")).toBe(false);
    expect(own.has(10, 6)).toBe(true);
    expect(own.has(20, 7)).toBe(true);
    expect(own.has(15, 1)).toBe(true);
    expect(own.has(10, 5)).toBe(false);
    expect(own.has(9, 80)).toBe(false);
    expect(own.has(20, 8)).toBe(false);
    expect(own.has(21, 1)).toBe(false);
  });

  test("is all of its file as far as no other code was seen in it, where no line is told", () => {
    const own = new OwnCode(BEGIN, END);
    expect(own.has(0, 0)).toBe(true);
    own.has(12, 1);
    expect(own.has(0, 0)).toBe(true);
    own.has(21, 1);
    expect(own.has(0, 0)).toBe(false);
  });

  test("goes on to the end of the file while its end is not known", () => {
    const own = new OwnCode(BEGIN, undefined);
    expect(own.has(9_999, 1)).toBe(true);
    expect(own.has(9, 1)).toBe(false);
  });

  test("is nowhere if the engine does not tell where it begins", () => {
    const own = new OwnCode({ file: "", line: 0, column: 0 }, undefined);
    expect([FILE, ""].some((file) => own.isIn(file))).toBe(false);
  });
});

describe("the agent's own code, as its sources", () => {
  test("is what is in their folder", () => {
    const own = new OwnCode({ file: "/agent/lib/runtime/own_bounds.ts", line: 12, column: 3 }, undefined);
    const files = ["/agent/lib/agent.ts", "/agent/mod.ts"];
    expect(files.every((file) => own.isIn(file))).toBe(true);
    expect(["/agent/tests/a.ts", "/agent/library.ts", "/mod.ts"].some((file) => own.isIn(file))).toBe(false);
    expect(own.has(1, 1)).toBe(true);
  });

  test("is found by where its bounds were made, as a path or a URL", () => {
    const lib = new URL("../../lib/", import.meta.url);
    expect(isOwnPlace(new URL("agent.ts", lib).href, 1, 1)).toBe(true);
    expect(isOwnPlace(new URL("agent.ts", lib).pathname, 1, 1)).toBe(true);
    expect(isOwnPlace(import.meta.url, 1, 1)).toBe(false);
  });
});

describe("a path", () => {
  test("is the same as its URL, on Windows too, where one engine tells it both ways", () => {
    expect(filePath("file:///app/a%20b.js")).toBe("/app/a b.js");
    expect(["C:\\app\\a b.js", "C:/app/a b.js", "file:///C:/app/a%20b.js"].map(filePath)).toEqual(
      Array(3).fill("C:/app/a b.js"),
    );
    expect(["/app/a\\b.js", "https://jsr.io/a.ts", "node:fs", ""].map(filePath)).toEqual([
      "/app/a\\b.js",
      "https://jsr.io/a.ts",
      "node:fs",
      "",
    ]);
  });
});
