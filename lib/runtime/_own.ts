// SPDX-License-Identifier: Apache-2.0
import { OwnCode } from "./_own_code.ts";
import { madeAt, type Place } from "./_trace.ts";
import { OWN_BOUNDS } from "./own_bounds.ts";

/** What a file is, as engines name it. */
export interface KnownFile {
  /** Its number among those that are known. */
  readonly id: number;
  /** What {@link filePath} says. */
  readonly path: string;
  /** Whether the agent's own code is in it. */
  readonly isOwn: boolean;
  /** Whether it is the runtime's own, or native code. */
  readonly isBuiltin: boolean;
}

const BUILTIN = /^(?:node|ext|wasm):|^$/;
/** Files that are remembered: stacks name the same few again and again. */
const MAX_FILES = 1_000;
const known = new Map<string, KnownFile>();
let learned = 0;
/** Where the agent's own code is. */
let own: OwnCode | undefined;

/** A file, by its path or its URL; empty for native code. */
export function fileOf(file: string): KnownFile {
  return known.get(file) ?? learn(file);
}

/**
 * Whether a place is in the agent's own code: what is on the stack there says nothing about the app.
 *
 * @param file as a path or a URL
 * @param line counted from 1, as the column is, which is 0 if it is not known
 */
export function isOwnPlace(file: string, line: number, column: number): boolean {
  return fileOf(file).isOwn && ownCode().has(line, column);
}

function ownCode(): OwnCode {
  const { begin, end } = OWN_BOUNDS;
  own ??= new OwnCode(placed(begin), end && placed(end));
  return own;
}

function placed(error: Error): Place {
  const place = madeAt(error);
  return { ...place, file: pathOf(place.file) };
}

/** A path, or the one of a `file:` URL, with `/` on Windows, too; anything else comes back as it is. */
export function filePath(url: string): string {
  return fileOf(url).path;
}

function learn(file: string): KnownFile {
  const path = pathOf(file);
  const isOwn = ownCode().isIn(path);
  const found: KnownFile = { id: ++learned, path, isOwn, isBuiltin: BUILTIN.test(file) };
  if (known.size >= MAX_FILES) known.clear();
  known.set(file, found);
  return found;
}

/** Windows' paths with `/` throughout, as their URLs have it: one engine tells them both ways. */
function pathOf(url: string): string {
  const path = url.startsWith("file://") ? decodeURIComponent(new URL(url).pathname) : url;
  return /^\/?[A-Za-z]:[\\/]/.test(path) ? path.replace(/^\//, "").replaceAll("\\", "/") : path;
}
