// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { createIgnore } from "../../lib/trace/ignore.ts";

const NOTHING = { suffixes: [], paths: [], methods: [] };

describe("createIgnore()", () => {
  test("ignores nothing without options", () => {
    expect(createIgnore(NOTHING)("GET", "/style.css")).toBe(false);
  });

  test("ignores the ends of paths", () => {
    const isIgnored = createIgnore({ ...NOTHING, suffixes: [".css", ".js"] });
    expect(
      ["/a.css", "/a/b.js", "/a.css/x", "/css", "/a.json"].map((path) => isIgnored("GET", path)),
    ).toEqual([true, true, false, false, false]);
  });

  test("ignores the ends of paths that are no extensions, too", () => {
    const isIgnored = createIgnore({ ...NOTHING, suffixes: ["/health", ".min.js", "x"] });
    expect(
      ["/a/health", "/a.min.js", "/a.js", "/max", "/health/"].map((path) => isIgnored("GET", path)),
    ).toEqual([true, true, false, true, false]);
  });

  test("ignores methods", () => {
    const isIgnored = createIgnore({ ...NOTHING, methods: ["OPTIONS", "HEAD"] });
    expect(["OPTIONS", "HEAD", "GET"].map((method) => isIgnored(method, "/"))).toEqual([true, true, false]);
  });

  const cases: [pattern: string, matching: string[], other: string[]][] = [
    ["/health", ["/health"], ["/health/", "/healthy", "/a/health"]],
    ["/a/?", ["/a/b"], ["/a/", "/a/bc", "/a//"]],
    ["/a/*", ["/a/b", "/a/bcd", "/a/"], ["/a", "/a/b/c"]],
    ["/a/*/c", ["/a/b/c", "/a//c"], ["/a/b/b/c", "/a/c"]],
    ["/a/**", ["/a", "/a/", "/a/b", "/a/b/c"], ["/ab", "/"]],
    ["/a/**/z", ["/a/z", "/a/b/z", "/a/b/c/z"], ["/a/b", "/az", "/a/b/zz"]],
    ["/**", ["/", "/a", "/a/b"], []],
    ["/**/*.html", ["/x.html", "/a/b/x.html"], ["/x.htm", "/a/b"]],
    ["/v?/**/items/*", ["/v1/items/7", "/v2/a/b/items/7"], ["/v12/items/7", "/v1/items/7/8"]],
    ["/a+(b)[c].d", ["/a+(b)[c].d"], ["/aa(b)[c].d", "/a+(b)[c]xd"]],
    ["/**/a/**/b/**", ["/a/b", "/x/a/y/b/z"], ["/a", "/b/a"]],
  ];
  for (const [pattern, matching, other] of cases) {
    test(`matches ${pattern}`, () => {
      const isIgnored = createIgnore({ ...NOTHING, paths: [pattern] });
      expect(matching.filter((path) => !isIgnored("GET", path))).toEqual([]);
      expect(other.filter((path) => isIgnored("GET", path))).toEqual([]);
    });
  }

  test("does not take long over a path that was made for it", () => {
    const isIgnored = createIgnore({ ...NOTHING, paths: ["/**/a/**/a/**/a/**/a/**/b"] });
    const path = "/a".repeat(4_000);
    const start = performance.now();
    expect(isIgnored("GET", path)).toBe(false);
    // A regular expression would take years.
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
