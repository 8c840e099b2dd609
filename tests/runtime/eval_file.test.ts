// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { v8File } from "../../lib/runtime/_v8_file.ts";
import { evalFile, evalName, isEvalFile, isPlace } from "../../lib/runtime/eval_file.ts";

describe("the file of a text", () => {
  test("says what the text is named", () => {
    expect(evalFile("webpack-internal:///./src/a.js")).toBe("eval webpack-internal:///./src/a.js");
    expect(evalFile("")).toBe("eval");
    expect([evalFile("/app/a.js"), evalFile("")].map(evalName)).toEqual(["/app/a.js", ""]);
  });

  test("says no name that is none", () => {
    expect(evalFile("data:text/javascript,f()")).toBe("eval");
    expect(evalFile("blob:nodedata:1234")).toBe("eval");
  });

  test("says a name of 200 characters and none of 201", () => {
    const name = "n".repeat(200);
    expect(evalFile(name)).toBe(`eval ${name}`);
    expect(evalFile(`${name}n`)).toBe("eval");
  });

  test("is known as such", () => {
    expect(["eval", "eval a.js"].every(isEvalFile)).toBe(true);
    expect(["/eval a.js", "evaluate.js", ""].some(isEvalFile)).toBe(false);
  });
});

describe("the file of a script of V8", () => {
  test("is its path or its address, where the code may be had", () => {
    const places = ["/app/a.js", "C:/app/a.js", "https://jsr.io/a.ts"];
    expect(places.map((name) => v8File(name, false))).toEqual(places);
    expect(places.every(isPlace)).toBe(true);
    expect(v8File("file:///app/a%20b.js", false)).toBe("/app/a b.js");
  });

  test("is the runtime's own", () => {
    const names = ["node:internal/timers", "ext:core/01_core.js", "wasm://wasm/1", ""];
    expect(names.map((name) => v8File(name, false))).toEqual(names);
    expect(names.some(isPlace)).toBe(false);
  });

  test("is else a text, named or not", () => {
    expect(v8File("", true)).toBe("eval");
    expect(v8File("file:///app/a%20b.js", true)).toBe("eval /app/a b.js");
    expect(v8File("evalmachine.<anonymous>", false)).toBe("eval evalmachine.<anonymous>");
    expect(v8File("webpack://shop/./src/a.js?", true)).toBe("eval webpack://shop/./src/a.js?");
  });
});
