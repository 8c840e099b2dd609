// SPDX-License-Identifier: Apache-2.0
import type { Snapshot } from "../../lib/oap/mod.ts";

/** A time during which a function was on the stack. */
export interface Window {
  /** Milliseconds as the backend counts them: from its first snapshot to its last. */
  readonly duration: number;
  /** How much of it was told as waiting. */
  readonly waiting: number;
}

/** Each time that a function was on the stack. */
export function windowsOf(name: string, snapshots: readonly Snapshot[]): Window[] {
  const prefix = `${name} (`;
  const found: Window[] = [];
  let within: Snapshot[] = [];
  for (const snapshot of snapshots) {
    if (snapshot.stack.some((signature) => signature.startsWith(prefix))) within.push(snapshot);
    else if (within.length > 0) {
      found.push(windowOf(within));
      within = [];
    }
  }
  if (within.length > 0) found.push(windowOf(within));
  return found;
}

function windowOf(snapshots: readonly Snapshot[]): Window {
  let waiting = 0;
  for (const [i, { time, stack }] of snapshots.entries()) {
    const until = snapshots[i + 1]?.time ?? time;
    if (stack.at(-1)?.startsWith("(waiting")) waiting += until - time;
  }
  return { duration: (snapshots.at(-1)?.time ?? 0) - (snapshots[0]?.time ?? 0), waiting };
}
