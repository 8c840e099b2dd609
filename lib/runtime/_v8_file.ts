// SPDX-License-Identifier: Apache-2.0
import { fileOf } from "./_own.ts";
import { evalFile, isPlace } from "./eval_file.ts";

/**
 * The file of a script as V8 names it.
 *
 * @param name a URL, a path, what a text says of itself, or nothing
 * @param isEval whether it was made from a text, where it has no name: else it is native
 */
export function v8File(name: string, isEval: boolean): string {
  const { path, isBuiltin } = fileOf(name);
  if (name === "" ? !isEval : isBuiltin || isPlace(path)) return path;
  return evalFile(name);
}
