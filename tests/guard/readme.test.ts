// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { optionTable } from "../../lib/config.ts";
import { INSTRUMENTATIONS } from "../../lib/instrument/install_instrumentations.ts";
import npm from "../../package.json" with { type: "json" };
import { readReadme, withOptionTable } from "../support/option_docs.ts";

const readme = readReadme();

describe("README", () => {
  test("has the options as they are; `npm run docs` writes them", () => {
    expect(withOptionTable(readme)).toBe(readme);
  });

  test("names every variable of an option", () => {
    const names = optionTable().flatMap(({ env, aliases }) => [env, ...aliases]);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  test("names no variable there is not", () => {
    const known = new Set(optionTable().flatMap(({ env, aliases }) => [env, ...aliases]));
    const named = readme.match(/\bSW_[A-Z_]+\b/g) ?? [];
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test("names every plugin", () => {
    const names = Object.keys(INSTRUMENTATIONS);
    expect(names.filter((name) => !readme.includes(`| \`${name}\` |`))).toEqual([]);
  });

  test("names only scripts that there are", () => {
    const named = [...readme.matchAll(/npm (?:run )?(\w+)/g)].map(([, script]) => script ?? "");
    const builtin = ["ci", "install"];
    expect(named).toContain("demo");
    expect(named.filter((script) => !builtin.includes(script) && !(script in npm.scripts))).toEqual([]);
  });

  test("names the versions that package.json asks for", () => {
    const { node, bun, deno } = npm.engines;
    const version = (range: string) => range.replace(">=", "");
    expect(readme).toContain(`Node ${version(node)}, Bun ${version(bun)} or Deno ${version(deno)}`);
  });
});
