// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { optionTable } from "../../lib/config.ts";
import { ROOT } from "./spawn.ts";

const README = join(ROOT, "README.md");
const BEGIN = "<!-- options: written by `npm run docs` -->\n";
const END = "<!-- /options -->";

/** The README as it is. */
export function readReadme(): string {
  return readFileSync(README, "utf8");
}

/**
 * The README with the table of options as `lib/config.ts` has it.
 *
 * @throws {Error} if the README has lost the marks around the table
 */
export function withOptionTable(readme: string): string {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error("Cannot write the options: README.md lacks the marks around them");
  return readme.slice(0, from + BEGIN.length) + renderTable() + readme.slice(to);
}

/** Writes the table into the README. */
export function writeOptionTable(): void {
  writeFileSync(README, withOptionTable(readReadme()));
}

function renderTable(): string {
  const rows = optionTable().map(({ key, env, aliases, default: value, doc }) => {
    const names = [env, ...aliases].map(code).join("<br>");
    return `| ${names} | ${code(key)} | ${value === "" ? "" : code(value)} | ${doc.replaceAll("|", "\\|")} |`;
  });
  return `${["| Environment | Key | Default | Meaning |", "|---|---|---|---|", ...rows].join("\n")}\n`;
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
