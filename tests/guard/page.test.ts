// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { ASSETS, type Asset } from "../../lib/oap/page/gen/assets.ts";
import { readSources } from "../support/sources.ts";
import { ROOT } from "../support/spawn.ts";

const textOf = ({ gzip }: Pick<Asset, "gzip">): string => gunzipSync(Buffer.from(gzip, "base64")).toString();

describe("the web page", () => {
  test("as it is served is what its sources give (else: npm run generate)", () => {
    const program =
      'const { buildPage } = await import("./tests/support/build_page.mjs"); process.stdout.write(await buildPage());';
    const { stdout, stderr, status } = spawnSync("node", ["--input-type=module", "--eval", program], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    // The compressed bytes may differ with the version of zlib.
    const fresh = [...stdout.matchAll(/"(\/[^"]*)": \{[^}]*?gzip: *\n? *"([^"]+)"/g)];
    expect(Object.fromEntries(fresh.map(([, path, gzip = ""]) => [path, textOf({ gzip })]))).toEqual(
      Object.fromEntries(Object.entries(ASSETS).map(([path, asset]) => [path, textOf(asset)])),
    );
  });

  test("has no way to take data for markup", () => {
    const sinks = /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\b/;
    const sources = readSources("lib/oap/page").filter(({ path }) => !path.includes("/gen/"));
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.filter(({ text }) => sinks.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test("is small", () => {
    const bytes = Object.values(ASSETS).reduce((sum, { gzip }) => sum + (gzip.length * 3) / 4, 0);
    expect(bytes).toBeLessThan(40_000);
  });
});
