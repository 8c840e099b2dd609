// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { readSources, type Source } from "../support/sources.ts";

/** Programs, which may use the runtime they are written for. */
const PROGRAMS = /^lib\/(?:oap|cli)\//;
const RUNTIME_CODE = /^lib\/(?:runtime|instrument)\//;

const RUNTIME_GLOBALS: readonly string[] = ["process", "Bun", "Deno", "Buffer"];
const TIMERS: readonly string[] = ["setTimeout", "setInterval", "setImmediate"];

const sources = readSources("lib", "mod.ts").filter(({ path }) => !PROGRAMS.test(path));

/** Uses of global names as `name` or `name.member`, also behind `globalThis`. */
function uses({ tokens }: Source, names: readonly string[]): string[] {
  const found: string[] = [];
  tokens.forEach(({ type, value }, i) => {
    if (type !== "IdentifierName" || !names.includes(value)) return;
    const before = tokens[i - 1]?.value ?? "";
    const after = tokens[i + 1]?.value ?? "";
    const isMember = before === "." || before === "?.";
    if (isMember && tokens[i - 2]?.value !== "globalThis") return;
    const isKey = after === ":" && before !== "?";
    if (!isKey) found.push(after === "." ? `${value}.${tokens[i + 2]?.value}` : value);
  });
  return found;
}

function usesOutside(place: RegExp, names: readonly string[], allowed: readonly string[] = []): string[] {
  return sources
    .filter(({ path }) => !place.test(path))
    .flatMap((source) =>
      uses(source, names)
        .filter((use) => !allowed.includes(use))
        .map((use) => `${source.path}: ${use}`),
    );
}

describe("globals", () => {
  test("are found at all", () => {
    const node = sources.find(({ path }) => path === "lib/runtime/node.ts");
    expect(node && uses(node, ["process"])).toContain("process.versions");
  });

  test("of a runtime are used by its own code only, but for taking a builtin module", () => {
    expect(usesOutside(RUNTIME_CODE, RUNTIME_GLOBALS, ["process.getBuiltinModule"])).toEqual([]);
  });

  test("that read the environment are used by the host only", () => {
    const reads = usesOutside(/^$/, ["process"]).filter((use) => use.endsWith("process.env"));
    expect(reads).toEqual(["lib/runtime/_host.ts: process.env"]);
  });

  test("that set timers are left to the runtime, which lets none keep the process or throw into it", () => {
    expect(usesOutside(/^lib\/runtime\//, TIMERS)).toEqual([]);
  });

  test("that write to the app's console are used nowhere", () => {
    expect(usesOutside(/^$/, ["console"])).toEqual([]);
  });
});
