// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { finished } from "../../../lib/base/steps.ts";
import { Mappings } from "../../../lib/profile/code/_mappings.ts";
import { ROOT } from "../../support/spawn.ts";

function read(mappings: string): Mappings {
  const read = new Mappings();
  finished(read.add(mappings));
  return read;
}

describe("mappings", () => {
  for (const minify of [false, true]) {
    test(`of an ${minify ? "" : "un"}minified bundle tell what the runtime's own reader tells`, async () => {
      const { outputFiles } = await build({
        entryPoints: [join(ROOT, "lib/oap/mod.ts")],
        outfile: "bundle.mjs",
        bundle: true,
        platform: "node",
        format: "esm",
        minify,
        sourcemap: "external",
        write: false,
        packages: "external",
        logLevel: "silent",
      });
      const [map, code] = [".map", ".mjs"].map(
        (end) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "",
      );
      const payload = JSON.parse(map ?? "") as {
        version: number;
        mappings: string;
        sources: string[];
        names: string[];
      };
      const native = new SourceMap({ ...payload, file: "bundle.mjs", sourcesContent: [], sourceRoot: "" });
      const own = read(payload.mappings);
      let compared = 0;
      for (const [line, text] of (code ?? "").split("\n").entries()) {
        for (let column = 0; column < text.length; column += 7) {
          const place = own.at({ line, column });
          const entry = native.findEntry(line, column) as Partial<Record<string, string | number>>;
          // Where a line has none before it, the runtime takes the last one of the lines above.
          if (entry.generatedLine !== line) expect(place).toBeUndefined();
          else {
            expect(place && { ...place, source: payload.sources[place.source] }).toEqual({
              source: entry.originalSource as string,
              line: entry.originalLine as number,
              column: entry.originalColumn as number,
            });
            compared++;
          }
        }
      }
      expect(compared).toBeGreaterThan(5_000);
    });
  }

  test("hold from a segment's column up to the next one's, on their own line only", () => {
    // Line 0: nothing. Line 1: column 2 is source 0, 3:4. Column 5 is nothing. Line 2: column 0 is source 1, 3:4.
    const mappings = read(";EAGI,G;ACAA");
    expect(mappings.at({ line: 0, column: 9 })).toBeUndefined();
    expect(mappings.at({ line: 1, column: 1 })).toBeUndefined();
    for (const column of [2, 4]) {
      expect(mappings.at({ line: 1, column })).toEqual({ source: 0, line: 3, column: 4 });
    }
    expect(mappings.at({ line: 1, column: 5 })).toBeUndefined();
    expect(mappings.at({ line: 2, column: 0 })).toEqual({ source: 1, line: 3, column: 4 });
    expect(mappings.at({ line: 3, column: 0 })).toBeUndefined();
  });

  test("of a part of a text begin where that does, in sources of its own", () => {
    const mappings = new Mappings();
    finished(mappings.add("AAAA"));
    finished(mappings.add("AAAA;AACA", { line: 2, column: 10 }, 3));
    expect(mappings.at({ line: 0, column: 0 })).toEqual({ source: 0, line: 0, column: 0 });
    expect(mappings.at({ line: 1, column: 0 })).toBeUndefined();
    expect(mappings.at({ line: 2, column: 9 })).toBeUndefined();
    expect(mappings.at({ line: 2, column: 10 })).toEqual({ source: 3, line: 0, column: 0 });
    expect(mappings.at({ line: 3, column: 0 })).toEqual({ source: 3, line: 1, column: 0 });
  });

  test("are read in steps", () => {
    const steps = new Mappings().add("AAAA;".repeat(10_000));
    let count = 0;
    while (!steps.next().done) count++;
    expect(count).toBe(5);
  });

  test("that are none are refused", () => {
    for (const wrong of ["AA!A", "AAAé", "AA A"]) expect(() => read(wrong)).toThrow(SyntaxError);
    for (const line of [-1, 1e12, Number.NaN]) {
      expect(() => finished(new Mappings().add("AAAA", { line, column: 0 }))).toThrow(SyntaxError);
    }
  });
});

describe("the place in the emitted text", () => {
  // Line 0: column 0 is line 0 of the first source, column 4 that of the second, column 8 nothing.
  // Line 1: nothing. Line 2: columns 0 and 2 are line 3, column 1, of the first source.
  const mappings = read("AAAA,ICAA,I;;ADGC,EAAA");

  test("is the first one that is mapped to that of a source", () => {
    expect(mappings.emittedAt({ line: 0, column: 0 }, [0])).toEqual({ line: 0, column: 0 });
    expect(mappings.emittedAt({ line: 0, column: 0 }, [1])).toEqual({ line: 0, column: 4 });
    expect(mappings.emittedAt({ line: 3, column: 1 }, [0, 1])).toEqual({ line: 2, column: 0 });
    expect(mappings.emittedAt({ line: 0, column: 0 }, [])).toEqual({ line: 0, column: 0 });
  });

  test("is none where nothing is mapped to it, exactly, in that source", () => {
    expect(mappings.emittedAt({ line: 3, column: 1 }, [1])).toBeUndefined();
    expect(mappings.emittedAt({ line: 3, column: 2 }, [])).toBeUndefined();
    expect(mappings.emittedAt({ line: 1, column: 0 }, [])).toBeUndefined();
  });
});
