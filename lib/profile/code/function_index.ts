// SPDX-License-Identifier: Apache-2.0

import { finished, type Steps } from "../../base/steps.ts";
import { scanFunctions } from "./_function_scan.ts";
import { ANONYMOUS, type ScannedPlace, type ScannedRange } from "./_function_scan_state.ts";
import type { Offset } from "./_mappings.ts";

/** Functions, or lines, that are done in one step. */
const STEP = 100;

/** Characters from the end of a function to that of the call it is given to: parentheses, and a new line. */
const MAX_END = 200;
/** Characters of a function up to the end of its first parameter. */
const MAX_HEAD = 200;
/** Characters of a function that is looked through for its own name. */
const MAX_MOVED = 20_000;

/** A function of a source text: one object for each, so that two places can be compared by identity. */
export interface FunctionPlace {
  /**
   * The name the language gives it: its own, or that of the variable, property or field it is assigned to.
   * Of a constructor, field initialiser or static block that of the class; `<anonymous>` if there is none.
   */
  readonly name: string;
  /** Line of the declaration, counted from 1. */
  readonly line: number;
  /** Its column, counted from 1, where that tells it from another function of its name and line. */
  readonly column?: number;
}

/** What the text is. */
export interface FunctionIndexOptions {
  /**
   * Whether the text may hold JSX.
   *
   * @default {false}
   */
  readonly jsx?: boolean;
}

/**
 * Tells which function encloses a place in a JavaScript or TypeScript text.
 *
 * The line of a declaration is that of the `function`, of a method's name (of a computed one its `[`), of the
 * first token of an arrow function after its type parameters, and of the `class` for what runs in a class
 * outside its methods. Code outside of all functions has no place.
 *
 * @example
 * ```ts
 * import { FunctionIndex } from "./function_index.ts";
 *
 * const index = FunctionIndex.of("const half = (n) =>\n  n / 2;");
 * index.at(2, 3); // { name: "half", line: 1 }
 * ```
 */
export class FunctionIndex {
  readonly #lines: readonly number[];
  /** Where the innermost function changes: offsets, and from each on which one it is. */
  readonly #offsets: number[] = [];
  readonly #places: (FunctionPlace | undefined)[] = [];
  /** The only function that begins on a line, the only one of a name; `undefined` where there are several. */
  readonly #byLine = new Map<number, FunctionPlace | undefined>();
  readonly #byName = new Map<string, FunctionPlace | undefined>();
  /** The function around one that is called where it stands, or could be. */
  readonly #outer = new Map<FunctionPlace, FunctionPlace | undefined>();
  /** The text of a function: of a class, that of its last part. */
  readonly #ranges = new Map<FunctionPlace, { readonly start: number; readonly end: number }>();
  readonly #source: string;

  /** Any text has an index; the time is linear in its length. */
  static of(source: string, options: FunctionIndexOptions = {}): FunctionIndex {
    return finished(FunctionIndex.building(source, options));
  }

  /** As {@link FunctionIndex.of}, in steps of less than a millisecond. */
  static *building(source: string, options: FunctionIndexOptions = {}): Steps<FunctionIndex> {
    const lines = yield* lineStarts(source);
    const ranges = yield* scanFunctions(source, options.jsx ?? false);
    const index = new FunctionIndex(source, lines);
    yield* index.#fill(ranges);
    return index;
  }

  private constructor(source: string, lines: readonly number[]) {
    this.#source = source;
    this.#lines = lines;
  }

