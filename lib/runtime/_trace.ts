// SPDX-License-Identifier: Apache-2.0

/** A place in a file, as engines tell it: its line and its column are counted from 1, and 0 if they are not known. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The part of V8's CallSite that tells it. */
interface PlacedSite {
  getFileName(): string | null | undefined;
  getScriptNameOrSourceURL?(): string | null | undefined;
  getLineNumber(): number | null | undefined;
  getColumnNumber(): number | null | undefined;
}

/** A function of the agent's that the app's code has called. */
export type Hook = (...args: never[]) => unknown;

const DEPTH = 100;
/** A line of a stack that is a text: whether it is async, a name, a URL, a line and a column. */
export const STACK_LINE: RegExp = /^\s*at (async )?(?:(.*?) \()?([^()]*?)(?::(\d+))?(?::(\d+))?\)?$/;

const { captureStackTrace } = Error;
/** What formats a stack, if the app or the runtime has set something. */
const PREPARE = "prepareStackTrace";

/**
 * Takes the stack of here without formatting it: 1–7 µs, where formatting costs 10–300 (bun.md §2.3,
 * deno.md §2.6). The limit is the host's own setting, so it is put back at once; where the host has frozen it, it is
 * what bounds the stack.
 *
 * @param hook the stack begins at its caller, so that nobody has to leave the agent's own frames out (V8)
 */
export function captureTrace(hook?: Hook): object {
  const limit = Error.stackTraceLimit;
  const isSet = Reflect.set(Error, "stackTraceLimit", DEPTH);
  try {
    if (!hook) return new Error();
    const trace = {};
    captureStackTrace(trace, hook);
    return trace;
  } finally {
    if (isSet) Error.stackTraceLimit = limit;
  }
}

/** Where an error was made; read once. */
export function madeAt(error: Error): Place {
  const stack: unknown = readStack(error, (_: Error, sites: readonly PlacedSite[]) => sites);
  if (Array.isArray(stack)) {
    const [site]: readonly (PlacedSite | undefined)[] = stack;
    const file = site?.getFileName() ?? site?.getScriptNameOrSourceURL?.() ?? "";
    return { file, line: site?.getLineNumber() ?? 0, column: site?.getColumnNumber() ?? 0 };
  }
  for (const text of typeof stack === "string" ? stack.split("\n") : []) {
    const [, , , file, line, column] = STACK_LINE.exec(text) ?? [];
    if (file && line) return { file, line: Number(line), column: Number(column ?? 0) };
  }
  return { file: "", line: 0, column: 0 };
}

/**
 * The `stack` of an error, formatted by `prepare`, whatever the app has set; read once. An error that has grown old
 * would keep it, kilobytes on Deno, until the next collection of all. Where the app has frozen `Error`, it is a text.
 */
export function readStack(trace: object, prepare: unknown): unknown {
  const host = Object.getOwnPropertyDescriptor(Error, PREPARE);
  // Bun's own property is one only as long as it is assigned: defined anew, what the app assigns later does nothing.
  if (host?.writable) Reflect.set(Error, PREPARE, prepare);
  else Reflect.defineProperty(Error, PREPARE, { configurable: true, writable: true, value: prepare });
  try {
    const stack: unknown = Reflect.get(trace, "stack");
    Reflect.set(trace, "stack", undefined);
    return stack;
  } catch {
    return undefined; // the app's own format threw
  } finally {
    if (!host) Reflect.deleteProperty(Error, PREPARE);
    else if (host.writable) Reflect.set(Error, PREPARE, host.value);
    else Reflect.defineProperty(Error, PREPARE, host);
  }
}
