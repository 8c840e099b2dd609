// SPDX-License-Identifier: Apache-2.0
import { filePath, isOwnFile } from "./_own.ts";
import type { Frame, StackReader } from "./runtime.ts";

/** The part of V8's CallSite that is read. */
interface CallSite {
  getFunctionName(): string | null | undefined;
  getFileName(): string | null | undefined;
  getLineNumber(): number | null | undefined;
  getColumnNumber(): number | null | undefined;
  getEnclosingLineNumber?(): number | null | undefined;
  isAsync?(): boolean;
}

const DEPTH = 100;
/** Files of the runtime. */
const BUILTIN = /^(?:node|ext):|^$/;

/**
 * Takes the stack of here without formatting it: 1–7 µs, where formatting costs 10–300 (bun.md §2.3,
 * deno.md §2.6). The limit is the host's own setting, so it is put back at once.
 */
export function captureTrace(): object {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = DEPTH;
    return new Error();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * Reads traces as V8's call sites. A stack is formatted on first access, with the `prepareStackTrace` of that
 * moment, so the app's own is set aside for the read.
 *
 * @param declaredLines Whether `getEnclosingLineNumber` speaks of the same text as `getLineNumber`; on Deno
 * the latter is mapped to the TypeScript source and the former is not.
 */
export function createV8StackReader(declaredLines: boolean): StackReader {
  return {
    // A stack tells its async callers, so some are enough; Deno maps file, line and column of each frame by themselves.
    share: declaredLines ? 0.4 : 0.2,
    frames(trace) {
      const sites: unknown = readStack(trace, (_: Error, sites: readonly CallSite[]) => sites);
      if (!Array.isArray(sites)) return [];
      const frames: Frame[] = [];
      for (const site of sites) {
        const url = site.getFileName() ?? "";
        if (isOwnFile(url)) continue;
        // Places are what costs, and of the runtime's own code nobody asks for them.
        const isPlaced = !BUILTIN.test(url);
        frames.push({
          name: site.getFunctionName() ?? "",
          file: filePath(url),
          line: isPlaced ? (site.getLineNumber() ?? 0) : 0,
          column: isPlaced ? (site.getColumnNumber() ?? 0) : 0,
          declaredLine: isPlaced && declaredLines ? (site.getEnclosingLineNumber?.() ?? 0) : 0,
          isAsync: site.isAsync?.() ?? false,
          code: "",
        });
      }
      return frames;
    },
  };
}

/**
 * Reads traces as JavaScriptCore's text: it hands call sites out only for errors made under a
 * `prepareStackTrace`, and then formats at once.
 */
export function createJscStackReader(): StackReader {
  return {
    share: 1,
    frames(trace) {
      const text: unknown = readStack(trace, undefined);
      return typeof text === "string" ? parseFrames(text) : [];
    },
  };
}

const LINE = /^\s*at (async )?(?:(.*?) \()?([^()]*?)(?::(\d+))?(?::(\d+))?\)?$/;

function parseFrames(text: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of text.split("\n")) {
    const [matched, isAsync, name, url, row, column] = LINE.exec(line) ?? [];
    if (matched === undefined || url === undefined || isOwnFile(url)) continue;
    frames.push({
      name: name === "<anonymous>" ? "" : (name ?? ""),
      file: filePath(url === "native" || url === "unknown" || url === "[unknown]" ? "" : url),
      line: Number(row ?? 0),
      column: Number(column ?? 0),
      declaredLine: 0,
      isAsync: isAsync !== undefined,
      code: "",
    });
  }
  return frames;
}

/** The `stack` of an error, formatted by `prepare`, whatever the app has set. */
function readStack(trace: object, prepare: unknown): unknown {
  const host = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  try {
    Object.defineProperty(Error, "prepareStackTrace", { configurable: true, writable: true, value: prepare });
    return Reflect.get(trace, "stack");
  } catch {
    return undefined; // frozen intrinsics: the wait is then told without a stack
  } finally {
    if (host) Object.defineProperty(Error, "prepareStackTrace", host);
    else Reflect.deleteProperty(Error, "prepareStackTrace");
  }
}
