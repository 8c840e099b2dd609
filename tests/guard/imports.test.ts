// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { readSources, type Source } from "../support/sources.ts";

/** A file imports from its own place or from one to the left; places in one group must not know each other. */
const LINE: readonly (readonly string[])[] = [
  ["base"],
  ["log"],
  ["config"],
  ["runtime"],
  ["trace"],
  ["instrument"],
  ["command"],
  ["profile/code"],
  ["profile/stack"],
  ["profile/capture", "profile/timeline"],
  ["profile"],
  ["report"],
  ["agent"],
  ["api"],
  ["mod"],
];

/** Beside the line: what they may import besides themselves. */
const ASIDE: Readonly<Record<string, readonly string[]>> = {
  oap: ["base", "proto"],
  cli: ["oap"],
};

/** Whose parts the private files beside them are. */
const PRIVATE: Readonly<Record<string, string>> = {
  _options: "config",
  _option_kind: "config",
  _instance: "agent",
  _profiling: "agent",
  _services: "agent",
  _tls: "agent",
};

/** Who may know the generated messages. */
const KNOWS_PROTO = /^lib\/(?:report\/|command\/parse_command\.ts$|oap\/)/;

/** Packages that code of the line may import. */
const PACKAGES = /^(?:@bufbuild\/protobuf|@connectrpc\/connect|valibot|js-tokens)(?:\/|$)/;
/** What must be imported late, because it imports node:http, and the file that imports it for all others. */
const LATE_PACKAGE = "@connectrpc/connect-node";
const LATE_FILE = "lib/report/_connect_node.ts";

const sources = readSources("lib", "mod.ts");
const byPath = new Map(sources.map((source) => [source.path, source]));

/** The place of a file: its folder in lib, or in `lib/profile`, or what the file itself stands for. */
function placeOf(path: string): string {
  if (path.startsWith("proto/")) return "proto";
  const [first = "", second, third] = path.replace(/^lib\//, "").split("/");
  if (first === "profile" && third !== undefined) return `${first}/${second}`;
  if (second !== undefined) return first;
  const name = first.replace(/\.ts$/, "");
  return PRIVATE[name] ?? name;
}

const rankOf = (place: string) => LINE.findIndex((group) => group.includes(place));

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true;
  const aside = ASIDE[from];
  if (aside) return aside.includes(to);
  if (to === "proto") return true; // its own test below
  const rank = rankOf(to);
  return rank >= 0 && rank < rankOf(from);
}

function offences(find: (source: Source) => readonly string[]): string[] {
  return sources.flatMap((source) => find(source).map((target) => `${source.path} -> ${target}`));
}

describe("imports", () => {
  test("are found at all", () => {
    const names = (path: string) => byPath.get(path)?.imports.map(({ target }) => target);
    expect(names("lib/runtime/node.ts")).toContain("lib/runtime/_v8_sampler.ts");
    expect(names("mod.ts")).toEqual(["lib/api.ts", "lib/runtime/main_thread.ts", "lib/api.ts"]);
    expect(sources.flatMap(({ imports }) => imports).some(({ isDynamic }) => isDynamic)).toBe(true);
  });

  test("have a place on the line or beside it", () => {
    const unknown = sources
      .map(({ path }) => placeOf(path))
      .filter((place) => rankOf(place) < 0 && !ASIDE[place]);
    expect(unknown).toEqual([]);
  });

  test("go left only", () => {
    const wrong = offences(({ path, imports }) =>
      imports
        .filter(({ target, isRelative }) => isRelative && !isAllowed(placeOf(path), placeOf(target)))
        .map(({ target }) => target),
    );
    expect(wrong).toEqual([]);
  });

  test("have no cycle, but for types", () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" -> "));
      if (done.has(path) || way.includes(path)) return;
      for (const { target, isRelative, isType } of byPath.get(path)?.imports ?? []) {
        if (isRelative && !isType) visit(target, [...way, path]);
      }
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(cycles).toEqual([]);
  });

  test("leave a folder's private files alone", () => {
    const wrong = offences(({ path, imports }) => {
      const folder = path.slice(0, path.lastIndexOf("/"));
      return imports
        .filter(({ target, isRelative }) => isRelative && /\/_[^/]*$/.test(target))
        .map(({ target }) => target)
        .filter((target) => target.slice(0, target.lastIndexOf("/")) !== folder);
    });
    expect(wrong).toEqual([]);
  });

  test("reach the generated messages from where they are encoded and decoded only", () => {
    const wrong = offences(({ path, imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => target.startsWith("proto/") && !KNOWS_PROTO.test(path)),
    );
    expect(wrong).toEqual([]);
  });

  test("take no builtin module, and of packages only what the agent may load at start", () => {
    const wrong = offences(({ path, imports }) =>
      imports
        .filter(({ isRelative, isType }) => !ASIDE[placeOf(path)] && !isRelative && !isType)
        .filter(({ target }) => !(PACKAGES.test(target) || (path === LATE_FILE && target === LATE_PACKAGE)))
        .map(({ target }) => target),
    );
    expect(wrong).toEqual([]);
  });

  test("take what imports builtin modules late", () => {
    const ways = sources.flatMap(({ imports }) => imports).filter(({ target }) => target === LATE_FILE);
    expect(ways.map(({ isDynamic }) => isDynamic)).toEqual([true]);
  });
});
