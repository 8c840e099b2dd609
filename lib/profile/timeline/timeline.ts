// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../../base/steps.ts";
import type { CpuSample, Wait } from "../../runtime/runtime.ts";
import type { Call } from "../code/code_signature.ts";
import type { LogicalStacks } from "../stack/logical_stack.ts";
import { continuedBy, HOP_MS, isAwaiter, resumedBy } from "./_following_runs.ts";
import { Holders } from "./_holders.ts";
import { KnownWork } from "./_known_work.ts";
import { LikeStretches } from "./_like_stretches.ts";
import { OpenWaits } from "./_open_waits.ts";
import { runStretches, thinned } from "./_run_stretches.ts";
import { StretchList } from "./_stretch_list.ts";
import { WaitLog } from "./_wait_log.ts";
import { waitStretches } from "./_wait_stretches.ts";
import type { SampleLog } from "./sample_log.ts";
import type { ThreadLog } from "./thread_log.ts";
import type { AddStretch, Run, Stretch, Told } from "./timeline_types.ts";

/** What a {@link Timeline} is told from. */
export interface TimelineOptions {
  readonly startedAt: number;
  /** The common root of the flow's snapshots. */
  readonly root: () => string;
  readonly thread: ThreadLog;
  readonly samples: SampleLog;
  readonly stacks: LogicalStacks;
  /** What to add to a time to get milliseconds since 1970: the backend sees whole ones only. */
  readonly epochOffset: number;
  /** The sampler's interval in milliseconds. */
  readonly intervalMs: number;
}

/**
 * A flow's time from its start on: where it ran, by the samples and the known instants within its runs; where it
 * waited, by the wait that ended the gap; where it could have run, by who had the thread instead.
 *
 * It is told bit by bit: what was told is kept as stretches, which take little room however much was seen, and the
 * rest is let go.
 */
