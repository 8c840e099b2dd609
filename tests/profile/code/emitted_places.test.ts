// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { finished } from "../../../lib/base/steps.ts";
import { EmittedPlaces } from "../../../lib/profile/code/_emitted_places.ts";
import { SourceMaps } from "../../../lib/profile/code/_source_maps.ts";
import type { Frame } from "../../../lib/runtime/runtime.ts";

const SCRIPT = "/app/node_modules/dep/dist/index.js";
const SOURCE = "/app/node_modules/dep/src/index.ts";
const COMMENT = "//# sourceMappingURL=index.js.map";
/** Line 1, column 5, of what runs is line 3, column 1, of the source. */
const MAP = JSON.stringify({ version: 3, sources: ["../src/index.ts"], mappings: "AAAA,IAEA" });

function frame(more: Partial<Frame>): Frame {
  const place = { file: SOURCE, line: 3, column: 1, declaredLine: 0 };
  return { name: "f", isAsync: false, code: "", script: SCRIPT, ...place, ...more };
}

/** What a frame becomes where these files are to be read. */
function moved(told: Frame, files: Readonly<Record<string, string>> = {}): Frame {
  const texts: Record<string, string | undefined> = {
    [SCRIPT]: COMMENT,
    [`${SCRIPT}.map`]: MAP,
    ...files,
  };
  const read = (path: string): string | undefined => texts[path];
  const options = { readSource: read, readMap: read, findMap: () => undefined, baseDir: "/app" };
  const places = new EmittedPlaces(options, new SourceMaps(options));
  finished(places.prepare(told));
  return places.of(told);
}

const MOVED = { file: SCRIPT, line: 1, column: 5 };
const MODULE = '{ "type": "module" }';

describe("a frame that is told at a place of a source", () => {
  test("is moved to the place in the text that runs", () => {
    expect(moved(frame({}))).toMatchObject(MOVED);
  });

  test("is moved also where it is told by the file that runs, as the source is not there, if that is a module", () => {
    const told = frame({ file: SCRIPT });
    expect(moved(told, { "/app/node_modules/dep/package.json": MODULE })).toMatchObject(MOVED);
    expect(moved(told, { "/app/node_modules/dep/dist/package.json": MODULE })).toMatchObject(MOVED);
    for (const files of [
      { "/app/node_modules/dep/package.json": "{}", "/app/package.json": MODULE },
      { "/app/node_modules/dep/dist/package.json": "{}", "/app/node_modules/dep/package.json": MODULE },
      { "/app/package.json": MODULE },
    ]) {
      expect(moved(told, files)).toBe(told);
    }
    const module = SCRIPT.replace(".js", ".mjs");
    const inModule = frame({ file: module, script: module });
    expect(moved(inModule, { [module]: COMMENT })).toMatchObject({ ...MOVED, file: module });
    const script = SCRIPT.replace(".js", ".cjs");
    const inScript = frame({ file: script, script });
    expect(moved(inScript, { [script]: COMMENT })).toBe(inScript);
  });

  test("stays where it is if nothing is mapped to that place, or there is no map, or no script is known", () => {
    for (const told of [
      frame({ line: 4 }),
      frame({ line: 0 }),
      frame({ script: undefined }),
      frame({ script: "/app/node_modules/other/index.js" }),
    ]) {
      expect(moved(told)).toBe(told);
    }
  });

  test("is moved by the app's maps where it is the app's", () => {
    const script = "/app/dist/main.js";
    const told = frame({ script, file: "/app/src/index.ts" });
    const files = { [script]: "//# sourceMappingURL=main.js.map", [`${script}.map`]: MAP };
    expect(moved(told, files)).toMatchObject({ ...MOVED, file: script });
  });
});
