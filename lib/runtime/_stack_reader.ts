// SPDX-License-Identifier: Apache-2.0
import { filePath, isOwnFile } from "./_own.ts";
import type { Frame, StackReader } from "./runtime.ts";

/** The part of V8's CallSite that both engines offer; V8 alone knows where the function was declared. */
interface CallSite {
  getFunctionName(): string | null | undefined;
  getFileName(): string | null | undefined;
  getLineNumber(): number | null | undefined;
  getColumnNumber(): number | null | undefined;
  getEnclosingLineNumber?(): number | null | undefined;
  isAsync?(): boolean;
}

const DEPTH = 100;

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
 * Reads traces as call sites. Both engines format a stack on first access, with the `prepareStackTrace` of
 * that moment, so the app's own is set aside for the read.
 *
 * @param declaredLines Whether `getEnclosingLineNumber` speaks of the same text as `getLineNumber`; on Deno
 * the latter is mapped to the TypeScript source and the former is not.
 */
export function createStackReader(declaredLines: boolean): StackReader {
  return {
    frames(trace) {
      const sites = callSites(trace);
      const frames: Frame[] = [];
      for (const site of sites) {
        const url = site.getFileName() ?? "";
        if (isOwnFile(url)) continue;
        frames.push({
          name: site.getFunctionName() ?? "",
          file: filePath(url),
          line: site.getLineNumber() ?? 0,
          column: site.getColumnNumber() ?? 0,
          declaredLine: declaredLines ? (site.getEnclosingLineNumber?.() ?? 0) : 0,
          isAsync: site.isAsync?.() ?? false,
          code: "",
        });
      }
      return frames;
    },
  };
}

function callSites(trace: object): readonly CallSite[] {
  const host = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  try {
    Object.defineProperty(Error, "prepareStackTrace", {
      configurable: true,
      writable: true,
      value: (_: Error, sites: readonly CallSite[]) => sites,
    });
    const sites: unknown = Reflect.get(trace, "stack");
    return Array.isArray(sites) ? sites : [];
  } catch {
    return []; // frozen intrinsics: the wait is then told without a stack
  } finally {
    if (host) Object.defineProperty(Error, "prepareStackTrace", host);
    else Reflect.deleteProperty(Error, "prepareStackTrace");
  }
}
