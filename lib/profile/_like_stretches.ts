// SPDX-License-Identifier: Apache-2.0
import { hasCallers } from "./_callers.ts";
import type { Steps } from "./_steps.ts";
import type { Call } from "./code_signature.ts";
import type { Told } from "./timeline_types.ts";

/** Two places in the code with nothing known between them, each with its callers. */
export interface Interval {
  readonly before: readonly Call[];
  readonly after: readonly Call[];
  /** Whether it is not known that the flow was at `before`. */
  readonly isGuess: boolean;
}

/** A stretch whose stack may still become known. */
interface Unsampled extends Interval {
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
  /** Where both places are known, and all. */
  readonly #known = new Samples();
  readonly #all = new Samples();
  #unsampled: Unsampled[] = [];

  /** A sample was taken in an interval. */
  sampled(interval: Interval, told: Told): void {
    this.#all.add(interval, told);
    if (!interval.isGuess) this.#known.add(interval, told);
  }

  /** Nothing was sampled in an interval of `ms`. */
  unsampled(interval: Interval, ms: number, become: (told: Told) => void): void {
    if (ms < LEAST_MS || this.#unsampled.length >= MAX_UNSAMPLED) return;
    this.#unsampled.push({ ...interval, become });
  }

  /** Whether it is time to settle. */
  get isFull(): boolean {
    return this.#unsampled.length >= MAX_UNSAMPLED;
  }

  /** Fills in what can be, and forgets what cannot. What is known is not told by what is guessed, if it need not be. */
  *settle(): Steps {
    for (const unsampled of this.#unsampled) {
      const told = (unsampled.isGuess ? undefined : this.#known.next(unsampled)) ?? this.#all.next(unsampled);
      if (!told) continue;
      unsampled.become(told);
      yield;
    }
    this.#unsampled = [];
  }
}

/** Samples by the places around them. */
class Samples {
  readonly #sampled = new Map<string, Told[]>();
  readonly #turns = new Map<string, number>();

  add({ before, after }: Interval, told: Told): void {
    this.#put(keyOf(before, after), told);
    if (hasCallers(told.calls, before)) this.#put(placeOf(before), told);
  }

  #put(key: string, told: Told): void {
    const known = this.#sampled.get(key);
    if (!known) {
      if (this.#sampled.size < MAX_KEYS) this.#sampled.set(key, [told]);
    } else if (known.length < MAX_SAMPLED) known.push(told);
  }

  /** What is told of such an interval next; `undefined` if nothing is known of any. */
  next({ before, after }: Interval): Told | undefined {
    const between = keyOf(before, after);
    const key = this.#sampled.has(between) ? between : placeOf(before);
    const known = this.#sampled.get(key);
    if (!known) return undefined;
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    return known[turn % known.length];
  }
}

/** Two places in the code, each with its callers. */
function keyOf(before: readonly Call[], after: readonly Call[]): string {
  return `${placeOf(before)}\n\n${placeOf(after)}`;
}

function placeOf(calls: readonly Call[]): string {
  return `${calls[0]?.line}\n${calls.map((call) => call.signature).join("\n")}`;
}
