// SPDX-License-Identifier: Apache-2.0

const here = import.meta.url;
const inSources = here.endsWith("/lib/runtime/_own.ts");
const root = inSources ? here.slice(0, -"lib/runtime/_own.ts".length) : here;
const prefixes = (inSources ? [`${root}lib/`, `${root}mod.ts`] : [root]).flatMap((url) => [
  url,
  filePath(url),
]);

/** Whether a file, as a path or a URL, is the agent's own: such frames say nothing about the app. */
export function isOwnFile(file: string): boolean {
  return prefixes.some((prefix) => file.startsWith(prefix));
}

/** The path of a `file:` URL; anything else comes back as it is. */
export function filePath(url: string): string {
  if (!url.startsWith("file://")) return url;
  const path = decodeURIComponent(new URL(url).pathname);
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}
