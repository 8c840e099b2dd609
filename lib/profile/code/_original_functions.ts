// SPDX-License-Identifier: Apache-2.0
import type { Offset } from "./_mappings.ts";
import type { SourceMaps, SourcePlace } from "./_source_maps.ts";
import type { FunctionIndex, FunctionPlace } from "./function_index.ts";

/** What a function is called, and where it is declared. */
export interface Declaration {
  readonly name: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Where that tells it from another one of its name and line. */
  readonly column?: number | undefined;
}

/** Code outside of all functions. */
export const MODULE = "<module>";

/** Parts of a function's text that have a say, and parts that are looked at for them. */
const MAX_VOTES = 50;
const MAX_PARTS = 2_000;

/** A part of a function's text, and what it is mapped to. */
interface Part {
  /** Counted from 0. */
  readonly emitted: Offset;
  readonly original: SourcePlace;
}

/**
 * Finds of what function of the sources an emitted one is the code: of the one whose head is mapped to that one's, or
 * else, as minifiers leave mappings out, of the one that most of its own text is mapped to. Most of it alone may be what
 * was put in the place of a call, and any one place may be mapped to what stands before it, which is another function's.
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
    return new Set(this.#parts(file, index, place).map(({ original }) => original.file));
  }

  /** What `place`, a function of an emitted file, is the code of; `undefined` if its map does not say. */
  of(file: string, index: FunctionIndex, place: FunctionPlace): Declaration | undefined {
    const known = this.#known.get(place);
    if (known) return known;
    const declaration = this.#find(file, index, place);
    if (declaration) this.#known.set(place, declaration);
    return declaration;
  }

  #find(file: string, index: FunctionIndex, place: FunctionPlace): Declaration | undefined {
    const votes = new Map<unknown, { readonly for: Declaration; count: number }>();
    let most: { readonly for: Declaration; count: number } | undefined;
    for (const { emitted, original } of this.#parts(file, index, place)) {
      const functions = this.#indexOf(original.file);
      const found = functions?.at(original.line, original.column);
      const key = found ?? original.file;
      let vote = votes.get(key);
      if (!vote) {
        const declared = found ?? (functions ? { name: MODULE, line: 1 } : { ...place, line: original.line });
        vote = { for: { ...declared, file: original.file }, count: 0 };
        votes.set(key, vote);
      }
      const isHead = index.isInHead(place, emitted.line + 1, emitted.column + 1);
      if (isHead && found && functions?.isInHead(found, original.line, original.column)) return vote.for;
      vote.count++;
      if (!most || vote.count > most.count) most = vote;
    }
    return most?.for;
  }

  /** What the text of a function is mapped to, without that of the functions in it. */
  #parts(file: string, index: FunctionIndex, place: FunctionPlace): Part[] {
    const span = index.spanOf(place);
    const own: Part[] = [];
    let count = 0;
    for (const [emitted, original] of span ? this.#maps.between(file, span.from, span.to) : []) {
      if (++count > MAX_PARTS || own.length === MAX_VOTES) break;
      if (index.at(emitted.line + 1, emitted.column + 1) === place) own.push({ emitted, original });
    }
    return own;
  }
}
