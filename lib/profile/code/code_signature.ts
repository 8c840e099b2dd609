// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../../base/steps.ts";
import { finished } from "../../base/steps.ts";
import { evalFile, evalName, isEvalFile, isPlace } from "../../runtime/eval_file.ts";
import type { Frame } from "../../runtime/runtime.ts";
import { EmittedPlaces, type SourceOptions } from "./_emitted_places.ts";
import { ANONYMOUS } from "./_function_scan_state.ts";
import { type Declaration, MODULE, OriginalFunctions } from "./_original_functions.ts";
import { SourceMaps, type SourcePlace } from "./_source_maps.ts";
import { FunctionIndex, type FunctionPlace } from "./function_index.ts";

/** A function of the app on a stack. */
export interface Call {
  /**
   * `functionName (path/to/file.ts:line)`, the line being that of the declaration; with `:column` after it where another
   * function of that name is declared on that line, as in minified code.
   */
  readonly signature: string;
  /** The file as signatures show it. */
  readonly file: string;
  /** The line that runs, calls or waits; 0 if unknown. Not part of the identity. */
  readonly line: number;
  /** Where in the line of the text that the engine runs; 0 if unknown. Samples and traces tell different ones of a call. */
  readonly column: number;
  /** Identity of the compiled code where the engine tells it, else empty. */
  readonly code: string;
}

/** Files whose functions are remembered; beyond that the oldest is forgotten and read again when needed. */
const MAX_FILES = 500;

/**
 * Turns engine frames into code signatures.
 *
 * Code that was compiled or bundled is told as its source map says. Its functions are still told apart by the emitted
 * text: that is what the engine runs.
 *
 * The engines disagree about one function: a V8 profile tells its declaration, a call site the running line,
 * JavaScriptCore leaves names out, and either may show an inferred name. So both line and name come from the
 * source text: the innermost function around the place the engine tells. Only where there is no text does the
 * engine's own word count.
 */
export class CodeSignatures {
  readonly #options: SourceOptions;
  readonly #maps: SourceMaps;
  readonly #originals: OriginalFunctions;
  readonly #places: EmittedPlaces;
  readonly #indexes = new Map<string, FunctionIndex | undefined>();
  readonly #calls = new Map<string, Call>();
  readonly #codes = new Map<string, FunctionPlace>();
  /** Files of which it is known that what runs by their name was made from another text. */
  readonly #texts = new Set<string>();
  readonly #placed = new WeakMap<Call, { readonly index: FunctionIndex; readonly place: FunctionPlace }>();

  constructor(options: SourceOptions) {
    this.#options = options;
    this.#maps = new SourceMaps(options);
    this.#places = new EmittedPlaces(options, this.#maps);
    this.#originals = new OriginalFunctions(this.#maps, (source) => this.#index(source));
  }

  /**
   * The call a frame stands for, or `undefined` if it is no code of the app, or nothing tells which function.
   *
   * @param called what it called, where that is known
   */
  of(told: Frame, called?: Call): Call | undefined {
    if (!isAppFile(told.file)) return undefined;
    const frame = this.#ofText(told) ?? this.#places.of(told);
    const call = this.#alone(frame);
    return (call && called?.signature === call.signature && this.#around(frame, called)) || call;
  }

  /** The frame of code that was made from a text. A profile tells it as that of a file, if the text is named by one. */
  #ofText(frame: Frame): Frame | undefined {
    const { file } = frame;
    if (!isEvalFile(file)) return this.#texts.has(file) ? { ...frame, file: evalFile(file) } : undefined;
    const name = evalName(file);
    if (isPlace(name) && !this.#texts.has(name)) {
      if (this.#texts.size >= MAX_FILES) this.#texts.clear();
      this.#texts.add(name);
    }
    return frame;
  }

  #alone(frame: Frame): Call | undefined {
    const key = keyOf(frame);
    const known = this.#calls.get(key);
    if (known) return known;
    const call = isEvalFile(frame.file) ? this.#inText(frame) : this.#inFile(frame);
    if (!call) return undefined;
    if (this.#calls.size >= MAX_FILES * 100) this.#calls.clear();
    this.#calls.set(key, call);
    return call;
  }

  #inText({ file: told, name }: Frame): Call {
    const file = evalFile(this.#shown(evalName(told)));
    return { signature: `${plainName(name)} (${file})`, file, line: 0, column: 0, code: "" };
  }

  #inFile(frame: Frame): Call | undefined {
    const index = this.#emitted(frame.file);
    const place = this.#place(frame);
    return index && !place && frame.line === 0 ? undefined : this.#placedAt(frame, index, place);
  }

