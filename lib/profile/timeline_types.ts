// SPDX-License-Identifier: Apache-2.0
import type { CpuSample, Flow, Wait } from "../runtime/runtime.ts";
import type { Call } from "./code_signature.ts";
import type { LogicalStacks } from "./logical_stack.ts";

/** A stack without its root. */
export interface Told {
  readonly calls: readonly Call[];
  readonly leaves: readonly string[];
}

/** A change of who has the thread. */
export interface ThreadEntry {
  readonly at: number;
  /** Who has it from then on; `undefined` if no flow. */
  readonly flow: Flow | undefined;
  /** The wait that ended thereby. */
  readonly ended: Wait | undefined;
  /** What has the thread if no flow has it, where that is known. */
  readonly holder: string | undefined;
}

/** An interval in which something had the thread. */
export interface Run {
  readonly on: number;
  readonly off: number;
  readonly flow: Flow | undefined;
  /** The wait that ended at `on`. */
  readonly woken: Wait | undefined;
  readonly holder: string | undefined;
}

/** An interval with one stack, on the agent's clock; stretches of a request are contiguous. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Outermost first. */
  readonly stack: readonly string[];
}

/** All that was seen of one flow. Arrays are in time order. */
export interface TimelineInput {
  readonly flow: Flow;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The common root of the flow's snapshots. */
  readonly root: string;
  readonly thread: readonly ThreadEntry[];
  readonly waits: readonly Wait[];
  readonly samples: readonly CpuSample[];
  readonly stacks: LogicalStacks;
  /** How another flow is called where it held the thread. */
  readonly nameOf: (flow: Flow) => string;
  /** Only a stretch in which a whole millisecond begins is ever seen: the others' stacks are not read. */
  readonly isSeen: (from: number, to: number) => boolean;
  /** The sampler's interval in milliseconds. */
  readonly intervalMs: number;
}

/**
 * Takes a stretch: calls innermost first, and below them what is no function of the app. Returns how to tell
 * it otherwise, should more become known.
 */
export type AddStretch = (
  from: number,
  to: number,
  calls: readonly Call[],
  ...leaves: readonly string[]
) => (told: Told) => void;
