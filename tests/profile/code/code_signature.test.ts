// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { CodeSignatures } from "../../../lib/profile/code/code_signature.ts";
import type { Frame } from "../../../lib/runtime/runtime.ts";

const FILE = "/app/main.js";
const TEXT = "const a = () => { b(); };\nconst c = () => { d(); };\nfunction named() { e(); }\n";

function frame(more: Partial<Frame>): Frame {
  const place = { file: FILE, line: 0, column: 0, declaredLine: 0 };
  return { name: "", isAsync: false, code: "", ...place, ...more };
}

function signatures(): CodeSignatures {
  return new CodeSignatures({
    readSource: (path) => (path === FILE ? TEXT : undefined),
    readMap: () => undefined,
    findMap: () => undefined,
    baseDir: "/app",
  });
}

describe("a frame without a place", () => {
  test("is the function that its code was seen in, or that has its name", () => {
    const told = signatures();
    expect(told.of(frame({ line: 2, column: 20, code: "#c" }))?.signature).toBe("c (main.js:2)");
    expect(told.of(frame({ code: "#c" }))?.signature).toBe("c (main.js:2)");
    expect(told.of(frame({ name: "named" }))?.signature).toBe("named (main.js:3)");
  });

  test("is no function while nothing tells which, and not the module's own code", () => {
    const told = signatures();
    expect(told.of(frame({ line: 2, column: 20 }))?.signature).toBe("c (main.js:2)");
    expect(told.of(frame({}))).toBeUndefined();
    expect(told.of(frame({ code: "#a" }))).toBeUndefined();
    told.of(frame({ line: 1, column: 20, code: "#a" }));
    expect(told.of(frame({ code: "#a" }))?.signature).toBe("a (main.js:1)");
  });
});
