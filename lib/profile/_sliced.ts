// SPDX-License-Identifier: Apache-2.0
import type { Steps } from "../base/steps.ts";
import type { Clock, Timers } from "../runtime/runtime.ts";

/** The longest time at once, in milliseconds, of which the last step may take a part more. */
const SLICE_MS = 0.4;
/** For so long the app has the thread in between. */
const PAUSE_MS = 1;

/** Does the steps bit by bit, not at once after what the caller did, so that nobody waits long for the thread. */
export async function sliced<T>(steps: Steps<T>, clock: Pick<Clock, "now">, timers: Timers): Promise<T> {
  for (;;) {
    await new Promise<void>((resolve) => void timers.after(PAUSE_MS, resolve));
    const until = clock.now() + SLICE_MS;
    do {
      const { done, value } = steps.next();
      if (done) return value;
    } while (clock.now() < until);
  }
}