  /**
   * The call that a frame without a name stands for where its place is in the function that it called, and it is the one
   * around that (JavaScriptCore's traces; its samples show the same function twice, the second time with its name).
   */
  #around(frame: Frame, called: Call): Call | undefined {
    const { index, place } = this.#placed.get(called) ?? {};
    if (!index || !place || frame.code !== "" || plainName(frame.name) !== ANONYMOUS) return undefined;
    const caller = index.callerAtEnd(place, frame.line, frame.column);
    return caller && this.#placedAt(frame, index, caller);
  }

  #placedAt(frame: Frame, index: FunctionIndex | undefined, place: FunctionPlace | undefined): Call {
    const mapped = this.#mapped(frame, index, place);
    const { name, file, line, column } = this.#declaration(frame, index, place, mapped);
    const shown = this.#shown(file);
    const running = file === frame.file ? frame.line : file === mapped?.file ? mapped.line : 0;
    const declared = column === undefined ? line : `${line}:${column}`;
    const call = {
      signature: `${name} (${shown}:${declared})`,
      file: shown,
      line: running,
      column: frame.column,
      code: frame.code,
    };
    if (index && place) this.#placed.set(call, { index, place });
    return call;
  }

  /** Whether the function of a call stands in the text of another's. */
  isWithin(call: Call, other: Call): boolean {
    const inner = this.#placed.get(call);
    const outer = this.#placed.get(other);
    return !!inner && inner.index === outer?.index && inner.index.isWithin(inner.place, outer.place);
  }

  /** Reads the source of a frame in steps, if need be: at once it would hold the thread for some 50 ms a megabyte. */
  *prepare(told: Frame): Steps {
    if (!isPlace(told.file)) return;
    yield* this.#places.prepare(told);
    const frame = this.#places.of(told);
    const { file } = frame;
    if (this.#maps.isNew(file)) yield* this.#maps.read(file, this.#text(file));
    yield* this.#prepareIndex(file);
    if (!this.#maps.has(file) || this.#calls.has(keyOf(frame))) return;
    const index = this.#emitted(file);
    const place = this.#place(frame);
    const mapped = this.#mapped(frame, index, place);
    if (index && place)
      for (const source of this.#originals.sourcesOf(file, index, place)) yield* this.#prepareIndex(source);
    else if (mapped) yield* this.#prepareIndex(mapped.file);
  }

  *#prepareIndex(file: string): Steps {
    if (!this.#indexes.has(file)) this.#put(file, yield* this.#read(file));
  }

  /**
   * Whether `caller` only begins the async function whose body `frame` is: of one that is given to a call as its last
   * argument, JavaScriptCore tells the end of that call as the place.
   */
  isBegunBy(told: Frame, toldCaller: Frame): boolean {
    const frame = this.#places.of(told);
    const caller = this.#places.of(toldCaller);
    if (frame.code === caller.code || frame.file !== caller.file || frame.name !== caller.name) return false;
    const place = this.#place(frame);
    const isBegun = place && this.#emitted(frame.file)?.isAtEndOfCallWith(place, caller.line, caller.column);
    if (!isBegun) return false;
    this.#codes.set(`${caller.file}:${caller.code}`, place);
    return true;
  }

  /** The function of the text that the engine runs. */
  #place(frame: Frame): FunctionPlace | undefined {
    const index = this.#emitted(frame.file);
    const codeKey = frame.code && `${frame.file}:${frame.code}`;
    // JavaScriptCore's optimized leaf has no line, but its code was or will be seen with one.
    if (frame.line === 0) return this.#codes.get(codeKey) ?? index?.named(plainName(frame.name));
    const place = index?.at(frame.line, frame.column, plainName(frame.name));
    if (place && codeKey) this.#codes.set(codeKey, place);
    return place;
  }

  /** The functions of the text that the engine runs, if that is to be had. */
  #emitted(file: string): FunctionIndex | undefined {
    if (this.#maps.isNew(file)) finished(this.#maps.read(file, this.#text(file)));
    return this.#maps.isOfMemory(file) ? undefined : this.#index(file);
  }

  /** Where a frame's code stands in a source: at what stands before it in its function, else at what follows there. */
  #mapped(
    frame: Frame,
    index: FunctionIndex | undefined,
    place: FunctionPlace | undefined,
  ): SourcePlace | undefined {
    if (!this.#maps.has(frame.file)) return undefined;
    const at = { line: frame.line - 1, column: Math.max(0, frame.column - 1) };
    const span = place && index?.spanOf(place);
    if (span && !this.#maps.between(frame.file, span.from, at).next().value) {
      return this.#maps.between(frame.file, at, span.to).next().value?.[1];
    }
    return this.#maps.at(frame.file, at);
  }

  #declaration(
    frame: Frame,
    index: FunctionIndex | undefined,
    place: FunctionPlace | undefined,
    mapped: SourcePlace | undefined,
  ): Declaration {
    const { file } = frame;
    if (index && place) return this.#originals.of(file, index, place) ?? { ...place, file };
    // Where there is a text and no function around, it is the module's own code.
    if (index) return { name: MODULE, file: mapped?.file ?? file, line: 1 };
    const name = plainName(frame.name);
    const source = mapped && this.#index(mapped.file);
    if (!source)
      return { name: place?.name ?? name, file, line: place?.line ?? (frame.declaredLine || frame.line) };
    const original = source.at(mapped.line, mapped.column, name);
    return { name: MODULE, line: 1, ...original, file: mapped.file };
  }

  #index(file: string): FunctionIndex | undefined {
    if (!this.#indexes.has(file)) this.#put(file, finished(this.#read(file)));
    return this.#indexes.get(file);
  }

  *#read(file: string): Steps<FunctionIndex | undefined> {
    const source = this.#text(file);
    if (source === undefined) return undefined;
    yield;
    return yield* FunctionIndex.building(source, { jsx: /\.[jt]sx$/.test(file) });
  }

  #text(file: string): string | undefined {
    return this.#maps.textOf(file) ?? this.#options.readSource(file);
  }

  #put(file: string, index: FunctionIndex | undefined): void {
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size >= MAX_FILES && oldest !== undefined) this.#indexes.delete(oldest);
    this.#indexes.set(file, index);
  }

  #shown(file: string): string {
    const { baseDir } = this.#options;
    if (baseDir === undefined || !file.startsWith(baseDir)) return file;
    return file.slice(baseDir.length).replace(/^[\\/]/, "");
  }
}

function keyOf({ file, line, column, name, code }: Frame): string {
  return `${file}:${line}:${column}:${name}:${code}`;
}

/** Whether a file is the app's (its dependencies included), not the runtime's own or native code. */
export function isAppFile(file: string): boolean {
  return isPlace(file) || isEvalFile(file);
}

/** An engine's name for a function without what the engine puts in front of it. */
export function plainName(name: string): string {
  const bare = name.replace(/^(?:(?:async|new|get|set|static) )+/, "");
  return bare.slice(bare.lastIndexOf(".") + 1) || ANONYMOUS;
}