  *#fill(ranges: readonly ScannedRange[]): Steps {
    const places = new Map<ScannedPlace, FunctionPlace>();
    const alike = new Alike();
    const offsets = this.#offsets;
    const changes = this.#places;
    const open: { place: FunctionPlace; end: number }[] = [];
    const change = (offset: number, place: FunctionPlace | undefined): void => {
      if (offsets.at(-1) === offset) changes[changes.length - 1] = place;
      else {
        offsets.push(offset);
        changes.push(place);
      }
    };
    const endBefore = (offset: number): void => {
      for (let last = open.at(-1); last && last.end <= offset; last = open.at(-1)) {
        open.pop();
        change(last.end, open.at(-1)?.place);
      }
    };
    for (const [i, range] of ranges.entries()) {
      if (i % STEP === 0) yield;
      if (range.end <= range.start) continue;
      endBefore(range.start);
      const place = this.#placeOf(range, places, alike);
      // An engine may give a callback without a name that of what is around it.
      const mayMove = range.place.isInvoked || place.name !== ANONYMOUS;
      if (mayMove && !this.#outer.has(place)) this.#outer.set(place, open.at(-1)?.place);
      this.#ranges.set(place, range);
      open.push({ place, end: range.end });
      change(range.start, place);
    }
    endBefore(Number.POSITIVE_INFINITY);
  }

