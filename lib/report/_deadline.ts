// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError } from "@connectrpc/connect";
import type { Timers } from "../runtime/runtime.ts";

/** The longest time a call may take. */
export interface Deadline {
  /** Aborted when the time is up, and with the signal it was made from. */
  readonly signal: AbortSignal;
  /** The call has ended. */
  release(): void;
}

/**
 * Starts the time of a call. The one of Connect's `timeoutMs` keeps the process until it is up, and with it an
 * app that is done while a backend says nothing; so does `AbortSignal.timeout` on Deno.
 */
export function startDeadline(parent: AbortSignal, ms: number, timers: Pick<Timers, "after">): Deadline {
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  const timer = timers.after(ms, () => {
    controller.abort(new ConnectError(`no answer in ${ms} ms`, Code.DeadlineExceeded));
  });
  if (parent.aborted) follow();
  else parent.addEventListener("abort", follow);
  return {
    signal: controller.signal,
    release() {
      timer.cancel();
      parent.removeEventListener("abort", follow);
    },
  };
}
