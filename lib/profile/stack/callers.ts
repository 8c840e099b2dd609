// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "../../runtime/runtime.ts";
import type { Call, CodeSignatures } from "../code/code_signature.ts";
import { NEW_PROMISE } from "./builtin_name.ts";

/**
 * `own` continued by the callers of `parent` at a function both have, or `undefined` if they share none.
 *
 * V8 leaves non-async callers out of a stack after the first `await`, so an Error alone would give one request
 * several trees. The search starts at the resumed function, the outermost physical one, and takes the
 * occurrence nearest the root after which the rest of `own` still fits. Never by column: a profile gives the
 * `(`, a call site the call.
 *
 * @param mayCall whether `parent` may have registered the outermost physical function, which it is not the caller of
 */
export function graft(
  own: readonly Call[],
  physical: number,
  parent: readonly Call[],
  mayCall: boolean,
): readonly Call[] | undefined {
  if (own.length === 0) return parent;
  for (let i = Math.max(0, physical - 1); i < own.length; i++) {
    // A callback that `parent` registered, with its asynchronous callers alone: `then` is called without waiting.
    const callback = mayCall && i === physical ? below(own, physical, parent) : undefined;
    if (callback) return callback;
    for (let j = parent.length - 1; j >= 0; j--) {
      if (parent[j]?.signature !== own[i]?.signature) continue;
      if (holds(parent, j + 1, own, i + 1)) return [...own.slice(0, i + 1), ...parent.slice(j + 1)];
    }
  }
  return undefined;
}

/** The physical part of `own` below `callers`, if its asynchronous callers are among them. */
export function below(
  own: readonly Call[],
  physical: number,
  callers: readonly Call[],
): readonly Call[] | undefined {
  if (physical === 0 || !holds(callers, 0, own, physical)) return undefined;
  return [...own.slice(0, physical), ...callers];
}

/**
 * Of `calls`, which made the promise that `woken` waited for, those that gave it the callback `own` is. JavaScriptCore
 * tells only the former: whoever makes a promise gives it to its caller, unless the callback stands in its own text.
 *
 * @param woken `undefined` if it is not known that it called back
 */
export function givenTo(
  own: readonly Call[],
  woken: Wait | undefined,
  calls: readonly Call[],
  signatures: Pick<CodeSignatures, "isWithin">,
): readonly Call[] {
  const callback = own.at(-1);
  const [maker] = calls;
  if (woken?.kind !== NEW_PROMISE || !callback || !maker || calls.length === 1) return calls;
  return signatures.isWithin(callback, maker) ? calls : calls.slice(1);
}

/** Whether `own` from `i` on is a subsequence of `parent` from `j` on. */
function holds(parent: readonly Call[], j: number, own: readonly Call[], i: number): boolean {
  let next = j;
  for (const call of own.slice(i)) {
    while (next < parent.length && parent[next]?.signature !== call.signature) next++;
    if (next++ >= parent.length) return false;
  }
  return true;
}

/** The callers two stacks share, counted from the root. */
export function common(a: readonly Call[], b: readonly Call[]): readonly Call[] {
  let shared = 0;
  while (
    shared < a.length &&
    shared < b.length &&
    a.at(-1 - shared)?.signature === b.at(-1 - shared)?.signature
  ) {
    shared++;
  }
  return shared === 0 ? [] : a.slice(a.length - shared);
}

/** Whether the outermost of `calls` are all of `callers`. */
export function hasCallers(calls: readonly Call[], callers: readonly Call[]): boolean {
  const inner = calls.length - callers.length;
  return inner >= 0 && callers.every((caller, i) => caller.signature === calls[inner + i]?.signature);
}

/** Whether `calls` are those of a function that the innermost of `callers` called itself. */
export function isCalledBy(calls: readonly Call[], callers: readonly Call[]): boolean {
  return calls.length === callers.length + 1 && hasCallers(calls, callers);
}

/** Whether `calls` are of what the innermost of `callers` called where it stands. */
export function isCalledAt(calls: readonly Call[], callers: readonly Call[]): boolean {
  const [place] = callers;
  const inner = calls.length - callers.length;
  return place !== undefined && inner > 0 && isSamePlace(place, calls[inner]) && hasCallers(calls, callers);
}

/** Whether two calls are at one line of one function. */
export function isSamePlace(a: Call, b: Call | undefined): boolean {
  return a.signature === b?.signature && a.line === b.line;
}
