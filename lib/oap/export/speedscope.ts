// SPDX-License-Identifier: Apache-2.0

import { frameOf } from "./frame.ts";
import type { TimedStack } from "./timed_stack.ts";

/** A recording with a name, such as one profiled request. */
export interface NamedStacks {
  readonly name: string;
  readonly stacks: readonly TimedStack[];
}

/** A frame as speedscope knows it. */
export interface SpeedscopeFrame {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly col?: number;
}

/** A frame is entered (`O`) or left (`C`), in milliseconds since the recording began. */
export interface SpeedscopeEvent {
  readonly type: "O" | "C";
  readonly frame: number;
  readonly at: number;
}

/** A recording in the order of time. */
export interface SpeedscopeProfile {
  readonly type: "evented";
  readonly name: string;
  readonly unit: "milliseconds";
  readonly startValue: number;
  readonly endValue: number;
  readonly events: readonly SpeedscopeEvent[];
}

/** The JSON that https://www.speedscope.app opens. */
export interface SpeedscopeFile {
  readonly $schema: string;
  readonly exporter: string;
  readonly name: string;
  readonly activeProfileIndex: number;
  readonly shared: { readonly frames: readonly SpeedscopeFrame[] };
  readonly profiles: readonly SpeedscopeProfile[];
}

/** Writes recordings for speedscope, each as a profile of its own that keeps the order of time, gaps included. */
export function toSpeedscope(name: string, recordings: readonly NamedStacks[]): SpeedscopeFile {
  const indexes = new Map<string, number>();
  const frames: SpeedscopeFrame[] = [];
  const indexOf = (signature: string): number => {
    const known = indexes.get(signature);
    if (known !== undefined) return known;
    const { name, file, line, column } = frameOf(signature);
    const index =
      frames.push({
        name,
        ...(file !== "" && { file }),
        ...(line > 0 && { line }),
        ...(column > 0 && { col: column }),
      }) - 1;
    indexes.set(signature, index);
    return index;
  };
  const profiles = recordings.map(({ name, stacks }) => profileOf(name, stacks, indexOf));
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    exporter: "sw-agent",
    name,
    activeProfileIndex: 0,
    shared: { frames },
    profiles,
  };
}

function profileOf(
  name: string,
  stacks: readonly TimedStack[],
  indexOf: (signature: string) => number,
): SpeedscopeProfile {
  const start = stacks[0]?.from ?? 0;
  const events: SpeedscopeEvent[] = [];
  let open: readonly string[] = [];
  let end = start;
  const closeTo = (depth: number, at: number): void => {
    for (const signature of open.slice(depth).reverse()) {
      events.push({ type: "C", frame: indexOf(signature), at: at - start });
    }
  };
  for (const { from, to, stack } of stacks) {
    // A clock that went back: speedscope refuses events that are not in order.
    if (to <= from || from < end) continue;
    let depth = 0;
    if (from === end) while (depth < open.length && open[depth] === stack[depth]) depth++;
    closeTo(depth, end);
    for (const signature of stack.slice(depth)) {
      events.push({ type: "O", frame: indexOf(signature), at: from - start });
    }
    open = stack;
    end = to;
  }
  closeTo(0, end);
  return { type: "evented", name, unit: "milliseconds", startValue: 0, endValue: end - start, events };
}
