// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import deno from "../../deno.json" with { type: "json" };
import npm from "../../package.json" with { type: "json" };
import { ROOT } from "../support/spawn.ts";

interface Conditions {
  readonly types?: string;
  readonly bun: string;
  readonly default: string;
}

const entries = Object.entries<Conditions>(npm.exports);

describe("package.json and deno.json", () => {
  test("name the same thing", () => {
    const { name, version, license } = npm;
    expect({ name, version, license }).toEqual({
      name: deno.name,
      version: deno.version,
      license: deno.license,
    });
  });

  test("export the same sources", () => {
    expect(Object.fromEntries(entries.map(([key, { bun }]) => [key, bun]))).toEqual(deno.exports);
  });

  test("export files that exist", () => {
    for (const [, { bun }] of entries) expect(existsSync(join(ROOT, bun))).toBe(true);
  });

  test("export what is built where TypeScript does not run", () => {
    expect(entries.map(([, conditions]) => conditions.default)).toEqual([
      "./dist/agent.js",
      "./dist/api.js",
      "./dist/oap.js",
      "./dist/cli.js",
    ]);
    expect(npm.bin["sw-agent"]).toBe("./dist/cli.js");
  });

  test("publish all that the sources need", () => {
    for (const path of ["mod.ts", "lib", "proto", "README.md", "LICENSE"]) {
      expect(npm.files).toContain(path);
      expect(deno.publish.include).toContain(path);
    }
  });
});
