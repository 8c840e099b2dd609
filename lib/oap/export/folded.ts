// SPDX-License-Identifier: Apache-2.0

import type { TimedStack } from "./timed_stack.ts";

/**
 * Folded stacks, which most flame graph tools read: a line for each distinct stack, its frames from the root on
 * joined by `;`, and the milliseconds it took. Stacks that took no time are left out.
 */
export function toFolded(stacks: readonly TimedStack[]): string {
  const times = new Map<string, number>();
  for (const { from, to, stack } of stacks) {
    if (to <= from) continue;
    const line = stack.map(escapeFrame).join(";");
    times.set(line, (times.get(line) ?? 0) + to - from);
  }
  return [...times].map(([line, ms]) => `${line} ${ms}\n`).join("");
}

/** A frame's own `;` or line break would make two of it. */
function escapeFrame(signature: string): string {
  return signature.replaceAll(";", ",").replace(/[\r\n]+/g, " ");
}
