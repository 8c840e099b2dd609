// SPDX-License-Identifier: Apache-2.0
import type { CpuSample, Wait } from "../../runtime/runtime.ts";
import type { Call } from "../code/code_signature.ts";
import { common, isCalledAt } from "../stack/callers.ts";
import type { LogicalStacks } from "../stack/logical_stack.ts";
import type { KnownWork } from "./_known_work.ts";
import type { Interval, LikeStretches } from "./_like_stretches.ts";
import type { AddStretch, Run } from "./timeline_types.ts";

interface RunInput {
  readonly run: Run;
  /** Whether it is not known that what `run` names woke it. */
  readonly isGuess: boolean;
  /** What was registered during the run, {@link thinned}: instants with a known stack. */
  readonly marks: readonly Wait[];
  readonly samples: readonly CpuSample[];
  /** The wait that follows the run, if that is known. */
  readonly next: Wait | undefined;
  /** Whether another run follows. */
  readonly goesOn: boolean;
  readonly stacks: LogicalStacks;
  readonly likes: LikeStretches;
  readonly work: KnownWork;
  readonly add: AddStretch;
}

/** An instant at which the stack is known. */
interface Known {
  readonly at: number;
  readonly calls: readonly Call[];
  readonly leaves: readonly string[];
  /** Placed exactly, and without extent; a sample stands for the time around it. */
  readonly exact: boolean;
  /** Whether it is not known that the flow was there. */
  readonly isGuess: boolean;
  /** Whether the innermost function awaits from then on. */
  readonly awaits: boolean;
}

/** What goes on so often in one run, without a wait that was captured, is a loop. */
const LOOP_HOPS = 32;
/** Marks that are read in one run; beyond it they are taken evenly. Reading one costs up to 0.3 ms (deno.md §2.6). */
const MAX_MARKS = 64;

/**
 * Tells a run from its known instants. Exact ones (the run's start and end, an async function's entry, a wait's
 * registration) stay where they are and a sample extends up to them; only between two samples with nothing
 * known in between the edge lies in the middle, which is unbiased.
 */
export function runStretches(input: RunInput): void {
  const { run, isGuess, marks, next, goesOn, stacks, likes, add } = input;
  const base = stacks.ofWait(run.woken).calls;
  // What the runtime registers by itself says nothing.
  const exact: Known[] = marks
    .map((mark) => ({
      at: mark.at,
      calls: stacks.ofWait(mark).calls,
      leaves: [],
      exact: true,
      isGuess: false,
      awaits: mark.kind === "await" && !mark.callersOnly,
    }))
    .filter(({ calls }) => calls.length > 0);
  const told = toldCallers(marks, stacks);
  const known = merge(exact, sampled(input, exact, told));
  // A run that no known wait began is a call of the outermost function.
  const start = run.woken ? base : (known[0]?.calls.slice(-1) ?? []);
  const following = stacks.ofWait(next).calls;
  const after = following.length > 0 ? following : start;
  let previous: Known = { at: run.on, calls: start, leaves: [], exact: true, isGuess, awaits: false };
  const end: Known = { at: run.off, calls: after, leaves: [], exact: true, isGuess: false, awaits: false };
  // After its last wait a run only unwinds: that is no place between which anything is alike.
  const isWhole = known.length === 0 && goesOn;
  noteLikes([previous, ...known, ...(known.every(({ exact }) => !exact) ? [end] : [])], likes);
  const isLoop = run.hops >= LOOP_HOPS;
  for (const instant of known) {
    between(previous, instant, isLoop, likes, add);
    previous = instant;
  }
  if (!previous.exact) add(previous.at, run.off, previous.calls, ...previous.leaves);
  else if (isWhole) between(previous, end, isLoop, likes, add);
  // The runtime goes on with what is awaited.
  else if (previous.awaits && isCalledAt(following, previous.calls)) add(previous.at, run.off, following);
  else add(previous.at, run.off, next ? shared(previous.calls, after, isLoop) : previous.calls);
}

