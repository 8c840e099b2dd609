// SPDX-License-Identifier: Apache-2.0
import { fileOf, filePath, isOwnPlace } from "./_own.ts";
import { readStack, STACK_LINE } from "./_trace.ts";
import { v8File } from "./_v8_file.ts";
import { isPlace } from "./eval_file.ts";
import type { Frame, StackReader } from "./runtime.ts";

/** The part of V8's CallSite that is read. */
interface CallSite {
  getFunctionName(): string | null | undefined;
  getFileName(): string | null | undefined;
  getLineNumber(): number | null | undefined;
  getColumnNumber(): number | null | undefined;
  getEnclosingLineNumber?(): number | null | undefined;
  getPosition?(): number | undefined;
  getScriptNameOrSourceURL?(): string | null | undefined;
  isAsync?(): boolean;
  isEval?(): boolean;
}

/** What a call site, and no profile, calls a function without a name in code that was made from a text. */
const NAMELESS_EVAL = "eval";
/** Stacks that are remembered. */
const MAX_KNOWN = 500;

/**
 * Reads traces as V8's call sites. A stack is formatted on first access, with the `prepareStackTrace` of that
 * moment, so the app's own is set aside for the read.
 *
 * @param declaredLines Whether `getEnclosingLineNumber` speaks of the same text as `getLineNumber`; on Deno
 * the latter is mapped to the TypeScript source and the former is not.
 */
export function createV8StackReader(declaredLines: boolean): StackReader {
  const known = new KnownStacks();
  return {
    // A stack tells its async callers, so some are enough; Deno maps each frame to its source.
    share: declaredLines ? 0.4 : 0.2,
    tellsCallers: true,
    frames(trace) {
      const sites: unknown = readStack(trace, (_: Error, sites: readonly CallSite[]) => sites);
      if (!Array.isArray(sites)) return known.ofText(sites, parseFrames);
      return known.of(keyOf(sites), () => framesOf(sites, declaredLines));
    },
  };
}

/** What tells a stack from others, by less than a frame is made of. */
function keyOf(sites: readonly CallSite[]): string {
  let key = "";
  let isAsync = false;
  for (const site of sites) {
    const { id, isBuiltin } = fileOf(scriptOf(site) ?? "");
    // Below what awaits all do. A place may both call and await: `for await`.
    isAsync ||= site.isAsync?.() ?? false;
    key += `${id}:${isBuiltin ? site.getFunctionName() : placeOf(site)}${isAsync ? "~" : ","}`;
  }
  return key;
}

/**
 * Deno maps a site to its source when it is asked for its file, for 2 µs: of the runtime's own needlessly. Code that was
 * made from a text has none, but for what its `//# sourceURL` says.
 */
function scriptOf(site: CallSite): string | null | undefined {
  return (site.getPosition && site.getFileName()) || site.getScriptNameOrSourceURL?.();
}

/** Where in its script a site is; Deno, which hides that, tells where in the source. */
function placeOf(site: CallSite): string {
  if (site.getPosition) return `${site.getPosition()}`;
  return `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}`;
}

function framesOf(sites: readonly CallSite[], declaredLines: boolean): Frame[] {
  const frames: Frame[] = [];
  for (const site of sites) {
    const isEval = site.isEval?.() ?? false;
    const script = (isEval ? scriptOf(site) : site.getFileName()) ?? "";
    const { isOwn } = fileOf(script);
    if (isOwn && isOwnPlace(script, site.getLineNumber() ?? 0, site.getColumnNumber() ?? 0)) continue;
    const name = site.getFunctionName() ?? "";
    const file = v8File(script, isEval);
    // Places are what costs, and nobody asks for those of the runtime's own code, or of a text that is not to be had.
    const hasPlace = isPlace(file);
    frames.push({
      name: isEval && name === NAMELESS_EVAL ? "" : name,
      file,
      line: hasPlace ? (site.getLineNumber() ?? 0) : 0,
      column: hasPlace ? (site.getColumnNumber() ?? 0) : 0,
      ...(hasPlace && !declaredLines && { script: fileOf(site.getScriptNameOrSourceURL?.() ?? "").path }),
      declaredLine: hasPlace && declaredLines ? (site.getEnclosingLineNumber?.() ?? 0) : 0,
      isAsync: site.isAsync?.() ?? false,
      code: "",
    });
  }
  return frames;
}

/** Stacks that were read: a request waits at the same few places again and again. */
class KnownStacks {
  readonly #known = new Map<string, readonly Frame[]>();

  of(key: string, read: () => readonly Frame[]): readonly Frame[] {
    const before = this.#known.get(key);
    if (before) return before;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const frames = read();
    this.#known.set(key, frames);
    return frames;
  }

  /** Those of a stack that is told as text; none if it is not. */
  ofText(text: unknown, parse: (text: string) => readonly Frame[]): readonly Frame[] {
    return typeof text === "string" ? this.of(text, () => parse(text)) : [];
  }
}

/**
 * Reads traces as JavaScriptCore's text: it hands call sites out only for errors made under a
 * `prepareStackTrace`, and then formats at once.
 */
export function createJscStackReader(): StackReader {
  const known = new KnownStacks();
  return {
    share: 1,
    tellsCallers: false,
    frames(trace) {
      return known.ofText(readStack(trace, undefined), parseJscFrames);
    },
  };
}

const NO_FILE = /^(?:native|unknown|\[unknown\])$/;
/**
 * What traces tell as the URL of code that was made from a text, its own or the one of who made it, and samples do not.
 */
const EVAL_URL = /^(?:file|webpack[\w-]*):/;

function parseJscFrames(text: string): Frame[] {
  return parseFrames(text, EVAL_URL);
}

/** @param left of which URLs frames are left out */
function parseFrames(text: string, left?: RegExp): Frame[] {
  const frames: Frame[] = [];
  for (const line of text.split("\n")) {
    const [matched, isAsync, name, url, row, column] = STACK_LINE.exec(line) ?? [];
    if (matched === undefined || url === undefined || left?.test(url)) continue;
    const place = { line: Number(row ?? 0), column: Number(column ?? 0) };
    if (isOwnPlace(url, place.line, place.column)) continue;
    frames.push({
      name: name === "<anonymous>" ? "" : (name ?? ""),
      file: NO_FILE.test(url) ? "" : filePath(url),
      ...place,
      declaredLine: 0,
      isAsync: isAsync !== undefined,
      code: "",
    });
  }
  return frames;
}