  /**
   * The innermost function around a place, both counted from 1, columns in UTF-16 code units.
   *
   * Where the column is 0, which means unknown, it is the only function that begins on the line; failing
   * that, the innermost one around the line's first token.
   *
   * @param name What the engine calls the function, without `async`, `new` and the like; empty if unknown. It
   * only matters around a function that is called where it stands: Bun, and Deno sometimes, tell the end of that
   * function's body as the place of the call, and only the name says that the function around it is meant. Bun
   * puts a function that a variable holds, and that is used once, where it is used. A source map may tell the first
   * modifier of a method, which begins with its name.
   */
  at(line: number, column: number, name: string = ""): FunctionPlace | undefined {
    const start = this.#lines[line - 1];
    if (start === undefined) return undefined;
    const end = this.#lines[line] ?? this.#source.length + 1;
    const offset = Math.min(start + column - 1, end - 1);
    const found =
      column > 0 ? this.#around(offset) : (this.#byLine.get(line) ?? this.#around(this.#firstToken(start)));
    // Without a name it may be one whose name the engine has left out.
    const mayBeOuter = name !== ANONYMOUS || this.#isAtEnd(offset, found);
    for (let place = found; name && place; place = mayBeOuter ? this.#outer.get(place) : undefined) {
      if (place.name === name) return place;
    }
    return (column > 0 && name && name !== ANONYMOUS && this.#begins(offset, end, name)) || found;
  }

  /** Whether nothing but the end of a function's body follows. */
  #isAtEnd(offset: number, place: FunctionPlace | undefined): boolean {
    const end = place && this.#ranges.get(place)?.end;
    return (
      end !== undefined && end - offset < MAX_END && /^[\s;)\]}]*$/.test(this.#source.slice(offset, end))
    );
  }

  /** The function of that name that begins between two offsets, with nothing but words before it. */
  #begins(from: number, to: number, name: string): FunctionPlace | undefined {
    const i = lastAtMost(this.#offsets, from) + 1;
    const start = this.#offsets[i] ?? to;
    const place = this.#places[i];
    if (start >= to || place?.name !== name || this.#ranges.get(place)?.start !== start) return undefined;
    return start - from < MAX_HEAD && /^[\w\s*]*$/.test(this.#source.slice(from, start)) ? place : undefined;
  }

  /**
   * The function around `place`, if that may stand where it is called: Bun puts a function there that a variable holds
   * and that is used once, so not by itself, and tells the end of its text as the place of the call.
   *
   * @param line of what called it; as the column counted from 1
   */
  callerAtEnd(place: FunctionPlace, line: number, column: number): FunctionPlace | undefined {
    const range = this.#ranges.get(place);
    const lineStart = this.#lines[line - 1];
    if (!range || range.end - range.start > MAX_MOVED || lineStart === undefined) return undefined;
    if (!this.#isAtEnd(lineStart + column - 1, place)) return undefined;
    const text = this.#source.slice(range.start, range.end);
    return text.split(/[^\w$]+/).includes(place.name) ? undefined : this.#outer.get(place);
  }

  /**
   * Whether a place is the end of the call, or the list, whose last part is a function, or what follows that: of what
   * a minifier left no mapping for, a source map tells the next thing.
   */
  isAtEndOfCallWith(place: FunctionPlace, line: number, column: number): boolean {
    const end = this.#ranges.get(place)?.end;
    const start = this.#lines[line - 1];
    if (end === undefined || start === undefined) return false;
    const offset = start + column - 1;
    return offset >= end && offset - end < MAX_END && /^[\s,;)\]]*$/.test(this.#source.slice(end, offset));
  }

  /** Whether a place, counted from 1, is in a function's head: its keywords, its name, its first parameter. */
  isInHead(place: FunctionPlace, line: number, column: number): boolean {
    const start = this.#ranges.get(place)?.start;
    const lineStart = this.#lines[line - 1];
    if (start === undefined || lineStart === undefined) return false;
    const offset = lineStart + column - 1;
    return offset >= start && offset - start < MAX_HEAD && /^[^{=]*$/.test(this.#source.slice(start, offset));
  }

  /** Whether the text of a function is part of another's, or they are the same. */
  isWithin(place: FunctionPlace, other: FunctionPlace): boolean {
    const inner = this.#ranges.get(place);
    const outer = this.#ranges.get(other);
    return !!inner && !!outer && outer.start <= inner.start && inner.end <= outer.end;
  }

  /** From where to where the text of a function goes, lines and columns counted from 0. */
  spanOf(place: FunctionPlace): { readonly from: Offset; readonly to: Offset } | undefined {
    const range = this.#ranges.get(place);
    return range && { from: this.#offsetAt(range.start), to: this.#offsetAt(range.end) };
  }

  #offsetAt(offset: number): Offset {
    const line = lastAtMost(this.#lines, offset);
    return { line, column: offset - (this.#lines[line] ?? 0) };
  }

  /** The only function of that name; `undefined` if there is none or more than one. */
  named(name: string): FunctionPlace | undefined {
    return this.#byName.get(name);
  }

  #placeOf(
    { place: scanned }: ScannedRange,
    places: Map<ScannedPlace, FunctionPlace>,
    alike: Alike,
  ): FunctionPlace {
    const known = places.get(scanned);
    if (known) return known;
    const offset = this.#offsetAt(scanned.at);
    const line = offset.line + 1;
    const place = { name: scanned.name, line };
    places.set(scanned, place);
    if (!scanned.isClass) alike.add(place, offset.column + 1);
    if (!scanned.isClass) this.#byLine.set(line, this.#byLine.has(line) ? undefined : place);
    // A class without a constructor stands for the implied one.
    if (scanned.name !== ANONYMOUS && !scanned.hasConstructor) {
      this.#byName.set(scanned.name, this.#byName.has(scanned.name) ? undefined : place);
    }
    return place;
  }

  #around(offset: number): FunctionPlace | undefined {
    return this.#places[lastAtMost(this.#offsets, offset)];
  }

  #firstToken(lineStart: number): number {
    const blank = /[^\S\n\r\u2028\u2029]*/y;
    blank.lastIndex = lineStart;
    return lineStart + (blank.exec(this.#source)?.[0].length ?? 0);
  }
}

/** Tells functions of one name and line apart. A class and its constructor are one. */
class Alike {
  readonly #firsts = new Map<string, { readonly place: Unplaced; readonly column: number }>();

  add(place: Unplaced, column: number): void {
    const key = `${place.line} ${place.name}`;
    const first = this.#firsts.get(key);
    if (!first) this.#firsts.set(key, { place, column });
    else {
      first.place.column = first.column;
      place.column = column;
    }
  }
}

/** A function whose column is not settled yet. */
interface Unplaced extends FunctionPlace {
  column?: number;
}

/** Offsets at which lines start, by the language's own line terminators. */
function* lineStarts(source: string): Steps<number[]> {
  const starts = [0];
  for (const match of source.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
    starts.push(match.index + match[0].length);
    if (starts.length % STEP === 0) yield;
  }
  return starts;
}

/** Index of the last of the ascending `values` that is at most `limit`, -1 if there is none. */
function lastAtMost(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
