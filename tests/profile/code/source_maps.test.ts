// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { CodeSignatures } from "../../../lib/profile/code/code_signature.ts";
import type { Frame } from "../../../lib/runtime/runtime.ts";

/** Two functions of `src/app.ts`; the emitted line 1 is its line 3, and the emitted line 2 nothing of it. */
const SOURCE = "// a\n\nfunction first(): number { return 1; }\n";
const EMITTED = "function a(){return 1}\nfunction helper(){}\n";
const MAP = {
  version: 3,
  sources: ["../src/app.ts"],
  sourcesContent: [SOURCE],
  names: [],
  mappings: "AAEA;A",
};
const HERE = "first (src/app.ts:3)";
const EMITTED_HERE = "a (dist/app.js:1)";

const FILE = "/app/dist/app.js";

function frame(line: number, column: number, name: string, file = FILE): Frame {
  return { name, file, line, column, declaredLine: 0, isAsync: false, code: "" };
}

/** The signature of the function at a place of the emitted file, where the files are these. */
function signature(
  files: Readonly<Record<string, string>>,
  at: Frame = frame(1, 10, "a"),
  baseDir = "/app",
): string | undefined {
  const read = (path: string): string | undefined => files[path];
  return new CodeSignatures({
    readSource: read,
    readMap: read,
    findMap: () => undefined,
    baseDir,
  }).of(at)?.signature;
}

function withMap(map: object | string, comment = "//# sourceMappingURL=app.js.map"): Record<string, string> {
  const text = typeof map === "string" ? map : JSON.stringify(map);
  return { [FILE]: `${EMITTED}${comment}\n`, "/app/dist/app.js.map": text };
}

