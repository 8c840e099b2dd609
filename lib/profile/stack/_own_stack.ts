// SPDX-License-Identifier: Apache-2.0
import type { Frame, Wait } from "../../runtime/runtime.ts";
import type { Call, CodeSignatures } from "../code/code_signature.ts";
import { builtinName } from "./builtin_name.ts";

/** A stack of app functions, innermost first. */
export interface Stack {
  readonly calls: readonly Call[];
  /** How many of `calls` stood on the physical stack; the others await them. */
  readonly physical: number;
  /** What the innermost function of the app had called of the runtime, or empty. */
  readonly builtin: string;
  /** Whether the runtime's own code goes on with what that function had called. */
  readonly isResumed: boolean;
  /** Where the runtime's own code waits: the call it does that for, which `calls` made. */
  readonly cause: Wait | undefined;
  /** Whether `calls` begin at the caller of the function that waits, which is not known. */
  readonly lacksWaiter: boolean;
}

/** What tells of no code of the app. */
export const EMPTY: Stack = {
  calls: [],
  physical: 0,
  builtin: "",
  isResumed: false,
  cause: undefined,
  lacksWaiter: false,
};

/** What the frames of a sample or of a trace tell by themselves. */
export function stackOf(
  frames: readonly Frame[],
  signatures: Pick<CodeSignatures, "of" | "isBegunBy">,
): Stack {
  const calls: Call[] = [];
  let physical = 0;
  let builtin = "";
  let isAwaited = false;
  let isResumed = false;
  let last: Frame | undefined;
  for (const frame of frames) {
    const call = signatures.of(frame, calls.at(-1));
    if (!call) {
      if (calls.length === 0) {
        builtin = builtinName(frame) || builtin;
        isAwaited = frame.isAsync;
      }
      continue;
    }
    // What stands on the stack above a function that awaits is the runtime that resumes it, not what it called.
    if (calls.length === 0 && frame.isAsync && !isAwaited) {
      isResumed = builtin !== "";
      builtin = "";
    }
    const inner = calls.at(-1);
    // JavaScriptCore shows wrapper and body of one async function: two codes at one place (bun.md §1.5).
    const isSame = inner?.signature === call.signature && inner.code !== call.code;
    if (isSame || (last && signatures.isBegunBy(last, frame))) continue;
    last = frame;
    calls.push(call);
    if (!frame.isAsync) physical++;
  }
  return { ...EMPTY, calls, physical, builtin, isResumed };
}
