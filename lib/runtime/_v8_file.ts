// SPDX-License-Identifier: Apache-2.0
import { fileOf } from "./_own.ts";
import { evalFile, isPlace } from "./eval_file.ts";

/**
 * The file of a script as V8 names it.
 *
 * @param name a URL, a path, what a text says of itself, or nothing
 * @param isEval whether it is known to be made from a text: else it is native where it has no name
 */
export function v8File(name: string, isEval: boolean): string {
  const { path, isBuiltin } = fileOf(name);
  return !isEval && (isBuiltin || isPlace(path)) ? path : evalFile(path);
}
