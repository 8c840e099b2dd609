// SPDX-License-Identifier: Apache-2.0

import { finished, type Steps } from "../../base/steps.ts";
import type { Frame } from "../../runtime/runtime.ts";
import type { Offset } from "./_mappings.ts";
import { SourceMaps, type SourceMapsOptions } from "./_source_maps.ts";

/** How the host gives sources and their maps. */
export interface SourceOptions extends SourceMapsOptions {
  /** Reads a text, or `undefined`. */
  readonly readSource: (path: string) => string | undefined;
}

/** Places, and folders of which it is known what their files are, that are remembered. */
const MAX_KNOWN = 10_000;

/**
 * Finds where in the text that runs a place is that the engine told in a source of it. Deno does so in its traces, with
 * the source maps that compiled packages come with, and not in its samples. Where there is no such source it tells the
 * emitted file, with the source's line.
 */
export class EmittedPlaces {
  readonly #readSource: (path: string) => string | undefined;
  /** Those of the app, which others use, too. */
  readonly #maps: SourceMaps;
  readonly #dependencies: SourceMaps;
  readonly #known = new Map<string, Offset | undefined>();
  /** By the folder: whether its files are modules, unless their names say otherwise. */
  readonly #modules = new Map<string, boolean>();

  constructor(options: SourceOptions, maps: SourceMaps) {
    this.#readSource = options.readSource;
    this.#maps = maps;
    this.#dependencies = new SourceMaps(options, true);
  }

  /** Reads in steps what is needed for a frame. */
  *prepare({ script }: Frame): Steps {
    if (script === undefined) return;
    const maps = this.#mapsOf(script);
    if (maps.isNew(script)) yield* maps.read(script, this.#readSource(script));
  }

  /** The frame at its place in the text that runs, as far as that is known. */
  of(frame: Frame): Frame {
    const { script } = frame;
    if (script === undefined) return frame;
    const { file, line, column } = frame;
    const key = `${script}:${file}:${line}:${column}`;
    if (!this.#known.has(key)) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(key, this.#find(frame, script));
    }
    const place = this.#known.get(key);
    return place
      ? { ...frame, file: script, line: place.line + 1, column: place.column + 1, script: undefined }
      : frame;
  }

  #find({ file, line, column }: Frame, script: string): Offset | undefined {
    if (line === 0) return undefined;
    const maps = this.#mapsOf(script);
    if (maps.isNew(script)) finished(maps.read(script, this.#readSource(script)));
    if (!maps.has(script) || (file === script && !this.#isModule(script))) return undefined;
    return maps.emittedAt(script, { file, line, column });
  }

  #mapsOf(script: string): SourceMaps {
    return script.includes("/node_modules/") ? this.#dependencies : this.#maps;
  }

  /** Whether a file is an ECMAScript module: Deno maps no other. */
  #isModule(script: string): boolean {
    if (!script.endsWith(".js")) return script.endsWith(".mjs");
    return this.#hasModules(script.slice(0, script.lastIndexOf("/")));
  }

  /** What the nearest `package.json` says. */
  #hasModules(folder: string): boolean {
    const known = this.#modules.get(folder);
    if (known !== undefined) return known;
    const text = this.#readSource(`${folder}/package.json`);
    const isModules = text === undefined ? this.#isAround(folder) : /"type"\s*:\s*"module"/.test(text);
    if (this.#modules.size >= MAX_KNOWN) this.#modules.clear();
    this.#modules.set(folder, isModules);
    return isModules;
  }

  #isAround(folder: string): boolean {
    const end = folder.lastIndexOf("/");
    return end > 0 && !folder.endsWith("/node_modules") && this.#hasModules(folder.slice(0, end));
  }
}