function between(a: Known, b: Known, isLoop: boolean, likes: LikeStretches, add: AddStretch): void {
  if (a.exact && b.exact) {
    const become = add(a.at, b.at, shared(a.calls, b.calls, isLoop));
    likes.unsampled(intervalOf(a, b), become);
  } else if (a.exact) add(a.at, b.at, b.calls, ...b.leaves);
  else if (b.exact) add(a.at, b.at, a.calls, ...a.leaves);
  else {
    const middle = (a.at + b.at) / 2;
    add(a.at, middle, a.calls, ...a.leaves);
    add(middle, b.at, b.calls, ...b.leaves);
  }
}

/** What is certain between two places: their callers; or the first one, where a loop goes on from it. */
function shared(before: readonly Call[], after: readonly Call[], isLoop: boolean): readonly Call[] {
  return isLoop ? before : common(before, after);
}

function intervalOf(a: Known, b: Known): Interval {
  return { before: a.calls, after: b.calls, ms: b.at - a.at, isGuess: a.isGuess };
}

/** Keeps the samples by the exact instants around them. */
function noteLikes(instants: readonly Known[], likes: LikeStretches): void {
  let before: Known | undefined;
  let between: Known[] = [];
  for (const instant of instants) {
    if (!instant.exact) between.push(instant);
    else {
      for (const sample of between) if (before) likes.sampled(intervalOf(before, instant), sample);
      before = instant;
      between = [];
    }
  }
}

/**
 * The samples of a run with their logical callers. The engine tells no callers of its collector and of native
 * code without frames: they continue what was last known. A single sample without a frame of the app says
 * nothing of its length (the runtime before it calls the handler, say) and is left out.
 */
function sampled(
  { samples, run: { woken }, isGuess, stacks, work }: RunInput,
  exact: readonly Known[],
  told: ReadonlyMap<string, readonly Call[]>,
): Known[] {
  const found: (Known & { readonly app: boolean })[] = [];
  let marks = 0;
  for (const sample of samples) {
    if (sample.state === "idle") continue;
    const { calls, builtin } = stacks.of(sample.frames);
    const inApp = calls.length > 0;
    while ((exact[marks]?.at ?? Infinity) < sample.at) marks++;
    const mark = exact[marks - 1];
    const last = found.at(-1);
    const marked = mark !== undefined && !(last && last.at > mark.at);
    const before = marked ? mark : last;
    found.push({
      at: sample.at,
      app: inApp || marked || last?.app === true,
      exact: false,
      isGuess: false,
      awaits: false,
      calls: inApp
        ? stacks.complete(calls, woken, isGuess, told)
        : work.below(builtin, before?.calls ?? stacks.ofWait(woken).calls),
      leaves: leavesOf(sample, builtin),
    });
  }
  return found.filter(
    (sample, i) => sample.app || found[i - 1]?.app === false || found[i + 1]?.app === false,
  );
}

function leavesOf(sample: CpuSample, builtin: string): readonly string[] {
  if (sample.state === "gc") return ["(garbage collector)"];
  return builtin && sample.state === "js" ? [`(native ${builtin})`] : [];
}

/** Who called the outermost function of this run, as the Errors of the run tell. */
function toldCallers(marks: readonly Wait[], stacks: LogicalStacks): ReadonlyMap<string, readonly Call[]> {
  const told = new Map<string, readonly Call[]>();
  for (const mark of marks) {
    const { calls, physical } = stacks.ofWait(mark);
    const outermost = calls[physical - 1];
    if (outermost && calls.length > physical) told.set(outermost.signature, calls.slice(physical));
  }
  return told;
}

/** Of many marks as many as are read, evenly. */
export function thinned(marks: readonly Wait[]): readonly Wait[] {
  if (marks.length <= MAX_MARKS) return marks;
  const step = marks.length / MAX_MARKS;
  return Array.from({ length: MAX_MARKS }, (_, i) => marks[Math.floor(i * step)]).filter(
    (mark) => mark !== undefined,
  );
}

function merge(exact: readonly Known[], samples: readonly Known[]): Known[] {
  return [...exact, ...samples].sort((a, b) => a.at - b.at);
}
