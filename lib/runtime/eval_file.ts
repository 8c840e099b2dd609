// SPDX-License-Identifier: Apache-2.0

/**
 * The file of code that was made from a text (`new Function`, `eval`), as templates and validators are. JavaScriptCore
 * does not tell it from its own, so on Bun it has no file, as that.
 */
export const EVAL_FILE = "eval";
