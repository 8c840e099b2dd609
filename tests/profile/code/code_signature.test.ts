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

describe("code that was made from a text", () => {
  test("has no line, and what the text is named for a file", () => {
    const told = signatures();
    expect(told.of(frame({ name: "made", file: "eval", line: 3 }))?.signature).toBe("made (eval)");
    expect(told.of(frame({ file: "eval webpack:///./a.js" }))?.signature).toBe(
      "<anonymous> (eval webpack:///./a.js)",
    );
  });

  test("is not told by the text of the file that it is named by, as soon as a trace has told what it is", () => {
    const told = signatures();
    const sampled = frame({ name: "made", line: 2, column: 20 });
    expect(told.of(sampled)?.signature).toBe("c (main.js:2)");
    expect(told.of(frame({ name: "made", file: `eval ${FILE}` }))?.signature).toBe("made (eval main.js)");
    expect(told.of(sampled)?.signature).toBe("made (eval main.js)");
    expect(told.of(frame({ name: "d", file: "/app/other.js", line: 7 }))?.signature).toBe("d (other.js:7)");
  });
});
