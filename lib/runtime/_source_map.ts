// SPDX-License-Identifier: Apache-2.0
import type { V8CallFrame } from "./_v8_sampler.ts";
import type { Frame } from "./runtime.ts";

/** The part of `node:module`'s source maps that is used; lines and columns count from 0. */
export type FindSourceMap = (
  path: string,
) =>
  | { findEntry(line: number, column: number): { originalLine?: number; originalColumn?: number } }
  | undefined;

const TYPESCRIPT = /\.(?:[mc]?ts|tsx|jsx)$/;

/**
 * A frame of a V8 profile, which tells the place in the emitted text, at its place in the source. It is mapped
 * when it is first read, because the first look at a large file's map takes 0.1 s (deno.md §1.5), and only for
 * files the runtime emitted itself: for others the map would be looked for on disk, which may prompt.
 */
export class MappedFrame implements Frame {
  readonly name: string;
  readonly file: string;
  readonly declaredLine = 0;
  readonly isAsync = false;
  readonly code = "";
  readonly #emitted: V8CallFrame;
  readonly #findSourceMap: FindSourceMap;
  #place: { line: number; column: number } | undefined;

  constructor(callFrame: V8CallFrame, file: string, findSourceMap: FindSourceMap) {
    this.name = callFrame.functionName;
    this.file = file;
    this.#emitted = callFrame;
    this.#findSourceMap = findSourceMap;
  }

  get line(): number {
    return this.#original().line;
  }

  get column(): number {
    return this.#original().column;
  }

  #original(): { line: number; column: number } {
    this.#place ??= this.#map();
    return this.#place;
  }

  #map(): { line: number; column: number } {
    const { lineNumber, columnNumber } = this.#emitted;
    const line = Math.max(0, lineNumber);
    const column = Math.max(0, columnNumber);
    if (TYPESCRIPT.test(this.file) && !this.file.includes("/node_modules/")) {
      try {
        const entry = this.#findSourceMap(this.file)?.findEntry(line, column);
        if (entry?.originalLine !== undefined) {
          return { line: entry.originalLine + 1, column: (entry.originalColumn ?? 0) + 1 };
        }
      } catch {
        // No map to be had: the emitted place is the best there is.
      }
    }
    return { line: line + 1, column: column + 1 };
  }
}