export class Timeline {
  readonly #options: TimelineOptions;
  readonly #holders: Holders;
  readonly #likes = new LikeStretches();
  readonly #work = new KnownWork();
  readonly #stretches: StretchList;
  readonly #waits = new WaitLog();
  readonly #open: OpenWaits;
  /** What is still to be told, in time order. */
  #runs: Run[] = [];
  #at: number;
  #hasRun = false;
  /** The wait that the last gap was told as. */
  #waited: Wait | undefined;
  /** Whether the app's code was seen since. */
  #hasGoneOn = false;
  /** What the runtime was seen to work for since, where nothing tells what woke it. */
  #worksFor: Wait | undefined;
  #last: readonly Call[] = [];

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#at = options.startedAt;
    this.#open = new OpenWaits(this.#waits, options.stacks);
    this.#holders = new Holders(options.thread, options.samples, options.stacks);
    this.#stretches = new StretchList(options.epochOffset);
  }

  /** Up to when it is told. */
  get toldUntil(): number {
    return this.#at;
  }

  /** How much it keeps that is not told yet. */
  get untold(): number {
    return this.#runs.length + this.#waits.untold;
  }

  /** The flow had the thread. */
  ran(run: Run): void {
    this.#waits.ran(run);
    this.#runs.push(run);
  }

  /** The flow registered a wait that was not captured. */
  refused(): void {
    this.#open.refused();
  }

  /** The flow registered a wait. */
  waited(wait: Wait): void {
    this.#waits.add(wait);
  }

  /** Takes the frames of what came lately, so that no trace is kept for long. */
  *unpack(): Steps {
    for (const wait of this.#waits.takeNew()) {
      this.#options.stacks.unpack(wait);
      yield;
    }
  }

  /** Tells what can be told when all samples up to `until` are there, and lets go of what it took for that. */
  *advance(until: number): Steps {
    let count = 0;
    // What follows a run is needed to tell it.
    for (; (this.#runs[count + 1]?.on ?? Infinity) <= until; count++) {
      yield* this.#tell(this.#runs, count);
    }
    this.#runs.splice(0, count);
    if (this.#likes.isFull) yield* this.#likes.settle();
    if (this.#stretches.isFull) yield* this.#stretches.coarsen();
    yield* this.#open.forget(this.#at);
    yield* this.#options.stacks.read(this.#runs[0]?.woken);
  }

  /** Tells the rest, up to the flow's end. */
  *finish(endedAt: number): Steps<readonly Stretch[]> {
    const runs = this.#runs
      .filter(({ on }) => on <= endedAt)
      .map((run) => ({ ...run, off: Math.min(run.off, endedAt) }));
    for (const i of runs.keys()) yield* this.#tell(runs, i);
    yield* this.#gap(endedAt, undefined, undefined);
    yield* this.#likes.settle();
    return this.#stretches.all();
  }

  /** Tells the run at `index`; those that follow it are needed for that. */
  *#tell(runs: readonly Run[], index: number): Steps {
    const run = runs[index] as Run;
    const next = runs[index + 1];
    const since = Math.max(run.on, this.#at);
    const on = this.#hasRun && since - this.#at < HOP_MS ? this.#at : since;
    const off = Math.max(run.off, on);
    yield* this.#gap(on, run, continuedBy(runs, index));
    const marks = this.#waits.takeUntil(off);
    this.#options.stacks.together(marks);
    this.#adopt(marks, run.woken);
    // What Deno calls back without telling it is in no run.
    if (next) this.#adopt(this.#waits.until(next.on), run.woken);
    const told = { ...run, on, off };
    let isLent = this.#open.isLent(run.woken);
    if (this.#stretches.isSeen(on, off)) isLent = yield* this.#run(told, since, next, thinned(marks), isLent);
    this.#at = off;
    this.#hasRun = true;
    yield* this.#open.told(told, isLent);
    yield;
  }

  /** Guesses what woke the code that registered these: a native microtask, say, or what a wait woke that was not captured. */
  #adopt(waits: readonly Wait[], known: Wait | undefined): void {
    const { stacks } = this.#options;
    const woken = known ?? this.#open.woken;
    const first = waits.find((wait) => !wait.callersOnly);
    for (const wait of waits)
      stacks.adopt(wait, woken ?? (wait.cause ? undefined : first), this.#open.placed);
  }

  /**
   * Tells a run that can be seen.
   *
   * @param since from then on the flow had the thread: within the hop before it another one may have run
   * @param mayBeLent whether it is no concern of the flow, unless there is code of the app in it
   * @returns whether it is none
   */
  *#run(
    run: Run,
    since: number,
    next: Run | undefined,
    marks: readonly Wait[],
    mayBeLent: boolean,
  ): Steps<boolean> {
    const { stacks, samples } = this.#options;
    const within = samples.between(since, run.off);
    const waker = yield* this.#open.wakerOf(run);
    for (const wait of [waker, ...marks, next?.woken]) yield* stacks.read(wait);
    for (const { frames } of within) yield* stacks.prepare(frames);
    const tells = (wait: Wait | undefined): boolean => stacks.ofWait(wait).calls.length > 0;
    const isOfApp = (wait: Wait): boolean => wait.callersOnly || stacks.ofWait(wait).physical > 0;
    const isInApp = marks.some(isOfApp) || within.some(({ frames }) => stacks.of(frames).calls.length > 0);
    const isLent = mayBeLent && !isInApp;
    // Where nothing of the app is known, the runtime goes on with what the flow waits for.
    const isKnown = !isLent && (tells(waker) || (!waker && marks.some(tells)));
    const worksFor = isLent ? undefined : yield* this.#workedFor(run, waker, isInApp, within);
    const source = worksFor ?? (isKnown ? waker : (this.#waited ?? waker));
    runStretches({
      run: { ...run, woken: source },
      isGuess: source !== run.woken,
      marks: isLent ? [] : marks,
      samples: within,
      next: next?.woken && !this.#open.isLent(next.woken) ? next.woken : undefined,
      goesOn: next !== undefined,
      stacks,
      likes: this.#likes,
      work: this.#work,
      add: this.#add,
    });
    return isLent;
  }

  /**
   * What the runtime works for in a run that is not known to have been woken by `waker`, up to where code of the app is
   * known in it: what the flow waited for last, or what it does since. What was seen once holds for the runs that follow.
   */
  *#workedFor(
    run: Run,
    waker: Wait | undefined,
    isInApp: boolean,
    samples: readonly CpuSample[],
  ): Steps<Wait | undefined> {
    const hadGoneOn = this.#hasGoneOn;
    const isKnown = this.#options.stacks.ofWait(run.woken).calls.length > 0;
    if (isKnown || isInApp) {
      this.#hasGoneOn = true;
      this.#worksFor = undefined;
      return !isKnown && hadGoneOn && waker ? yield* this.#open.latest(waker, run.on) : undefined;
    }
    if (samples.some(({ state }) => state !== "idle"))
      this.#worksFor = hadGoneOn ? yield* this.#open.latest(waker, run.on) : this.#waited;
    return this.#worksFor;
  }

  /** Tells the time until `to`, when `run` began or the flow ended; `continued` woke the flow right after that. */
  *#gap(to: number, run: Run | undefined, continued: Wait | undefined): Steps {
    const from = this.#at;
    if (to <= from) return;
    // Before its first run the request was with the runtime and the agent.
    if (!this.#hasRun) this.#add(from, to, []);
    else if (this.#stretches.isSeen(from, to)) {
      const { stacks, samples, thread, intervalMs } = this.#options;
      const first = this.#waits.next;
      const within = samples.between(from, to);
      const { ended, pending } = yield* this.#open.within(from, to, run);
      const awaiter = isAwaiter(continued, ended, from) ? continued : undefined;
      yield* stacks.read(awaiter);
      const after = run && ended?.callersOnly ? samples.between(to, run.off) : [];
      for (const { frames } of [...within, ...after]) yield* stacks.prepare(frames);
      this.#hasGoneOn = false;
      this.#worksFor = undefined;
      this.#waited = waitStretches({
        from,
        to,
        ended,
        endOf: (wait) => this.#waits.endOf(wait),
        again: this.#open.again,
        pending,
        resumed: (callers) => resumedBy(run, callers, first, after, stacks),
        samples: within,
        last: this.#last,
        awaiter,
        together: (a, b) => this.#waits.together(a, b),
        others: (a, b) => thread.between(a, b),
        holders: this.#holders,
        stacks,
        intervalMs,
        add: this.#add,
      });
    }
    this.#at = to;
    yield;
  }

  readonly #add: AddStretch = (from, to, calls, ...leaves) => {
    if (!(to > from)) return () => {};
    this.#last = calls;
    const become = this.#stretches.add(from, to, () => this.#render({ calls, leaves }));
    return (told) => become(() => this.#render(told));
  };

  #render({ calls, leaves }: Told): string[] {
    return [this.#options.root(), ...calls.map((call) => call.signature).reverse(), ...leaves];
  }
}
