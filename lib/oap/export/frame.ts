// SPDX-License-Identifier: Apache-2.0

/** What a request does in a frame. */
export type FrameKind = "request" | "running" | "waiting" | "held" | "engine";

/** A code signature in its parts. */
export interface Frame {
  readonly kind: FrameKind;
  /** The function, or what is waited for, or who held the thread. */
  readonly name: string;
  /** Empty where the signature tells none. */
  readonly file: string;
  /** Counts from 1; 0 where the signature tells none. */
  readonly line: number;
  /** Counts from 1; 0 where the signature tells none, which is so but for functions of one name on one line. */
  readonly column: number;
}

/** What a whole stack tells of a request: on the CPU, suspended, or ready while another had the thread. */
export type StackState = "running" | "waiting" | "held";

/**
 * Reads a code signature: `name (file:line)` or `name (file:line:column)`, the synthetic ones such as
 * `(waiting for fetch file:line)`, and those of agents for other languages as far as they end in `:line`. What is not
 * understood is a name as it stands.
 */
export function frameOf(signature: string): Frame {
  const synthetic = /^\((waiting(?: for)?|held by|request|native|garbage collector)\b ?(.*)\)$/s.exec(
    signature,
  );
  if (synthetic) {
    const [, word = "", rest = ""] = synthetic;
    const kind = KINDS[word] ?? "engine";
    const { text, file, line } = kind === "waiting" ? placed(rest) : { text: rest, file: "", line: 0 };
    const name = [word, text].filter((part) => part !== "").join(" ");
    return { kind, name: `(${name})`, file, line, column: 0 };
  }
  const call = /^(.+?) \((.+?):(\d+)(?::(\d+))?\)$/s.exec(signature);
  if (call) {
    const [, name = "", file = "", line = "", column = "0"] = call;
    return { kind: "running", name, file, line: numberOf(line), column: numberOf(column) };
  }
  const other = /^(\S+):(\d+)$/.exec(signature);
  if (other) return { kind: "running", name: other[1] ?? "", file: "", line: numberOf(other[2]), column: 0 };
  return { kind: "running", name: signature, file: "", line: 0, column: 0 };
}

/** Where a frame's function is declared, or waits; empty where its signature tells none. */
export function placeOf({ file, line, column }: Frame): string {
  if (file === "") return "";
  return `${file}:${line}${column > 0 ? `:${column}` : ""}`;
}

const KINDS: Readonly<Partial<Record<string, FrameKind>>> = {
  waiting: "waiting",
  "waiting for": "waiting",
  "held by": "held",
  request: "request",
};

/** What ends in a place: `fetch src/app.ts:12`, or only the place. */
function placed(rest: string): { text: string; file: string; line: number } {
  const [, text = "", file = "", line = ""] = /^(?:(.*?) )?(\S.*):(\d+)$/s.exec(rest) ?? [];
  return file === "" ? { text: rest, file: "", line: 0 } : { text, file, line: numberOf(line) };
}

function numberOf(digits: string | undefined): number {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : 0;
}

/** What the request did while it had this stack. Below a holder are the holder's own frames, so any place counts. */
export function stateOf(stack: readonly string[]): StackState {
  if (stack.some((signature) => signature.startsWith("(held by "))) return "held";
  return stack.at(-1)?.startsWith("(waiting") ? "waiting" : "running";
}