describe("a function of emitted code", () => {
  test("is told as the map beside it says, with the source's text in the map", () => {
    expect(signature(withMap(MAP))).toBe(HERE);
  });

  test("is told so with the source's text in its file", () => {
    const { sourcesContent, ...map } = MAP;
    expect(sourcesContent).toHaveLength(1);
    expect(signature({ ...withMap(map), "/app/src/app.ts": SOURCE })).toBe(HERE);
    expect(signature({ ...withMap({ ...map, sourcesContent: [null] }), "/app/src/app.ts": SOURCE })).toBe(
      HERE,
    );
  });

  test("is told so by a map within the comment", () => {
    const base64 = Buffer.from(JSON.stringify(MAP)).toString("base64");
    const text = encodeURIComponent(JSON.stringify(MAP));
    for (const url of [
      `data:application/json;base64,${base64}`,
      `data:application/json;charset=utf-8;base64,${base64}`,
      `data:application/json,${text}`,
    ]) {
      expect(signature({ [FILE]: `${EMITTED}//# sourceMappingURL=${url}` })).toBe(HERE);
    }
  });

  test("is told so where its text is too long to be read, by the map beside it", () => {
    expect(signature({ "/app/dist/app.js.map": JSON.stringify(MAP) })).toBe(HERE);
  });

  test("is told so by a map in sections", () => {
    const sections = [{ offset: { line: 0, column: 0 }, map: MAP }];
    expect(signature(withMap({ version: 3, sections }))).toBe(HERE);
  });

  for (const [named, source, sourceRoot, shown] of [
    ["a path from the root", "/elsewhere/app.ts", undefined, "/elsewhere/app.ts"],
    ["a file: URL", "file:///app/src/app.ts", undefined, "src/app.ts"],
    ["a path below sourceRoot", "app.ts", "../src", "src/app.ts"],
    ["a URL of a bundler", "webpack://shop/./src/app.ts", undefined, "src/app.ts"],
  ] as const) {
    test(`has the file that its map names by ${named}`, () => {
      expect(signature(withMap({ ...MAP, sources: [source], sourceRoot }))).toBe(`first (${shown}:3)`);
    });
  }

  test("is told so on Windows", () => {
    const file = "C:/app/dist/app.js";
    const files = {
      [file]: `${EMITTED}//# sourceMappingURL=app.js.map`,
      [`${file}.map`]: JSON.stringify(MAP),
    };
    expect(signature(files, frame(1, 10, "a", file), "C:/app")).toBe(HERE);
  });

  test("is told as emitted where the map says nothing of it", () => {
    expect(signature(withMap(MAP), frame(2, 10, "helper"))).toBe("helper (dist/app.js:2)");
  });

  test("keeps its emitted name, at its line in the source, where the source's text is not to be had", () => {
    const { sourcesContent, ...map } = MAP;
    expect(sourcesContent).toHaveLength(1);
    expect(signature(withMap(map))).toBe("a (src/app.ts:3)");
  });

  test("is told as emitted where there is no map, or none that can be read", () => {
    expect(signature({ [FILE]: EMITTED })).toBe(EMITTED_HERE);
    expect(signature({ [FILE]: `${EMITTED}//# sourceMappingURL=gone.map\n` })).toBe(EMITTED_HERE);
    expect(signature({ [FILE]: `${EMITTED}//# sourceMappingURL=%\n` })).toBe(EMITTED_HERE);
    for (const map of ["", "no json", "null", "1", "[]", "{}", '{"sources":1}', '{"mappings":1}']) {
      expect(signature(withMap(map))).toBe(EMITTED_HERE);
    }
    expect(signature(withMap({ ...MAP, mappings: "AAEA!" }))).toBe(EMITTED_HERE);
    expect(signature(withMap({ ...MAP, sources: [null] }))).toBe(EMITTED_HERE);
    expect(signature(withMap({ ...MAP, sources: ["http://["] }))).toBe(EMITTED_HERE);
    expect(signature(withMap({ ...MAP, mappings: "ACEA" }))).toBe(EMITTED_HERE);
  });

  test("is told as emitted where the comment does not end the text, or the file is a dependency's", () => {
    const url = "//# sourceMappingURL=app.js.map";
    const map = { "/app/dist/app.js.map": JSON.stringify(MAP) };
    expect(signature({ ...map, [FILE]: `${EMITTED}${url}\nvar more;` })).toBe(EMITTED_HERE);
    const file = "/app/node_modules/lib/app.js";
    const files = { [file]: `${EMITTED}${url}\n`, [`${file}.map`]: JSON.stringify(MAP) };
    expect(signature(files, frame(1, 10, "a", file))).toBe("a (node_modules/lib/app.js:1)");
  });

  test("is told as the map says that a loader has given the runtime", () => {
    const file = "/app/src/app.ts";
    const asked: string[] = [];
    const signatures = new CodeSignatures({
      readSource: (path) => (path.endsWith(".ts") ? SOURCE : undefined),
      readMap: () => undefined,
      findMap(path) {
        asked.push(path);
        return path === file ? { ...MAP, sources: [`file://${file}`], sourcesContent: undefined } : undefined;
      },
      baseDir: "/app",
    });
    expect(signatures.of(frame(1, 10, "a", file))?.signature).toBe(HERE);
    // One that runs as it is, and dependencies', which nobody asks for.
    expect(signatures.of(frame(3, 1, "first", "/app/other.ts"))?.signature).toBe("first (other.ts:3)");
    signatures.of(frame(3, 1, "first", "/app/node_modules/lib/app.ts"));
    signatures.of(frame(3, 1, "first", FILE));
    expect(asked).toEqual([file, "/app/other.ts"]);
  });

  test("has its map read once", () => {
    const read: string[] = [];
    const files = withMap(MAP);
    const signatures = new CodeSignatures({
      readSource: (path) => files[path],
      readMap(path) {
        read.push(path);
        return files[path];
      },
      findMap: () => undefined,
      baseDir: "/app",
    });
    for (const column of [10, 11, 12]) expect(signatures.of(frame(1, column, "a"))?.signature).toBe(HERE);
    expect(read).toEqual(["/app/dist/app.js.map"]);
  });

  test("has its map read again when it was forgotten, as the oldest of too many", () => {
    const read: string[] = [];
    const filler = "x".repeat(7_000_000);
    const signatures = new CodeSignatures({
      readSource: () => `${EMITTED}//# sourceMappingURL=app.js.map`,
      readMap(path) {
        read.push(path.split("/")[2] ?? "");
        return JSON.stringify({
          ...MAP,
          sources: [...MAP.sources, "filler"],
          sourcesContent: [SOURCE, filler],
        });
      },
      findMap: () => undefined,
      baseDir: "/app",
    });
    const ask = (name: string, column: number): unknown =>
      signatures.of(frame(1, column, "a", `/app/${name}/app.js`))?.signature;
    for (const name of ["a", "b", "c", "d"]) expect(ask(name, 10)).toBe(HERE);
    for (const name of ["a", "b", "c", "d"]) expect(ask(name, 11)).toBe(HERE);
    expect(read).toEqual(["a", "b", "c", "d"]);
    ask("e", 10); // the fifth: 35 million characters
    for (const name of ["b", "c", "d", "a"]) expect(ask(name, 12)).toBe(HERE);
    expect(read).toEqual(["a", "b", "c", "d", "e", "a"]);
  });
});
