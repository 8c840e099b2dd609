// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import type { Call } from "../../../lib/profile/code/code_signature.ts";
import { isCalledAt } from "../../../lib/profile/stack/callers.ts";

/** `name:line` of each, innermost first. */
function calls(text: string): Call[] {
  return text.split(" ").map((word) => {
    const [name = "", line] = word.split(":");
    return { signature: `${name} (a.ts:1)`, file: "a.ts", line: Number(line), column: 0, code: "" };
  });
}

test.each([
  ["one:3 files:4 h:5", "h:5", true],
  ["one:3 files:4 h:5 root:9", "h:5 root:9", true],
  // Only the innermost one's line tells what it called.
  ["one:3 h:5 root:8", "h:5 root:9", true],
  ["one:3 h:6 root:9", "h:5 root:9", false],
  ["one:3 h:5 other:9", "h:5 root:9", false],
  ["h:5 root:9", "h:5 root:9", false],
  ["h:5", "one:3 h:5", false],
])("%s is called at %s: %p", (own, callers, isCalled) => {
  expect(isCalledAt(calls(own), calls(callers))).toBe(isCalled);
});

test("nothing is called where nobody is known", () => {
  expect(isCalledAt(calls("one:3"), [])).toBe(false);
});
