// SPDX-License-Identifier: Apache-2.0
const here = import.meta.url;
const inSources = here.endsWith("/lib/runtime/_own.ts");
const root = inSources ? here.slice(0, -"lib/runtime/_own.ts".length) : here;
const prefixes = (inSources ? [`${root}lib/`, `${root}mod.ts`] : [root]).flatMap((url) => [url, pathOf(url)]);

/** What a file is, as engines name it. */
export interface KnownFile {
  /** Its number among those that are known. */
  readonly id: number;
  /** The path of a `file:` URL; anything else is as it was. */
  readonly path: string;
  /** Whether it is the agent's own: such frames say nothing about the app. */
  readonly isOwn: boolean;
  /** Whether it is the runtime's own, or native code. */
  readonly isBuiltin: boolean;
}

const BUILTIN = /^(?:node|ext|wasm):|^$/;
/** Files that are remembered: stacks name the same few again and again. */
const MAX_FILES = 1_000;
const known = new Map<string, KnownFile>();
let learned = 0;

/** A file, by its path or its URL; empty for native code. */
export function fileOf(file: string): KnownFile {
  return known.get(file) ?? learn(file);
}

/** Whether a file, as a path or a URL, is the agent's own. */
export function isOwnFile(file: string): boolean {
  return fileOf(file).isOwn;
}

/** The path of a `file:` URL; anything else comes back as it is. */
export function filePath(url: string): string {
  return fileOf(url).path;
}

function learn(file: string): KnownFile {
  const found: KnownFile = {
    id: ++learned,
    path: pathOf(file),
    isOwn: prefixes.some((prefix) => file.startsWith(prefix)),
    isBuiltin: BUILTIN.test(file),
  };
  if (known.size >= MAX_FILES) known.clear();
  known.set(file, found);
  return found;
}

function pathOf(url: string): string {
  if (!url.startsWith("file://")) return url;
  const path = decodeURIComponent(new URL(url).pathname);
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}
