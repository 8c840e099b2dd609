// SPDX-License-Identifier: Apache-2.0
import type { WaitFrequency } from "../../runtime/runtime.ts";
import type { Novelty } from "../stack/novelty.ts";
import { Allowance, type Limit } from "./_allowance.ts";
import { AFTER_OUTER, magnitudeOf, OuterFunctions } from "./_outer_functions.ts";
import { Resumptions } from "./_resumptions.ts";

/** A waiting stack costs 4–10 µs on the path of the request, and more off it when it is read. */
const LIMITS = {
  /** For each source, as for tasks: thousands of small files leave all there is for the slow answer that follows. */
  pause: { burst: 500, perMs: 0.25 },
  task: { burst: 500, perMs: 0.25 },
  /** On JavaScriptCore its stack is the only one that tells the function that waits. */
  promise: { burst: 75, perMs: 0.2 },
  /** A framework has hundreds of them for a page, and what calls a part of it back may be any of these. */
  await: { burst: 200, perMs: 0.3 },
  tick: { burst: 50, perMs: 0.1 },
  /** The runtime goes on with a stream by several for each answer. */
  microtask: { burst: 200, perMs: 0.1 },
  entry: { burst: 50, perMs: 0.05 },
  /** On JavaScriptCore it may be all that tells who called a function that then waits again and again. */
  settled: { burst: 50, perMs: 0.05 },
  /** What the request waits for when it has begun something else. */
  change: { burst: 160, perMs: 0.1 },
  /** What a loop that never pauses waits for, of any kind: what there is of these is for what follows it. */
  loop: { burst: 8, perMs: 0.2 },
} as const satisfies Readonly<Record<WaitFrequency | "change" | "loop", Limit>>;
/** Those that may come thousands of times a turn. */
type Frequent = Exclude<WaitFrequency, "pause" | "task">;
/** Sources of tasks that are told apart, and as many of pauses: libraries may name their own. */
const MAX_SOURCES = 50;
/** From this part on what is captured is something else: there is always a stack that was not seen yet. */
const NOVELTY = 0.1;
/** The least part of these that come back where nothing new is captured. */
const LEAST_PACE = 1 / 16;
/** What is left of the pace after each time that nothing new was captured. */
const SLOWDOWN = 1 / 4;
/** Those of which there are some after each time off the thread. */
const RETURNING = ["promise", "await", "settled", "microtask"] as const satisfies readonly Frequent[];
/** After so many milliseconds off the thread there are at least so many: they cost little beside these. */
const AWAY_MS = 2;
const AFTER_AWAY = 8;
/** Where it does something new there are at least so many for each of these milliseconds: 1 % of them on the CPU. */
const PER_AWAY_MS = 1;
/** What is over so soon tells nothing of the next time off the thread: another one is captured in its place, once. */
const BRIEF_MS = 1;
/**
 * So many are captured when the request begins something else, as far as there are any: those of its outer functions
 * come last, after some ten of the `fetch` that the inner one calls.
 */
const AFTER_CHANGE = 16;
/** In so many milliseconds there are as many again: what begins again sooner would leave none for what does not. */
const CHANGE_MS = AFTER_CHANGE / LIMITS.change.perMs;
/** Something is over when a function goes on whose wait was registered so many before, unless one like it did lately. */
const MUCH = 16;
/** Of so many that are refused of what may come thousands of times a turn, one looks at the clock. */
const LOOK_EVERY = 8;

/**
 * How many waits of a request are captured. One with thousands of awaits is thinned out evenly, so that it becomes
 * some 10 % longer; what it waits for outside the thread, and what it waits for first when it begins something else,
 * is captured all the same, as far as it is not itself so frequent.
 */
export class WaitBudget {
  readonly #limited: Readonly<Record<Frequent | "change" | "loop", Allowance>>;
  /** By their source: a loop of timers of a millisecond leaves all there is for those that pause. */
  readonly #pauses = new Map<string, Allowance>();
  readonly #tasks = new Map<string, Allowance>();
  readonly #startedAt: number;
  readonly #share: number;
  #refused = 0;
  readonly #resumptions = new Resumptions(CHANGE_MS);
  /** The same of other functions that go on, by the magnitude of what was asked for meanwhile. */
  readonly #returns = new Resumptions(CHANGE_MS);
  readonly #outer = new OuterFunctions();
  /** So many are still to be captured of what has just begun, as far as there are any in that limit. */
  #begun = 0;
  #begunOf: Allowance;
  /** The limit of what begins when the function that has gone on registers its next wait. */
  #beginning: Allowance | undefined;
  /** How many were asked for. */
  #asked = 0;
  #pace = 1;
  #ranUntil: number;
  /** Whether one may be captured in the place of a brief one. */
  #mayAgain = false;
  /** Whether none was refused since the last run ended. */
  #isNewRun = false;
  /** Whether the run that goes on has been given those for its time off the thread. */
  #isBack = false;

