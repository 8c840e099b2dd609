// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { type Frame, frameOf, placeOf, stateOf } from "../../../lib/oap/export/frame.ts";

const cases: readonly [signature: string, frame: Omit<Frame, "column"> & Partial<Frame>][] = [
  ["parse (src/prices.ts:44)", { kind: "running", name: "parse", file: "src/prices.ts", line: 44 }],
  ["<anonymous> (a b/(x).ts:1)", { kind: "running", name: "<anonymous>", file: "a b/(x).ts", line: 1 }],
  [
    "get (https://deno.land/x/a.ts:7)",
    { kind: "running", name: "get", file: "https://deno.land/x/a.ts", line: 7 },
  ],
  ["e (a.js:15:2047)", { kind: "running", name: "e", file: "a.js", line: 15, column: 2047 }],
  [
    "e (http://127.0.0.1:80/a.js:1:2)",
    { kind: "running", name: "e", file: "http://127.0.0.1:80/a.js", line: 1, column: 2 },
  ],
  [
    "(waiting for setTimeout src/orders.ts:18)",
    { kind: "waiting", name: "(waiting for setTimeout)", file: "src/orders.ts", line: 18 },
  ],
  ["(waiting for fetch)", { kind: "waiting", name: "(waiting for fetch)", file: "", line: 0 }],
  ["(waiting)", { kind: "waiting", name: "(waiting)", file: "", line: 0 }],
  ["(held by GET:/report/:id)", { kind: "held", name: "(held by GET:/report/:id)", file: "", line: 0 }],
  ["(held by garbage collector)", { kind: "held", name: "(held by garbage collector)", file: "", line: 0 }],
  ["(native JSON.parse)", { kind: "engine", name: "(native JSON.parse)", file: "", line: 0 }],
  ["(garbage collector)", { kind: "engine", name: "(garbage collector)", file: "", line: 0 }],
  ["(request POST:/a:80)", { kind: "request", name: "(request POST:/a:80)", file: "", line: 0 }],
  ["java.lang.Thread.run:748", { kind: "running", name: "java.lang.Thread.run", file: "", line: 748 }],
  ["anything", { kind: "running", name: "anything", file: "", line: 0 }],
  ["", { kind: "running", name: "", file: "", line: 0 }],
];

describe("a code signature", () => {
  for (const [signature, frame] of cases) {
    test(`${JSON.stringify(signature)} is read`, () => {
      expect(frameOf(signature)).toEqual({ column: 0, ...frame });
    });
  }
});

test("a place is a file, a line, and a column where there is one", () => {
  expect(
    ["f (a.ts:1)", "f (a.ts:1:2)", "(native f)"].map((signature) => placeOf(frameOf(signature))),
  ).toEqual(["a.ts:1", "a.ts:1:2", ""]);
});

test("a stack waits by its leaf, and is held by any frame", () => {
  expect(stateOf(["(request GET:/)", "f (a.ts:1)"])).toBe("running");
  expect(stateOf(["(request GET:/)", "f (a.ts:1)", "(waiting for fetch a.ts:2)"])).toBe("waiting");
  expect(stateOf(["(request GET:/)", "(held by timer)", "g (b.ts:1)"])).toBe("held");
  expect(stateOf([])).toBe("running");
});
