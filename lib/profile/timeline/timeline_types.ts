// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "../../runtime/runtime.ts";
import type { Call } from "../code/code_signature.ts";

/** A stack without its root. */
export interface Told {
  readonly calls: readonly Call[];
  readonly leaves: readonly string[];
}

/** An interval in which a flow had the thread. */
export interface Run {
  readonly on: number;
  readonly off: number;
  /** The wait that ended at `on`. */
  readonly woken: Wait | undefined;
  /** How often it went on at once since, woken by what was not captured. */
  readonly hops: number;
}

/** An interval with one stack, on the agent's clock; stretches of a request are contiguous. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Outermost first. */
  readonly stack: readonly string[];
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
