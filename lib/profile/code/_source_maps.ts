// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../../base/steps.ts";
import { type MappedPlace, Mappings, type Offset } from "./_mappings.ts";

/** A place in a source; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What {@link SourceMaps} needs from the host. */
export interface SourceMapsOptions {
  /** Reads the text of a source map, or `undefined`. */
  readonly readMap: (path: string) => string | undefined;
  /** The source map of what a loader made of a file in memory, or `undefined`. */
  readonly findMap: (path: string) => object | undefined;
  /** Paths below it are shown relative to it, and sources without one (`webpack://shop/./src/app.ts`) as below it. */
  readonly baseDir: string | undefined;
}

/** A source map, as far as it is used. */
interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: Mappings;
  /** Characters of its mappings and its sources' texts. */
  readonly size: number;
}

/** One of ECMA-426, as its JSON is. */
interface Payload {
  readonly sourceRoot?: string;
  readonly sources?: readonly (string | null)[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly mappings?: string;
  readonly sections?: readonly { readonly offset: Offset; readonly map: Payload }[];
}

/** Characters of maps that are kept; beyond that the oldest is forgotten and read again when needed. */
const MAX_SIZE = 32_000_000;
/** Files of which it is remembered whether they have a map, and sources whose texts are. */
const MAX_FILES = 5_000;

const EMITTED = /^(?!https?:).*\.[cm]?js$/;
/** What a loader transforms. */
const LOADED = /\.(?:[cm]?ts|[jt]sx)$/;
const COMMENT = /\/\/[#@] sourceMappingURL=(\S+)\s*$/;
const DATA = /^data:application\/json[^,]*?(;base64)?,(.*)$/s;

/**
 * Finds where the code that a compiler or a bundler emitted stands in the app's sources, by the source maps that the
 * emitted files name.
 */
export class SourceMaps {
  readonly #options: SourceMapsOptions;
  readonly #ofDependencies: boolean;
  readonly #maps = new Map<string, SourceMap | undefined>();
  /** The texts that maps bring along. */
  readonly #texts = new Map<string, string>();
  #size = 0;

  /** @param ofDependencies whether it reads the maps of dependencies, and no others */
  constructor(options: SourceMapsOptions, ofDependencies: boolean = false) {
    this.#options = options;
    this.#ofDependencies = ofDependencies;
  }

  /** Whether a file may have a map, and it was not looked for yet. */
  isNew(file: string): boolean {
    if (this.#maps.has(file) || file.includes("/node_modules/") !== this.#ofDependencies) return false;
    return EMITTED.test(file) || LOADED.test(file);
  }

  /** Reads the map of an emitted file, whose text is `undefined` if it is too long to be read. */
  *read(file: string, text: string | undefined): Steps {
    let map: SourceMap | undefined;
    try {
      if (LOADED.test(file)) {
        const payload = this.#options.findMap(file);
        if (payload) map = yield* this.#parsed(payload as Payload, file);
      } else {
        const [json, path] = this.#found(file, text) ?? [];
        yield;
        if (json !== undefined) map = yield* this.#parsed(JSON.parse(json), path ?? file);
      }
    } catch {
      // What is no map is none.
    }
    this.#put(file, map);
  }

  /** Whether a file has a map. */
  has(file: string): boolean {
    return this.#maps.get(file) !== undefined;
  }

  /** Whether the text that a file's map is of is in no file. */
  isOfMemory(file: string): boolean {
    return LOADED.test(file) && this.has(file);
  }

  /** Where the code at a place of an emitted file stands in a source. */
  at(file: string, { line, column }: Offset): SourcePlace | undefined {
    const map = this.#maps.get(file);
    const found = map?.mappings.at({ line, column });
    return found && placeIn(map, found);
  }

  /** Where in an emitted file what is at a place of a source begins, which may be told by the emitted file's name. */
  emittedAt(file: string, { file: source, line, column }: SourcePlace): Offset | undefined {
    const map = this.#maps.get(file);
    const sources = [...(map?.sources.keys() ?? [])].filter((i) => map?.sources[i] === source);
    return map?.mappings.emittedAt({ line: line - 1, column: column - 1 }, sources);
  }

  /** What begins between two places of an emitted file: where it does, and where that stands in the sources. */
  *between(file: string, from: Offset, to: Offset): Generator<readonly [Offset, SourcePlace], void, void> {
    const map = this.#maps.get(file);
    for (const [at, found] of map?.mappings.between(from, to) ?? []) {
      const place = placeIn(map, found);
      if (place) yield [at, place];
    }
  }

  /** The text of a source that a map brings along. */
  textOf(source: string): string | undefined {
    return this.#texts.get(source);
  }

  /** The text of a file's map, and the path that its sources are relative to. */
  #found(file: string, text: string | undefined): [json: string, path: string] | undefined {
    const { readMap } = this.#options;
    const beside = `${encodeURIComponent(file.slice(file.lastIndexOf("/") + 1))}.map`;
    const url = text === undefined ? beside : COMMENT.exec(tail(text))?.[1];
    if (url === undefined) return undefined;
    const [isData, base64, data] = DATA.exec(url) ?? [];
    if (isData !== undefined && data !== undefined)
      return [base64 ? decoded(data) : decodeURIComponent(data), file];
    const path = this.#pathOf(url, file);
    const json = readMap(path);
    return json === undefined ? undefined : [json, path];
  }

  *#parsed(payload: Payload, path: string): Steps<SourceMap> {
    yield;
    const sources: string[] = [];
    const mappings = new Mappings();
    let size = 0;
    for (const { offset, map } of payload.sections ?? [{ offset: { line: 0, column: 0 }, map: payload }]) {
      const firstSource = sources.length;
      for (const [i, source] of (map.sources ?? []).entries()) {
        const root = map.sourceRoot ? `${map.sourceRoot}/` : "";
        const file = source ? this.#pathOf(`${root}${source}`, path) : "";
        sources.push(file);
        const text = map.sourcesContent?.[i];
        if (typeof text !== "string" || this.#texts.size >= MAX_FILES) continue;
        this.#texts.set(file, text);
        size += text.length;
      }
      size += map.mappings?.length ?? 0;
      yield* mappings.add(map.mappings ?? "", offset, firstSource);
    }
    return { sources, mappings, size };
  }

  /** The path that a URL names in a file. */
  #pathOf(url: string, from: string): string {
    const root = from.startsWith("/") ? "file://" : "file:///";
    const { protocol, pathname } = new URL(
      url,
      `${root}${from.split("/").map(encodeURIComponent).join("/")}`,
    );
    const path = decodeURIComponent(pathname);
    if (protocol !== "file:") return `${this.#options.baseDir ?? ""}${path}`;
    return path.replace(/^\/(?=[A-Za-z]:\/)/, "");
  }

  #put(file: string, map: SourceMap | undefined): void {
    this.#maps.set(file, map);
    this.#size += map?.size ?? 0;
    for (const [oldest, { size, sources } = { size: 0, sources: [] }] of this.#maps) {
      if (oldest === file || (this.#size <= MAX_SIZE && this.#maps.size <= MAX_FILES)) break;
      this.#maps.delete(oldest);
      this.#size -= size;
      for (const source of sources) this.#texts.delete(source);
    }
  }
}

function placeIn(map: SourceMap | undefined, { source, line, column }: MappedPlace): SourcePlace | undefined {
  const file = map?.sources[source];
  return file ? { file, line: line + 1, column: column + 1 } : undefined;
}

/** A comment with a map in it may be nearly all of a text. */
function tail(text: string): string {
  return text.slice(Math.max(0, text.lastIndexOf("sourceMappingURL=") - "//# ".length));
}

function decoded(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
}
