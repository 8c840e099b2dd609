// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import type { Call } from "../../../lib/profile/code/code_signature.ts";
import { CodeSignatures } from "../../../lib/profile/code/code_signature.ts";

const SOURCE = `function first(): void {
  one();
}

function second(): void {
  two();
  list.map((n) => {
    three(n);
  });
  four();
}

five();
`;
const EMITTED = "function a(){o()}function b(){t(),l.map(n=>{h(n)}),f()}v();";

/** A word of the emitted text that a minifier has mapped, and the word of the source that it stands for. */
type Mapping = readonly [emitted: string, original: string];

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function vlq(value: number): string {
  let text = "";
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

function mappingsOf(mappings: readonly Mapping[]): string {
  let before = [0, 0, 0, 0];
  return mappings
    .map(([emitted, original]) => {
      const at = SOURCE.indexOf(original);
      const lines = SOURCE.slice(0, at).split("\n");
      const segment = [EMITTED.indexOf(emitted), 0, lines.length - 1, lines.at(-1)?.length ?? 0];
      const text = segment.map((value, i) => vlq(value - (before[i] ?? 0))).join("");
      before = segment;
      return text;
    })
    .join(",");
}

/** What the emitted text's word is told as. */
function told(word: string, mappings: readonly Mapping[], withText = true): Call | undefined {
  const map = {
    version: 3,
    sources: ["src.ts"],
    sourcesContent: withText ? [SOURCE] : undefined,
    mappings: mappingsOf(mappings),
  };
  const signatures = new CodeSignatures({
    readSource: (path) => (path.endsWith(".js") ? `${EMITTED}\n//# sourceMappingURL=x.map` : undefined),
    readMap: () => JSON.stringify(map),
    findMap: () => undefined,
    baseDir: "/app",
  });
  const column = 1 + EMITTED.indexOf(word);
  const frame = { name: "", file: "/app/x.js", line: 1, column, declaredLine: 0, isAsync: false, code: "" };
  return signatures.of(frame);
}

const ALL: readonly Mapping[] = [
  ["function a", "function first"],
  ["o()", "one()"],
  ["function b", "function second"],
  ["t()", "two()"],
  ["l.map", "list.map"],
  ["n=>", "(n) =>"],
  ["h(n)", "three(n)"],
  ["f()}", "four()"],
  ["v()", "five()"],
];
const without = (...words: string[]): Mapping[] => ALL.filter(([emitted]) => !words.includes(emitted));

describe("an emitted function", () => {
  test("is the one that its text is mapped to", () => {
    for (const [word, signature] of [
      ["o()", "first (src.ts:1)"],
      ["t()", "second (src.ts:5)"],
      ["h(n)", "<anonymous> (src.ts:7)"],
      ["f()}", "second (src.ts:5)"],
      ["v()", "<module> (src.ts:1)"],
    ] as const) {
      expect(told(word, ALL)?.signature).toBe(signature);
    }
  });

  test("is the same one at a place that is mapped to what stands before the function", () => {
    const coarse = without("function b", "t()", "n=>", "f()}");
    // They are mapped to `one()`, to `list.map` and to `three(n)`.
    expect(told("t()", coarse)?.signature).toBe("second (src.ts:5)");
    expect(told("n=>", coarse)?.signature).toBe("<anonymous> (src.ts:7)");
    expect(told("f()}", coarse)?.signature).toBe("second (src.ts:5)");
  });

  test("runs at the line before it in the same function, else at the next one there", () => {
    const coarse = without("function b", "t()");
    expect(told("t()", ALL)?.line).toBe(6);
    expect(told("t()", coarse)?.line).toBe(7);
    expect(told("l.map", coarse)?.line).toBe(7);
    expect(told("f()}", coarse)?.line).toBe(10);
  });

  test("is the one whose head its head is mapped to, where a minifier has put another into it", () => {
    const inlined = ALL.map(([emitted, original]): Mapping => {
      const isFirst = emitted === "t()" || emitted === "l.map";
      return [emitted, isFirst ? "one()" : original];
    });
    expect(told("t()", inlined)?.signature).toBe("second (src.ts:5)");
    const headless = inlined.filter(([emitted]) => emitted !== "function b");
    expect(told("t()", headless)?.signature).toBe("first (src.ts:1)");
  });

  test("is not the one whose head something else in it is mapped to", () => {
    const parameter = without("function b").map(
      ([emitted, original]): Mapping => [emitted, emitted === "t()" ? "function first" : original],
    );
    expect(told("t()", parameter)?.signature).toBe("second (src.ts:5)");
  });

  test("is the one that most of its text is mapped to, where its head is mapped into another", () => {
    const shifted = ALL.map(
      ([emitted, original]): Mapping => [emitted, emitted === "function b" ? "one()" : original],
    );
    expect(told("t()", shifted)?.signature).toBe("second (src.ts:5)");
  });

  test("is told as emitted where nothing of its own text is mapped", () => {
    expect(told("h(n)", without("n=>", "h(n)"))?.signature).toBe("<anonymous> (x.js:1)");
  });

  test("without the source's text has its emitted name, and the first line that is mapped", () => {
    expect(told("f()}", ALL, false)?.signature).toBe("b (src.ts:5)");
    expect(told("t()", without("function b"), false)?.signature).toBe("b (src.ts:6)");
    expect(told("v()", ALL, false)?.signature).toBe("<module> (src.ts:1)");
  });
});
