// SPDX-License-Identifier: Apache-2.0

import { frameOf } from "../export/frame.ts";
import { isMatch } from "./call_tree.ts";
import { type Box, firstAfter, type Rows } from "./chart_layout.ts";
import type { TimeRange } from "./span_tree.ts";

/** The height of a row in pixels. */
export const ROW_HEIGHT = 20;

/** The height of the scale above the rows in pixels. */
export const SCALE_HEIGHT = 18;

/** A rough width of a character; what does not fit in is cut by it. */
const CHAR_WIDTH = 6.3;
const MIN_TEXT_WIDTH = 24;
const FONT = "11px system-ui, sans-serif";

/** What of a chart is to be seen. */
export interface ChartView {
  readonly rows: Rows;
  /** The time of the left and the right end, in milliseconds since 1970. */
  readonly time: TimeRange;
  /** The time from which the scale counts. */
  readonly zero: number;
  /** Pixels that the rows are scrolled by. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly search: string;
  readonly picked: Box | undefined;
}

/** Draws a chart. What is narrower than a pixel is drawn once for that pixel, so 100,000 boxes are no more work than these. */
export function paintChart(canvas: HTMLCanvasElement, view: ChartView): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { width, height, top, rows } = view;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  context.textBaseline = "middle";
  const colors = colorsOf(canvas);
  const firstRow = Math.max(0, Math.floor(top / ROW_HEIGHT));
  const lastRow = Math.min(rows.length, Math.ceil((top + height) / ROW_HEIGHT));
  for (let depth = firstRow; depth < lastRow; depth++) {
    paintRow(context, rows[depth] ?? [], SCALE_HEIGHT + depth * ROW_HEIGHT - top, view, colors);
  }
  paintScale(context, view, colors);
}

interface Colors {
  readonly text: string;
  readonly muted: string;
  readonly surface: string;
  readonly accent: string;
  readonly fills: Readonly<Record<Box["state"], string>>;
  readonly hatches: Readonly<Partial<Record<Box["state"], CanvasPattern | null>>>;
}

function colorsOf(canvas: HTMLCanvasElement): Colors {
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const text = color("--text");
  return {
    text,
    muted: color("--muted"),
    surface: color("--surface"),
    accent: color("--accent"),
    fills: {
      running: color("--running"),
      waiting: color("--waiting"),
      held: color("--held"),
      mixed: color("--mixed"),
    },
    hatches: { waiting: hatch(text, false), held: hatch(text, true) },
  };
}

/** Lines across, one way for a wait and both ways for a holder: what is told by colour is told without it, too. */
function hatch(color: string, isCrossed: boolean): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = 8;
  tile.height = 8;
  const context = tile.getContext("2d");
  if (!context) return null;
  context.strokeStyle = color;
  context.globalAlpha = 0.28;
  context.lineWidth = 1;
  context.beginPath();
  for (const offset of [-8, 0, 8]) {
    context.moveTo(offset, 8);
    context.lineTo(offset + 8, 0);
    if (isCrossed) {
      context.moveTo(offset, 0);
      context.lineTo(offset + 8, 8);
    }
  }
  context.stroke();
  return context.createPattern(tile, "repeat");
}

function paintRow(
  context: CanvasRenderingContext2D,
  row: readonly Box[],
  y: number,
  view: ChartView,
  colors: Colors,
): void {
  const [from, to] = view.time;
  const scale = view.width / (to - from);
  let painted = -1;
  for (let i = firstAfter(row, from); i < row.length; i++) {
    const box = row[i];
    if (!box || box.from >= to) return;
    const left = Math.max(0, (box.from - from) * scale);
    const right = Math.min(view.width, (box.to - from) * scale);
    if (right - painted < 0.5 && right - left < 0.5) continue;
    painted = right;
    paintBox(context, box, left, Math.max(right - left, 0.7), y, view, colors);
  }
}

function paintBox(
  context: CanvasRenderingContext2D,
  box: Box,
  left: number,
  width: number,
  y: number,
  view: ChartView,
  colors: Colors,
): void {
  const { signature, state } = box;
  const frame = frameOf(signature);
  const height = ROW_HEIGHT - 1;
  const isFaded = view.search !== "" && !isMatch(signature, view.search);
  context.globalAlpha = isFaded ? 0.25 : 1;
  const fill = frame.kind === "request" ? "mixed" : state;
  context.fillStyle = colors.fills[fill];
  // A hairline of the background parts neighbours.
  const inner = width > 3 ? width - 0.7 : width;
  context.fillRect(left, y, inner, height);
  const pattern = fill === "held" || frame.kind === "waiting" ? colors.hatches[state] : undefined;
  if (pattern) {
    context.fillStyle = pattern;
    context.fillRect(left, y, inner, height);
  }
  if (width >= MIN_TEXT_WIDTH) {
    const fits = Math.floor((width - 8) / CHAR_WIDTH);
    const text = frame.name.length > fits ? `${frame.name.slice(0, Math.max(1, fits - 1))}…` : frame.name;
    context.fillStyle = colors.text;
    context.fillText(text, left + 4, y + height / 2 + 0.5, width - 6);
  }
  context.globalAlpha = 1;
  if (box === view.picked) {
    context.strokeStyle = colors.accent;
    context.lineWidth = 2;
    context.strokeRect(left + 1, y + 1, Math.max(inner - 2, 1), height - 2);
  }
}

function paintScale(context: CanvasRenderingContext2D, view: ChartView, colors: Colors): void {
  const { time, zero, width } = view;
  context.fillStyle = colors.surface;
  context.fillRect(0, 0, width, SCALE_HEIGHT);
  context.fillStyle = colors.muted;
  const span = time[1] - time[0];
  const step = stepOf((span * 90) / width);
  for (let at = Math.ceil((time[0] - zero) / step) * step; at <= time[1] - zero; at += step) {
    const x = ((at + zero - time[0]) / span) * width;
    context.fillRect(x, SCALE_HEIGHT - 5, 1, 5);
    const text = step >= 1000 ? `${at / 1000} s` : `${Math.round(at * 1000) / 1000} ms`;
    context.fillText(text, x + 3, SCALE_HEIGHT / 2);
  }
}

/** The next of 1, 2, 5, 10, 20 … */
function stepOf(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}
