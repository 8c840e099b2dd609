// SPDX-License-Identifier: Apache-2.0

import process from "node:process";

/** Where text is written to. */
export interface Terminal {
  /** Columns, or `undefined` where nothing limits a line: in a file or a pipe. */
  readonly width: number | undefined;
  readonly hasColor: boolean;
}

/** What standard output is. */
export function outputTerminal(): Terminal {
  return terminalOf(process.stdout, process.env);
}

/** What a stream is: colours only where someone looks at them and did not say otherwise (https://no-color.org). */
export function terminalOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const columns = Number(env.COLUMNS);
  const given = Number.isInteger(columns) && columns > 0 ? columns : undefined;
  return {
    width: stream.isTTY ? stream.columns || given || 80 : given,
    hasColor: stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
  };
}

/** How a text can look. */
export type Style = "bold" | "dim" | "yellow" | "magenta" | "cyan";

const CODES: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  yellow: [33, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

/** A text with a style, where there are any. */
export function styled({ hasColor }: Terminal, style: Style | undefined, text: string): string {
  if (!hasColor || style === undefined || text === "") return text;
  const [on, off] = CODES[style];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}
