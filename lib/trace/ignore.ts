// SPDX-License-Identifier: Apache-2.0
import { type AntPattern, antPattern } from "./_ant_pattern.ts";

/** Which requests are left alone. */
export interface IgnoreOptions {
  /** Ends of paths, such as `.css`. */
  readonly suffixes: readonly string[];
  /** Ant patterns: `?` is one character, `*` any within a part of the path, `**` any parts. */
  readonly paths: readonly string[];
  /** Upper case. */
  readonly methods: readonly string[];
}

/** Whether a request is to be left alone; `path` is without its query. */
export type IsIgnored = (method: string, path: string) => boolean;

/** Reads the options once, for a predicate that is asked with every request. */
export function createIgnore({ suffixes, paths, methods }: IgnoreOptions): IsIgnored {
  const patterns: AntPattern[] = paths.map(antPattern);
  // Most paths have no extension, and most suffixes are one.
  const extensions = new Set(suffixes.filter((suffix) => suffix.lastIndexOf(".") === 0));
  const others = suffixes.filter((suffix) => !extensions.has(suffix));
  return (method, path) => {
    const dot = path.lastIndexOf(".");
    if (dot >= 0 && extensions.has(path.slice(dot))) return true;
    for (const suffix of others) if (path.endsWith(suffix)) return true;
    for (const matches of patterns) if (matches(path)) return true;
    return methods.length > 0 && methods.includes(method);
  };
}
