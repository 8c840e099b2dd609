// SPDX-License-Identifier: Apache-2.0
import type { Steps } from "../../base/steps.ts";

/** A place in a text, counted from 0. */
export interface Offset {
  readonly line: number;
  readonly column: number;
}

/** A place in one of the sources, counted from 0. */
export interface MappedPlace extends Offset {
  /** Which of the sources. */
  readonly source: number;
}

/** Characters that are read in one step. */
const STEP = 10_000;
/** Lines of a text: what begins beyond them is no place. */
const MAX_LINES = 10_000_000;
/** Of a segment: its column, its source or {@link NO_SOURCE}, and line and column there. */
const FIELDS = 4;
const NO_SOURCE = -1;

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;
const COMMA = 44;
const SEMICOLON = 59;
/** Of a digit in base 64, the bit that says that the number goes on, and how many bits are its own. */
const CONTINUES = 32;
const BITS = 5;

/**
 * What a source map tells of the places of emitted code (ECMA-426). The runtimes' own `SourceMap` reads a map at once,
 * while requests wait; this one in steps.
 */
export class Mappings {
  #segments = new Int32Array(1024 * FIELDS);
  #count = 0;
  /** The first segment of each line of the emitted text. */
  readonly #lines: number[] = [0];

  /**
   * Adds what the `mappings` of a map tell. Those of several maps are added in the order of the text.
   *
   * @param from where in the emitted text they begin
   * @param firstSource which of all sources its first one is
   * @throws {SyntaxError} if they are no mappings
   */
  *add(mappings: string, from: Offset = { line: 0, column: 0 }, firstSource: number = 0): Steps {
    if (!(from.line >= 0 && from.line < MAX_LINES)) {
      throw new SyntaxError(`Cannot read mappings: they begin at line ${from.line}`);
    }
    while (this.#lines.length <= from.line) this.#lines.push(this.#count);
    let { column } = from;
    const there = [0, 0, 0]; // source, line and column, each told as the difference to the one before
    let field = 0;
    let value = 0;
    let shift = 0;
    for (let i = 0; i <= mappings.length; i++) {
      if (i % STEP === STEP - 1) yield;
      const code = mappings.charCodeAt(i);
      const isEnd = i === mappings.length;
      if (isEnd || code === COMMA || code === SEMICOLON) {
        const [source = 0, line = 0, at = 0] = there;
        if (field === 1) this.#push(column, NO_SOURCE, 0, 0);
        else if (field > 0) this.#push(column, firstSource + source, line, at);
        field = 0;
        if (code === SEMICOLON) {
          this.#lines.push(this.#count);
          column = 0;
        }
        continue;
      }
      const digit = VALUES[code] ?? -1;
      if (digit < 0) throw new SyntaxError(`Cannot read mappings: there is a "${mappings[i]}" in them`);
      value |= (digit & (CONTINUES - 1)) << shift;
      shift += BITS;
      if (digit & CONTINUES) continue;
      const difference = value & 1 ? -(value >>> 1) : value >>> 1;
      if (field === 0) column += difference;
      else if (field <= there.length) there[field - 1] = (there[field - 1] ?? 0) + difference;
      field++;
      value = 0;
      shift = 0;
    }
  }

  /** Where in the sources a place of the emitted text is; `undefined` if nowhere. */
  at(place: Offset): MappedPlace | undefined {
    const next = this.#after(place);
    return next > (this.#lines[place.line] ?? next) ? this.#read(next - 1) : undefined;
  }

  /** What begins from one place of the emitted text on and before another: where, and where that is in the sources. */
  *between(from: Offset, to: Offset): Generator<readonly [Offset, MappedPlace], void, void> {
    let { line } = from;
    const end = this.#after({ line: to.line, column: to.column - 1 });
    for (let i = this.#after({ line, column: from.column - 1 }); i < end; i++) {
      while ((this.#lines[line + 1] ?? this.#count) <= i) line++;
      const place = this.#read(i);
      if (place) yield [{ line, column: this.#segments[i * FIELDS] as number }, place];
    }
  }

  /**
   * Where in the emitted text that begins first which is mapped to a place; `undefined` if nothing is. Looks at everything.
   *
   * @param sources which of them it may be in; any if there are none
   */
  emittedAt({ line, column }: Offset, sources: readonly number[]): Offset | undefined {
    for (let i = 0; i < this.#count; i++) {
      const at = i * FIELDS;
      if (this.#segments[at + 2] !== line || this.#segments[at + 3] !== column) continue;
      const source = this.#segments[at + 1] as number;
      if (source === NO_SOURCE || (sources.length > 0 && !sources.includes(source))) continue;
      return { line: this.#lineOf(i), column: this.#segments[at] as number };
    }
    return undefined;
  }

  /** The line of the emitted text that a segment is on. */
  #lineOf(segment: number): number {
    let line = 0;
    while ((this.#lines[line + 1] ?? this.#count) <= segment) line++;
    return line;
  }

  /** The first segment of the line, or of those that follow it, that is behind a place. */
  #after({ line, column }: Offset): number {
    let low = this.#lines[line] ?? this.#count;
    let high = this.#lines[line + 1] ?? this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#segments[middle * FIELDS] as number) <= column) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #read(segment: number): MappedPlace | undefined {
    if (segment < 0 || segment >= this.#count) return undefined;
    const [source = NO_SOURCE, line = 0, column = 0] = this.#segments.subarray(
      segment * FIELDS + 1,
      (segment + 1) * FIELDS,
    );
    return source === NO_SOURCE ? undefined : { source, line, column };
  }

  #push(...segment: [column: number, source: number, line: number, at: number]): void {
    const from = this.#count++ * FIELDS;
    if (from === this.#segments.length) {
      const longer = new Int32Array(2 * from);
      longer.set(this.#segments);
      this.#segments = longer;
    }
    this.#segments.set(segment, from);
  }
}
