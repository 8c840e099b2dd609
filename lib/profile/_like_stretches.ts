// SPDX-License-Identifier: Apache-2.0
import { common } from "./_callers.ts";
import type { Steps } from "./_steps.ts";
import type { Call } from "./code_signature.ts";
import type { Told } from "./timeline_types.ts";

/** A stretch whose stack may still become known. */
interface Unsampled {
  readonly before: readonly Call[];
  readonly after: readonly Call[];
  readonly become: (told: Told) => void;
}

/** Below this an interval says nothing worth filling in. */
const LEAST_MS = 0.1;
/** What is remembered of a long recording: pairs of places, samples of each, and intervals without one. */
const MAX_KEYS = 1_000;
const MAX_SAMPLED = 64;
const MAX_UNSAMPLED = 4_000;

/**
 * Bursts that are shorter than the sampler's interval are mostly not sampled, so their time would stay with
 * the function that awaits between them. But an app that does a thing often does it from the same place: what
 * was sampled between two known places is taken for the intervals between the same two where nothing was, in
 * turn, so that the shares are those of the samples (joined.md 7).
 */
export class LikeStretches {
  readonly #sampled = new Map<string, Told[]>();
  readonly #turns = new Map<string, number>();
  #unsampled: Unsampled[] = [];

  /** A sample was taken between two known places. */
  sampled(before: readonly Call[], after: readonly Call[], told: Told): void {
    this.#put(keyOf(before, after), told);
    if (common(told.calls, before).length === before.length) this.#put(placeOf(before), told);
  }

  #put(key: string, told: Told): void {
    const known = this.#sampled.get(key);
    if (!known) {
      if (this.#sampled.size < MAX_KEYS) this.#sampled.set(key, [told]);
    } else if (known.length < MAX_SAMPLED) known.push(told);
  }

  /** Nothing was sampled between two known places for `ms`. */
  unsampled(before: readonly Call[], after: readonly Call[], ms: number, become: (told: Told) => void): void {
    if (ms < LEAST_MS || this.#unsampled.length >= MAX_UNSAMPLED) return;
    this.#unsampled.push({ before, after, become });
  }

  /** Whether it is time to settle. */
  get isFull(): boolean {
    return this.#unsampled.length >= MAX_UNSAMPLED;
  }

  /** Fills in what can be, and forgets what cannot. */
  *settle(): Steps {
    for (const { before, after, become } of this.#unsampled) {
      const between = keyOf(before, after);
      const key = this.#sampled.has(between) ? between : placeOf(before);
      const known = this.#sampled.get(key);
      if (!known) continue;
      const turn = this.#turns.get(key) ?? 0;
      this.#turns.set(key, turn + 1);
      const told = known[turn % known.length];
      if (told) become(told);
      yield;
    }
    this.#unsampled = [];
  }
}

/** Two places in the code, each with its callers. */
function keyOf(before: readonly Call[], after: readonly Call[]): string {
  return `${placeOf(before)}\n\n${placeOf(after)}`;
}

function placeOf(calls: readonly Call[]): string {
  return `${calls[0]?.line}\n${calls.map((call) => call.signature).join("\n")}`;
}
