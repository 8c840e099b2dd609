// SPDX-License-Identifier: Apache-2.0
/** Objects with a `then` of their own, as queries are: who awaits one is not on the stack of its `then`. */

import type { Call } from "../code/code_signature.ts";
import type { Stack } from "./_own_stack.ts";

const THEN = /^(?:.*\.)?then \(/;
/** What takes several things to wait for, and asks each of them. */
const COMBINATORS: ReadonlySet<string> = new Set([
  "Promise.all",
  "Promise.allSettled",
  "Promise.any",
  "Promise.race",
]);

/**
 * Whether the outermost of `calls`, which stood on the engine's stack, is a `then` that the engine has called: who awaited
 * another such object before, or called its `then`, says nothing of who awaits this one.
 */
export function isThenable(calls: readonly Call[]): boolean {
  return THEN.test(calls.at(-1)?.signature ?? "");
}

/** What goes on when a wait of these has ended: with what such a `then` has waited for, whoever awaits its object does. */
export function goingOn(calls: readonly Call[]): readonly Call[] {
  return isThenable(calls.slice(0, 1)) ? calls.slice(1) : calls;
}

/**
 * The innermost known caller of whoever awaits such an object, with its own callers: the function that has given several
 * to `Promise.all`, or what has called one that awaits.
 *
 * @param awaits the stacks of those that were registered before in the same run of code
 */
export function awaiting(awaits: readonly Stack[]): readonly Call[] {
  let innermost: readonly Call[] = [];
  for (const { calls, builtin, lacksWaiter } of awaits) {
    const tells = lacksWaiter || COMBINATORS.has(builtin);
    if (tells && calls.length > innermost.length) innermost = calls;
  }
  return innermost;
}
