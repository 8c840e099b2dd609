// SPDX-License-Identifier: Apache-2.0

/**
 * The file of code that was made from a text (`new Function`, `eval`, `vm`), as templates, validators and development
 * servers make it. JavaScriptCore does not tell it from its own, so on Bun it has no file, as that.
 */
const EVAL_FILE = "eval";
/** What such code is named by that says nothing: a text itself, or the number of one. */
const NAMELESS = /^(?:$|data:|blob:)/;
/** More of a name nobody reads. */
const MAX_NAME = 200;

/**
 * The file of code that was made from a text: `eval`, or `eval webpack-internal:///./src/app.js` where the text has a
 * name, by its `//# sourceURL` or what it was given to. A file of that name, if there is one, may have another text.
 */
export function evalFile(name: string): string {
  return NAMELESS.test(name) || name.length > MAX_NAME ? EVAL_FILE : `${EVAL_FILE} ${name}`;
}

/** What a text is named, of which {@link evalFile} made `file`; empty if it has no name. */
export function evalName(file: string): string {
  return file.slice(EVAL_FILE.length + 1);
}

/** Whether {@link evalFile} made it. */
export function isEvalFile(file: string): boolean {
  return file === EVAL_FILE || file.startsWith(`${EVAL_FILE} `);
}

/** Whether a file is a path or an address, from where its text may be had. */
export function isPlace(file: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/]|https?:)/.test(file);
}
