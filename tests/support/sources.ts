// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import jsTokens, { type Token } from "js-tokens";
import { ROOT } from "./spawn.ts";

/** An import or re-export of a source file. */
export interface Import {
  /** A path from the root of the repository, or the name of a package. */
  readonly target: string;
  readonly isRelative: boolean;
  /** Erased before the program runs. */
  readonly isType: boolean;
  /** `import()`. */
  readonly isDynamic: boolean;
}

/** A source file. */
export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Without white space and comments. */
  readonly tokens: readonly Token[];
}

const IGNORED: ReadonlySet<Token["type"]> = new Set([
  "WhiteSpace",
  "LineTerminatorSequence",
  "MultiLineComment",
  "SingleLineComment",
]);

/** The TypeScript files in some folders, and single files, from the root of the repository. */
export function readSources(...paths: readonly string[]): readonly Source[] {
  return paths.flatMap(filesIn).map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const tokens = [...jsTokens(text)].filter(({ type }) => !IGNORED.has(type));
    return { path, text, tokens, imports: importsOf(path, tokens) };
  });
}

function filesIn(path: string): string[] {
  if (path.endsWith(".ts")) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .map((file) => `${path}/${file.replaceAll("\\", "/")}`)
    .sort();
}

function importsOf(path: string, tokens: readonly Token[]): Import[] {
  const found: Import[] = [];
  tokens.forEach((token, i) => {
    if (token.type !== "StringLiteral") return;
    const before = tokens[i - 1]?.value;
    const isDynamic = before === "(" && tokens[i - 2]?.value === "import";
    const isStatement = before === "from" || before === "import";
    if (!isDynamic && !isStatement) return;
    const name = token.value.slice(1, -1);
    const isRelative = name.startsWith(".");
    const target = isRelative ? normalize(join(dirname(path), name)).replaceAll("\\", "/") : name;
    found.push({ target, isRelative, isDynamic, isType: isStatement && isErased(tokens, i) });
  });
  return found;
}

/** Whether the statement that ends at token `end` begins with `import type` or `export type`. */
function isErased(tokens: readonly Token[], end: number): boolean {
  for (let i = end - 1; i >= 0; i--) {
    const { value } = tokens[i] ?? { value: "" };
    if (value === "import" || value === "export") return tokens[i + 1]?.value === "type";
  }
  return false;
}