  /**
   * @param now milliseconds
   * @param share how many of those that come back are given, of 1
   */
  constructor(now: number, share: number = 1) {
    this.#share = share;
    this.#startedAt = now;
    this.#ranUntil = now;
    this.#limited = {
      promise: new Allowance(LIMITS.promise, now),
      await: new Allowance(LIMITS.await, now),
      tick: new Allowance(LIMITS.tick, now),
      microtask: new Allowance(LIMITS.microtask, now),
      entry: new Allowance(LIMITS.entry, now),
      settled: new Allowance(LIMITS.settled, now),
      change: new Allowance(LIMITS.change, now),
      loop: new Allowance(LIMITS.loop, now),
    };
    this.#begunOf = this.#limited.change;
  }

  /**
   * Takes one, if there is one.
   *
   * @param source which tasks and pauses have one limit
   * @param resumed how many functions have gone on since the last call
   * @param isLoop whether it is what a loop comes back to
   */
  take(
    frequency: WaitFrequency,
    source: string,
    resumed: number,
    now: () => number,
    isLoop: boolean = false,
  ): boolean {
    this.#asked++;
    if (resumed > 0) this.#begin(resumed, now);
    const isOfLoop = isLoop && isFrequent(frequency) && !this.#hasPaused(now);
    const allowance = isOfLoop ? this.#limited.loop : this.#allowanceOf(frequency, source);
    if (allowance.left < 1) {
      if (!isOfLoop && frequency !== "entry" && this.#takesOfBegun(now)) return true;
      if (isFrequent(frequency) && !this.#isNewRun && this.#refused++ % LOOK_EVERY !== 0) return false;
      const at = now();
      if (this.#isNewRun) this.#comeBack(at);
      this.#isNewRun = false;
      allowance.refill(at, this.#partOf(frequency));
      if (allowance.left < 1) return false;
    }
    allowance.left--;
    return true;
  }

  /** Whether the run that goes on began after some time off the thread. */
  #hasPaused(now: () => number): boolean {
    if (this.#isNewRun) this.#comeBack(now());
    this.#isNewRun = false;
    return this.#isBack;
  }

  #allowanceOf(frequency: WaitFrequency, source: string): Allowance {
    if (isFrequent(frequency)) return this.#limited[frequency];
    const sources = frequency === "pause" ? this.#pauses : this.#tasks;
    const known = sources.get(source);
    if (known) return known;
    const name = sources.size < MAX_SOURCES ? source : "";
    const allowance = sources.get(name) ?? new Allowance(LIMITS[frequency], this.#startedAt);
    sources.set(name, allowance);
    return allowance;
  }

  /** So many functions have gone on since the wait before. */
  #begin(resumed: number, now: () => number): void {
    const { change } = this.#limited;
    const isNew = this.#resumptions.isNew(resumed, now, change.isPlenty);
    if (this.#beginning && this.#beginning !== change) {
      this.#begun = AFTER_OUTER;
      this.#begunOf = this.#beginning;
    } else if ((isNew || this.#beginning) && this.#begun < AFTER_CHANGE) {
      this.#begun = AFTER_CHANGE;
      this.#begunOf = change;
    }
    this.#beginning = undefined;
  }

  #takesOfBegun(now: () => number): boolean {
    if (this.#begun === 0) return false;
    this.#begun--;
    const allowance = this.#begunOf;
    allowance.refill(now(), 1);
    if (allowance.left < 1) return false;
    allowance.left--;
    return true;
  }

  /** How many were asked for up to now. */
  get asked(): number {
    return this.#asked;
  }

  /**
   * The flow goes on, as a wait that was captured ended.
   *
   * @param asked {@link WaitBudget.asked} when it was registered
   * @param lasted how long it was open, in milliseconds
   * @param at when it ended
   */
  woke(asked: number, lasted: number, at: number): void {
    if (lasted < BRIEF_MS && this.#mayAgain) {
      this.#mayAgain = false;
      this.#grant(1);
    }
    const meanwhile = this.#asked - asked;
    const { change } = this.#limited;
    if (this.#outer.isWaiting(asked))
      this.#beginning = this.#outer.goOn(asked, meanwhile, at) ?? this.#beginning;
    else if (meanwhile > MUCH && this.#returns.isNew(magnitudeOf(meanwhile), () => at, change.isPlenty))
      this.#beginning ??= change;
  }

  /**
   * An outer function of a run waits, the outermost one first.
   *
   * @param asked {@link WaitBudget.asked} when it registered that
   */
  outer(asked: number): void {
    this.#outer.wait(asked);
  }

  /**
   * The flow had the thread, and another run of it may have begun.
   *
   * @param run in milliseconds; after the one before
   */
  ran({ on, off }: { readonly on: number; readonly off: number }): void {
    if (!this.#isBack) this.#comeBack(on);
    this.#isBack = false;
    this.#isNewRun = true;
    this.#ranUntil = off;
  }

  /**
   * What was captured lately has been read. Of a request that waits where it waited before, fewer and fewer are
   * captured, but for tasks; of one that does something else, as many as at first.
   *
   * @param least so many say that there is nothing new; what is new says so by itself
   * @returns whether these were enough
   */
  learned({ read, novel }: Pick<Novelty, "read" | "novel">, least: number): boolean {
    const isNew = novel > NOVELTY * Math.max(read, least);
    if (!isNew && read < least) return false;
    this.#pace = isNew ? 1 : Math.max(LEAST_PACE, this.#pace * SLOWDOWN);
    return true;
  }

  #comeBack(at: number): void {
    const away = at - this.#ranUntil;
    if (away < AWAY_MS) return;
    this.#isBack = true;
    const ofNew = this.#pace === 1 ? away * PER_AWAY_MS : 0;
    // The first one is that of the next time off the thread, as likely as not.
    this.#grant(Math.max(1, AFTER_AWAY * this.#pace, ofNew));
    this.#mayAgain = true;
  }

  /** There are at least so many of those by which the app's functions wait, or its streams go on. */
  #grant(least: number): void {
    for (const frequency of RETURNING) {
      const allowance = this.#limited[frequency];
      allowance.left = Math.max(allowance.left, Math.min(least, LIMITS[frequency].burst));
    }
  }

  /** How many of those that come back are given. */
  #partOf(limited: WaitFrequency): number {
    if (limited === "pause") return 1;
    return limited === "task" ? this.#share : this.#share * this.#pace;
  }
}

function isFrequent(frequency: WaitFrequency): frequency is Frequent {
  return frequency !== "pause" && frequency !== "task";
}
