// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../../base/steps.ts";
import type { Call } from "../code/code_signature.ts";
import { common, hasCallers } from "../stack/callers.ts";
import type { Told } from "./timeline_types.ts";

/** Two places in the code with nothing known between them, each with its callers. */
export interface Interval {
  readonly before: readonly Call[];
  readonly after: readonly Call[];
  /** From one to the other. */
  readonly ms: number;
  /** Whether it is not known that the flow was at `before`. */
  readonly isGuess: boolean;
}

/** A stretch whose stack may still become known. */
interface Unsampled extends Interval {
  readonly become: (told: Told) => void;
}

/** What was sampled in an interval. */
interface Sampled extends Interval {
  readonly told: Told;
}

/** A sample, and how much of the intervals without one was told as it. */
interface Shared {
  readonly sampled: Sampled;
  toldMs: number;
}

/** Below this an interval says nothing worth filling in. */
const LEAST_MS = 0.1;
/**
 * How many times as long as an interval what was sampled in another may have been; beyond that it was other work, also
 * between the same two lines: minified code has but one.
 */
const MUCH_LONGER = 8;
/** Two intervals are about as long if one is at most so many times as long as the other. */
const ABOUT = 1.25;
/** What is remembered of a long recording: pairs of places, samples of each, and intervals without one. */
const MAX_KEYS = 1_000;
const MAX_SAMPLED = 64;
const MAX_UNSAMPLED = 4_000;

/**
 * Bursts that are shorter than the sampler's interval are mostly not sampled, so their time would stay with
 * the function that awaits between them. But an app that does a thing often does it from the same place: what
 * was sampled between two known places is taken for the intervals between the same two where nothing was, and
 * of several samples each for as much, so that the shares are those of the samples (joined.md 7). An interval tells by
 * its length what it may be: those that were about as long are taken first, and much longer ones not at all. Where
 * none was sampled between the same two, what went on from the first is.
 */
export class LikeStretches {
  /** Where both places are known, and all. */
  readonly #known = new Samples();
  readonly #all = new Samples();
  #unsampled: Unsampled[] = [];

  /** A sample was taken in an interval. */
  sampled(interval: Interval, told: Told): void {
    const sampled = { ...interval, told };
    this.#all.add(sampled);
    if (!interval.isGuess) this.#known.add(sampled);
  }

  /** Nothing was sampled in an interval. */
  unsampled(interval: Interval, become: (told: Told) => void): void {
    if (interval.ms < LEAST_MS || this.#unsampled.length >= MAX_UNSAMPLED) return;
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
  readonly #between = new Lists();
  /** By the place before them, at any depth of a recursion: those that were taken in its function. */
  readonly #within = new Lists();
  /**
   * By the place before them and the lines of its callers: the others. JavaScriptCore tells what was waited for, and not
   * which of these goes on.
   */
  readonly #after = new Lists();

  add(sampled: Sampled): void {
    const { before, after, told } = sampled;
    this.#between.add(keyOf(before, after), sampled);
    if (hasCallers(told.calls, before)) this.#within.add(anyDepthOf(before), sampled);
    else this.#after.add(linesOf(before), sampled);
  }

  /** What is told of such an interval next; `undefined` if nothing is known of any. */
  next({ before, after, ms }: Unsampled): Told | undefined {
    const callers = common(before, after);
    const between = this.#between.next(keyOf(before, after), ms);
    if (between) return between.told;
    const within = this.#within.next(anyDepthOf(before), ms);
    if (within) return moved(within, before);
    return this.#after.next(linesOf(before), ms, (sampled) => hasCallers(sampled.told.calls, callers))?.told;
  }
}

/** Samples of one key each. */
class Lists {
  readonly #lists = new Map<string, Shared[]>();

  add(key: string, sampled: Sampled): void {
    const list = this.#lists.get(key);
    if (list && list.length < MAX_SAMPLED) list.push({ sampled, toldMs: 0 });
    else if (!list && this.#lists.size < MAX_KEYS) this.#lists.set(key, [{ sampled, toldMs: 0 }]);
  }

  /** Of those of a key that are wanted, and took about as long as `ms`, or else most nearly so, the one least told so far. */
  next(key: string, ms: number, isWanted: (sampled: Sampled) => boolean = () => true): Sampled | undefined {
    const unlike = ({ sampled }: Shared) => Math.max(sampled.ms / ms, ms / sampled.ms);
    const list = this.#lists
      .get(key)
      ?.filter(({ sampled }) => sampled.ms <= ms * MUCH_LONGER && isWanted(sampled));
    if (!list || list.length === 0) return undefined;
    const most = Math.max(ABOUT, Math.min(...list.map(unlike)));
    const next = list.filter((one) => unlike(one) <= most).reduce((a, b) => (b.toldMs < a.toldMs ? b : a));
    next.toldMs += ms;
    return next.sampled;
  }
}

/** What was sampled below one depth of a recursion, as it is below another. */
function moved({ told, before }: Sampled, to: readonly Call[]): Told {
  return { ...told, calls: [...told.calls.slice(0, told.calls.length - before.length), ...to] };
}

/** Two places in the code, each with its callers. */
function keyOf(before: readonly Call[], after: readonly Call[]): string {
  return `${placeOf(before)}\n\n${placeOf(after)}`;
}

function placeOf(calls: readonly Call[]): string {
  return `${innermostOf(calls)}\n${calls.map((call) => call.signature).join("\n")}`;
}

/** A place, at whatever depth of a recursion: each of its functions counts once. */
function anyDepthOf(calls: readonly Call[]): string {
  return `${innermostOf(calls)}\n${[...new Set(calls.map((call) => call.signature))].join("\n")}`;
}

/** A place with the lines of its callers. */
function linesOf(calls: readonly Call[]): string {
  return calls.map(({ line, column, signature }) => `${line}:${column} ${signature}`).join("\n");
}

/** Where the innermost call stands: minified code has but one line. */
function innermostOf([call]: readonly Call[]): string {
  return `${call?.line}:${call?.column}`;
}
