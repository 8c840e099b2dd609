// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { detectRuntime } from "../../lib/runtime/select.ts";

const node = { versions: { node: "24.0.0" } };

describe("detectRuntime", () => {
  test("knows Node, and Bun and Deno that say they are Node too", () => {
    expect(detectRuntime({ process: node })).toBe("node");
    expect(detectRuntime({ process: node, Bun: { version: "1.4.5" } })).toBe("bun");
    expect(detectRuntime({ process: node, Deno: { version: { deno: "2.9.6" } } })).toBe("deno");
  });

  test("knows nothing else", () => {
    for (const scope of [{}, { process: {} }, { process: { versions: {} } }, { process: null, Bun: null }]) {
      expect(detectRuntime(scope)).toBeUndefined();
    }
  });

  test("is not misled by a global that merely bears the name", () => {
    expect(detectRuntime({ process: node, Bun: undefined, Deno: {} })).toBe("node");
  });

  test("says what runs this test", () => {
    expect(detectRuntime(globalThis)).toBe("bun");
  });
});
