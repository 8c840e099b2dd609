// SPDX-License-Identifier: Apache-2.0
import type { CpuSample, Flow, Wait } from "../runtime/runtime.ts";
import { Holders } from "./_holders.ts";
import { LikeStretches } from "./_like_stretches.ts";
import { runStretches } from "./_run_stretches.ts";
import { waitStretches } from "./_wait_stretches.ts";
import type { Call } from "./code_signature.ts";
import type { LogicalStacks } from "./logical_stack.ts";
import type { AddStretch, Run, Stretch, ThreadEntry, TimelineInput, Told } from "./timeline_types.ts";

/**
 * Tells a flow's time from start to end: where it ran, by the samples and the known instants within its runs;
 * where it waited, by the wait that ended the gap; where it could have run, by who had the thread instead.
 */
export function buildTimeline(input: TimelineInput): Stretch[] {
  const { flow, startedAt, endedAt, root, waits, stacks, isSeen } = input;
  const runs = toRuns(input.thread, startedAt, endedAt);
  const own = withoutHops(runs.filter((run) => run.flow === flow));
  const others = runs.filter((run) => run.flow !== flow);
  const ends = endsOf(input.thread, flow);
  const holders = new Holders(input, others);
  const likes = new LikeStretches();
  const stretches: Stretch[] = [];
  let last: readonly Call[] = [];
  const render = ({ calls, leaves }: Told): string[] => [
    root,
    ...calls.map((call) => call.signature).reverse(),
    ...leaves,
  ];
  const add: AddStretch = (from, to, calls, ...leaves) => {
    if (!(to > from)) return () => {};
    last = calls;
    const index = stretches.push({ from, to, stack: render({ calls, leaves }) }) - 1;
    return (told) => {
      stretches[index] = { from, to, stack: render(told) };
    };
  };

  let samples = 0;
  const samplesBetween = (from: number, to: number): readonly CpuSample[] => {
    while ((input.samples[samples]?.at ?? Infinity) < from) samples++;
    const first = samples;
    while ((input.samples[samples]?.at ?? Infinity) <= to) samples++;
    return input.samples.slice(first, samples);
  };
  let registered = 0;
  const marksUntil = (to: number): readonly Wait[] => {
    const first = registered;
    while ((waits[registered]?.at ?? Infinity) <= to) registered++;
    return waits.slice(first, registered);
  };

  let at = startedAt;
  for (const [index, run] of [...own, undefined].entries()) {
    const on = run?.on ?? endedAt;
    if (on > at) {
      const within = samplesBetween(at, on);
      // Before its first run the request was with the runtime and the agent.
      if (index === 0) add(at, on, []);
      else if (isSeen(at, on)) {
        const pending = pendingWaits(waits, registered, ends, at, on);
        const ended = run?.woken;
        const repeated = ended !== undefined && (ends.get(ended) ?? on) < on;
        const resumed = () => resumedBy(run, waits[registered], stacks);
        const gap = { from: at, to: on, ended, repeated, pending, resumed, samples: within, last };
        waitStretches({ ...gap, others, holders, input, add });
      }
    }
    if (!run) break;
    const marks = marksUntil(run.off);
    const within = samplesBetween(run.on, run.off);
    if (isSeen(run.on, run.off)) {
      const next = own[index + 1]?.woken;
      runStretches({ run, marks, samples: within, next, stacks, likes, add });
    }
    at = run.off;
  }
  likes.settle();
  return stretches;
}

function toRuns(thread: readonly ThreadEntry[], from: number, to: number): Run[] {
  const runs: Run[] = [];
  for (const [index, entry] of thread.entries()) {
    const on = Math.max(entry.at, from);
    const off = Math.min(thread[index + 1]?.at ?? to, to);
    if (off < on || entry.at > to) continue;
    runs.push({ on, off, flow: entry.flow, woken: entry.ended, holder: entry.holder });
  }
  return runs;
}

/** From a callback to the continuation it resolves, the runtime takes some 0.05 ms: nobody waits there. */
const HOP_MS = 0.2;

function withoutHops(runs: readonly Run[]): Run[] {
  return runs.map((run, i) => {
    const before = runs[i - 1]?.off ?? Number.NEGATIVE_INFINITY;
    return run.on - before < HOP_MS ? { ...run, on: before } : run;
  });
}

/** When each wait of the flow first woke it. */
function endsOf(thread: readonly ThreadEntry[], flow: Flow): ReadonlyMap<Wait, number> {
  const ends = new Map<Wait, number>();
  for (const { at, ended, flow: owner } of thread) {
    if (ended && owner === flow && !ends.has(ended)) ends.set(ended, at);
  }
  return ends;
}

/** The outermost physical function of a run with its callers, as the first wait it registers tells. */
function resumedBy(run: Run | undefined, first: Wait | undefined, stacks: LogicalStacks): readonly Call[] {
  if (!run || !first || first.at > run.off || first.callersOnly) return [];
  const { calls, physical } = stacks.ofWait(first);
  return calls.slice(Math.max(0, physical - 1));
}

/** How far back the wait of a gap is looked for where nothing tells which one ended it. */
const MAX_PENDING = 32;

/** The latest waits that had been registered before a gap and had not ended in it. */
function pendingWaits(
  waits: readonly Wait[],
  registered: number,
  ends: ReadonlyMap<Wait, number>,
  from: number,
  to: number,
): Wait[] {
  const pending: Wait[] = [];
  for (let i = registered - 1; i >= 0 && pending.length < MAX_PENDING; i--) {
    const wait = waits[i];
    if (wait && wait.at <= from && (ends.get(wait) ?? Infinity) >= to) pending.push(wait);
  }
  return pending;
}
