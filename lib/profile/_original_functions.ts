// SPDX-License-Identifier: Apache-2.0
import type { SourceMaps, SourcePlace } from "./_source_maps.ts";
import type { FunctionIndex, FunctionPlace } from "./function_index.ts";

/** What a function is called, and where it is declared. */
export interface Declaration {
  readonly name: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Code outside of all functions. */
export const MODULE = "<module>";

/** Parts of a function's text that have a say, and parts that are looked at for them. */
const MAX_VOTES = 50;
const MAX_PARTS = 2_000;

/**
 * Finds of what function of the sources an emitted one is the code: of the one that most of its own text is mapped to.
 * Any one place may be mapped to what stands before it, which is another function's, where a minifier left mappings out.
 */
export class OriginalFunctions {
  readonly #maps: SourceMaps;
  readonly #indexOf: (source: string) => FunctionIndex | undefined;
  readonly #known = new WeakMap<FunctionPlace, Declaration>();

  /** @param indexOf the functions of a source, if its text is to be had */
  constructor(maps: SourceMaps, indexOf: (source: string) => FunctionIndex | undefined) {
    this.#maps = maps;
    this.#indexOf = indexOf;
  }

  /** The sources that have to be indexed to tell what `place`, a function of an emitted file, is the code of. */
  sourcesOf(file: string, index: FunctionIndex, place: FunctionPlace): ReadonlySet<string> {
    if (this.#known.has(place)) return new Set();
    return new Set(this.#parts(file, index, place).map((part) => part.file));
  }

  /** What `place`, a function of an emitted file, is the code of; `undefined` if its map does not say. */
  of(file: string, index: FunctionIndex, place: FunctionPlace): Declaration | undefined {
    const known = this.#known.get(place);
    if (known) return known;
    const votes = new Map<unknown, { readonly for: Declaration; count: number }>();
    let most: { readonly for: Declaration; count: number } | undefined;
    for (const part of this.#parts(file, index, place)) {
      const functions = this.#indexOf(part.file);
      const original = functions?.at(part.line, part.column);
      const key = original ?? part.file;
      let vote = votes.get(key);
      if (!vote) {
        const { name, line } =
          original ?? (functions ? { name: MODULE, line: 1 } : { ...place, line: part.line });
        vote = { for: { name, file: part.file, line }, count: 0 };
        votes.set(key, vote);
      }
      vote.count++;
      if (!most || vote.count > most.count) most = vote;
    }
    if (most) this.#known.set(place, most.for);
    return most?.for;
  }

  /** What the text of a function is mapped to, without that of the functions in it. */
  #parts(file: string, index: FunctionIndex, place: FunctionPlace): SourcePlace[] {
    const span = index.spanOf(place);
    const own: SourcePlace[] = [];
    let count = 0;
    for (const [{ line, column }, part] of span ? this.#maps.between(file, span.from, span.to) : []) {
      if (++count > MAX_PARTS || own.length === MAX_VOTES) break;
      if (index.at(line + 1, column + 1) === place) own.push(part);
    }
    return own;
  }
}
