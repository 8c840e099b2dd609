// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Installed, ROOT } from "../support/spawn.ts";
import { type Figure, type Measure, meets } from "./figure.ts";
import type { Reading } from "./statistics.ts";

const README = join(ROOT, "README.md");
const BEGIN = "<!-- figures: written by `npm run bench -- --write` -->\n";
const END = "<!-- /figures -->";

/** The order of the columns. */
export const RUNTIMES: readonly Installed[] = ["node26", "node24", "node22", "node20", "bun", "deno"];
const TITLES: Readonly<Record<Installed, string>> = {
  node26: "Node 26",
  node24: "Node 24",
  node22: "Node 22",
  node20: "Node 20",
  bun: "Bun",
  deno: "Deno",
};

/** What was measured: by figure, measure and runtime. */
export type Results = Record<string, Record<string, Partial<Record<Installed, Reading>>>>;

/** The first column of each line of the table, by which a table is known to fit its programs. */
export function titles(figures: readonly Figure[]): string[] {
  return figures.flatMap(({ name, measures }) =>
    Object.values(measures).map(({ title }) => `${name}: ${title}`),
  );
}

/** The table in Markdown; a figure that misses its target is set in bold. */
export function render(figures: readonly Figure[], results: Results): string {
  const head = ["| | Target |", ...RUNTIMES.map((runtime) => ` ${TITLES[runtime]} |`)].join("");
  const lines = figures.flatMap(({ name, measures }) =>
    Object.entries(measures).map(([key, measure]) => {
      const cells = RUNTIMES.map((runtime) => cell(measure, runtime, results[name]?.[key]?.[runtime]));
      return `| ${name}: ${measure.title} | ${targetOf(measure)} | ${cells.join(" | ")} |`;
    }),
  );
  return `${[head, `|---|---|${"---|".repeat(RUNTIMES.length)}`, ...lines].join("\n")}\n`;
}

function targetOf({ target, targets, unit = "ms" }: Measure): string {
  const others = Object.entries(targets ?? {}).map(
    ([runtime, value]) => `${TITLES[runtime as Installed]} ${value}`,
  );
  return target === undefined ? "" : `${[target, ...others].join(", ")} ${unit}`.trim();
}

function cell(measure: Measure, runtime: Installed, reading: Reading | undefined): string {
  if (!reading || Number.isNaN(reading.value)) return "–";
  const { value, spread } = reading;
  const text = spread ? `${digits(value)} (${spread.map(digits).join("…")})` : `${digits(value)}`;
  const unit = measure.unit ?? "ms";
  const told = `${text}${unit && ` ${unit}`}`;
  return meets(measure, runtime, reading) === false ? `**${told}**` : told;
}

function digits(value: number): string {
  const size = Math.abs(value);
  const fixed = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return Number(fixed) === 0 ? "0" : fixed;
}

/** The table that is in the README. */
export function readTable(): string {
  const { text, from, to } = readme();
  return text.slice(from, to);
}

/** Writes what was measured into the README; what was not this time stays. */
export function writeTable(figures: readonly Figure[], results: Results): void {
  const { text, from, to } = readme();
  const before = cellsOf(text.slice(from, to));
  const table = render(figures, results)
    .split("\n")
    .map((line) => merge(line, before))
    .join("\n");
  writeFileSync(README, text.slice(0, from) + table + text.slice(to));
}

/** The cells of a table's lines, by the first. */
function cellsOf(table: string): Map<string, string[]> {
  const lines = table.split("\n").map((line) => line.split("|").slice(1, -1));
  return new Map(lines.map((cells) => [cells[0]?.trim() ?? "", cells]));
}

function merge(line: string, before: ReadonlyMap<string, readonly string[]>): string {
  const cells = line.split("|").slice(1, -1);
  const known = before.get(cells[0]?.trim() ?? "");
  if (!known || !line.includes("–")) return line;
  return `|${cells.map((text, i) => (text.trim() === "–" ? (known[i] ?? text) : text)).join("|")}|`;
}

function readme(): { text: string; from: number; to: number } {
  const text = readFileSync(README, "utf8");
  const from = text.indexOf(BEGIN) + BEGIN.length;
  const to = text.indexOf(END, from);
  if (from < BEGIN.length || to < 0)
    throw new Error("Cannot find the figures: README.md lacks the marks around them");
  return { text, from, to };
}
