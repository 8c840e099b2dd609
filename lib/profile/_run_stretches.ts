// SPDX-License-Identifier: Apache-2.0
import type { CpuSample, Wait } from "../runtime/runtime.ts";
import type { Call } from "./code_signature.ts";
import { common, type LogicalStacks } from "./logical_stack.ts";
import type { AddStretch, Run } from "./timeline.ts";

interface RunInput {
  readonly run: Run;
  /** What was registered during the run: instants with a known stack. */
  readonly marks: readonly Wait[];
  readonly samples: readonly CpuSample[];
  /** The wait that follows the run. */
  readonly next: Wait | undefined;
  readonly stacks: LogicalStacks;
  readonly add: AddStretch;
}

/** An instant at which the stack is known. */
interface Known {
  readonly at: number;
  readonly calls: readonly Call[];
  readonly leaves: readonly string[];
  /** Placed exactly, and without extent; a sample stands for the time around it. */
  readonly exact: boolean;
}

/** Marks that are read in one run; beyond it they are taken evenly. Reading one costs up to 0.3 ms (deno.md §2.6). */
const MAX_MARKS = 64;

/**
 * Tells a run from its known instants. Exact ones (the run's start and end, an async function's entry, a wait's
 * registration) stay where they are and a sample extends up to them; only between two samples with nothing
 * known in between the edge lies in the middle, which is unbiased.
 */
export function runStretches({ run, marks, samples, next, stacks, add }: RunInput): void {
  const base = stacks.ofWait(run.woken).calls;
  const exact: Known[] = thinned(marks).map((mark) => ({
    at: mark.at,
    calls: stacks.ofWait(mark).calls,
    leaves: [],
    exact: true,
  }));
  const told = toldCallers(marks, stacks);
  const known = merge(exact, sampled(samples, exact, run.woken, told, stacks));
  const first = known[0];
  if (!first) {
    const after = stacks.ofWait(next).calls;
    add(run.on, run.off, next ? common(base, after) : base);
    return;
  }
  // A run that no known wait began is a call of the outermost function.
  const start = run.woken ? base : first.calls.slice(-1);
  let previous: Known = { at: run.on, calls: start, leaves: [], exact: true };
  for (const instant of known) {
    between(previous, instant, add);
    previous = instant;
  }
  const rest = previous.exact && next ? common(previous.calls, stacks.ofWait(next).calls) : previous.calls;
  add(previous.at, run.off, rest, ...previous.leaves);
}

function between(a: Known, b: Known, add: AddStretch): void {
  if (a.exact && b.exact) add(a.at, b.at, common(a.calls, b.calls));
  else if (a.exact) add(a.at, b.at, b.calls, ...b.leaves);
  else if (b.exact) add(a.at, b.at, a.calls, ...a.leaves);
  else {
    const middle = (a.at + b.at) / 2;
    add(a.at, middle, a.calls, ...a.leaves);
    add(middle, b.at, b.calls, ...b.leaves);
  }
}

/**
 * The samples of a run with their logical callers. The engine tells no callers of its collector and of native
 * code without frames: they continue what was last known. A single sample without a frame of the app says
 * nothing of its length (the runtime before it calls the handler, say) and is left out.
 */
function sampled(
  samples: readonly CpuSample[],
  exact: readonly Known[],
  woken: Wait | undefined,
  told: ReadonlyMap<string, readonly Call[]>,
  stacks: LogicalStacks,
): Known[] {
  const found: (Known & { readonly app: boolean })[] = [];
  let marks = 0;
  for (const sample of samples) {
    if (sample.state === "idle") continue;
    const { calls, builtin } = stacks.ofSample(sample.frames);
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
      calls: inApp ? stacks.complete(calls, woken, told) : (before?.calls ?? stacks.ofWait(woken).calls),
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
  for (const mark of thinned(marks)) {
    const { calls, physical } = stacks.ofWait(mark);
    const outermost = calls[physical - 1];
    if (outermost && calls.length > physical) told.set(outermost.signature, calls.slice(physical));
  }
  return told;
}

function thinned(marks: readonly Wait[]): readonly Wait[] {
  if (marks.length <= MAX_MARKS) return marks;
  const step = marks.length / MAX_MARKS;
  return Array.from({ length: MAX_MARKS }, (_, i) => marks[Math.floor(i * step)]).filter(
    (mark) => mark !== undefined,
  );
}

function merge(exact: readonly Known[], samples: readonly Known[]): Known[] {
  return [...exact, ...samples].sort((a, b) => a.at - b.at);
}
