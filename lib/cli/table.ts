// SPDX-License-Identifier: Apache-2.0

import { styled, type Terminal } from "./terminal.ts";
import { fit, plainText, widthOf } from "./text.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
  /** The least width that it may be cut to; without it it is never cut. */
  readonly least?: number;
  /** Whether it may be left out where there is no room; the last one goes first. @default false */
  readonly optional?: boolean;
}

const GAP = 2;

/**
 * Draws a table, a line a row. What is too wide for the terminal is cut or left out where that is allowed; where
 * that is not enough, each row becomes a block of lines, so that an id can still be copied.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: Terminal,
): string[] {
  const cells = rows.map((row) => row.map(plainText));
  const all = columns.map((column, i) => ({
    ...column,
    i,
    wide: Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[i] ?? ""))),
  }));
  const shown = fitting(all, terminal.width);
  if (shown === undefined) return blocks(columns, cells, terminal);
  const line = (textOf: (column: Placed) => string): string =>
    shown
      .map((column) => fit(textOf(column), column.wide, column.align))
      .join(" ".repeat(GAP))
      .trimEnd();
  const head = styled(
    terminal,
    "bold",
    line(({ title }) => title),
  );
  return [head, ...cells.map((row) => line(({ i }) => row[i] ?? ""))];
}

interface Placed extends Column {
  /** Which of a row's cells it shows. */
  readonly i: number;
  /** How wide it is, or would be if it had to give nothing. */
  readonly wide: number;
}

/** The columns that fit, with their widths, or `undefined` if too few do. */
function fitting(columns: readonly Placed[], width: number | undefined): readonly Placed[] | undefined {
  const widths = shrink(columns, width);
  if (widths !== undefined) return columns.map((column, i) => ({ ...column, wide: widths[i] ?? 0 }));
  const last = columns.findLastIndex(({ optional }) => optional);
  return last < 0 ? undefined : fitting(columns.toSpliced(last, 1), width);
}

/** The widths that fit, or `undefined` if none do. The widest column gives first. */
function shrink(columns: readonly Placed[], width: number | undefined): readonly number[] | undefined {
  const widths = columns.map(({ wide }) => wide);
  if (width === undefined) return widths;
  let excess = widths.reduce((sum, value) => sum + value, GAP * (columns.length - 1)) - width;
  for (; excess > 0; excess--) {
    let widest = -1;
    for (const [i, { least }] of columns.entries()) {
      const own = widths[i] ?? 0;
      if (least !== undefined && own > least && own > (widths[widest] ?? 0)) widest = i;
    }
    if (widest < 0) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function blocks(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: Terminal,
): string[] {
  const titleWidth = Math.max(...columns.map(({ title }) => widthOf(title)));
  return rows.flatMap((row, index) => [
    ...(index === 0 ? [] : [""]),
    ...columns.map(
      ({ title }, i) =>
        `${styled(terminal, "bold", fit(title, titleWidth))}${" ".repeat(GAP)}${row[i] ?? ""}`,
    ),
  ]);
}
