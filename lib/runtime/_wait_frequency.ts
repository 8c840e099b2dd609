// SPDX-License-Identifier: Apache-2.0
import { MICROTASKS } from "./microtasks.ts";
import type { WaitFrequency } from "./runtime.ts";

/** From so many milliseconds on a timer is a pause: there cannot be thousands of them one after the other. */
const PAUSE_MS = 2;

/**
 * How many there will be of something that calls back.
 *
 * @param kind {@link Wait.kind}
 * @param delayMs milliseconds until it can, where that is known: what could at once may come thousands of times a turn
 */
export function frequencyOf(kind: string, delayMs: number | undefined): WaitFrequency {
  if (MICROTASKS.has(kind)) return "microtask";
  if (delayMs === undefined) return "task";
  if (delayMs === 0) return "tick";
  return delayMs < PAUSE_MS ? "task" : "pause";
}

/**
 * Where timers come from, told apart by their length: a library may set the same one for each answer, and never wait for
 * it.
 */
export function timersOf(source: string, delayMs: number | undefined): string {
  return delayMs === undefined ? source : `${source} of 2^${Math.floor(Math.log2(delayMs))} ms`;
}
