// SPDX-License-Identifier: Apache-2.0
const here = import.meta.url;
const inSources = here.endsWith("/lib/runtime/_own.ts");
const root = inSources ? here.slice(0, -"lib/runtime/_own.ts".length) : here;
const prefixes = (inSources ? [`${root}lib/`, `${root}mod.ts`] : [root]).flatMap((url) => [url, pathOf(url)]);

/** What a file is, as engines name it. */
interface KnownFile {
  /** The path of a `file:` URL; anything else is as it was. */
  readonly path: string;
  readonly isOwn: boolean;
}

/** Files that are remembered: stacks name the same few again and again. */
const MAX_FILES = 1_000;
const known = new Map<string, KnownFile>();

/** Whether a file, as a path or a URL, is the agent's own: such frames say nothing about the app. */
export function isOwnFile(file: string): boolean {
  return (known.get(file) ?? learn(file)).isOwn;
}

/** The path of a `file:` URL; anything else comes back as it is. */
export function filePath(url: string): string {
  return (known.get(url) ?? learn(url)).path;
}

function learn(file: string): KnownFile {
  const found = { path: pathOf(file), isOwn: prefixes.some((prefix) => file.startsWith(prefix)) };
  if (known.size >= MAX_FILES) known.clear();
  known.set(file, found);
  return found;
}

function pathOf(url: string): string {
  if (!url.startsWith("file://")) return url;
  const path = decodeURIComponent(new URL(url).pathname);
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}
