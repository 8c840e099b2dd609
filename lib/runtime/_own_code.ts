// SPDX-License-Identifier: Apache-2.0
import type { Place } from "./_trace.ts";

/** The file of the sources that marks where the agent's code begins. */
const SOURCE = "/lib/runtime/own_bounds.ts";

/** Where the agent's own code is: in its sources, or in what a bundler has made of them, maybe with the app's. */
export class OwnCode {
  /** Its file, or what the paths of its files begin with; none if it is not known. */
  readonly #files: readonly string[];
  readonly #begin: Place | undefined;
  readonly #end: Place | undefined;
  /** Whether other code was seen in its file. */
  #isShared = false;

  /**
   * @param begin where its code begins
   * @param end where it ends, if it has an end
   */
  constructor(begin: Place, end: Place | undefined) {
    const { file } = begin;
    if (file.endsWith(SOURCE)) {
      const root = file.slice(0, -SOURCE.length);
      this.#files = [`${root}/lib/`, `${root}/mod.ts`];
    } else {
      this.#files = file === "" ? [] : [file];
      this.#begin = begin;
      this.#end = end;
    }
  }

  /** Whether there is some of it in a file. */
  isIn(path: string): boolean {
    return this.#files.some((file) => path.startsWith(file));
  }

  /** Whether a place in such a file is in it. The line and the column are counted from 1; a line of 0 is not known. */
  has(line: number, column: number): boolean {
    if (line === 0) return !this.#isShared;
    const isPast = (place: Place | undefined): boolean =>
      place !== undefined && (line > place.line || (line === place.line && column > place.column));
    const isOwn = !this.#begin || (isPast(this.#begin) && !isPast(this.#end));
    this.#isShared ||= !isOwn;
    return isOwn;
  }
}
