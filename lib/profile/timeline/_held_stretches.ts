// SPDX-License-Identifier: Apache-2.0
import type { CpuSample } from "../../runtime/runtime.ts";
import type { Call } from "../code/code_signature.ts";
import type { LogicalStacks } from "../stack/logical_stack.ts";
import type { Holders } from "./_holders.ts";
import type { NamedRun } from "./thread_log.ts";
import type { AddStretch } from "./timeline_types.ts";

/** An interval, and what is known of it. */
export interface HeldInput {
  readonly from: number;
  readonly to: number;
  /** What else had the thread in an interval. */
  readonly others: (from: number, to: number) => readonly NamedRun[];
  readonly holders: Holders;
  readonly samples: readonly CpuSample[];
  readonly stacks: LogicalStacks;
  /** The sampler's interval in milliseconds. */
  readonly intervalMs: number;
  readonly add: AddStretch;
  /** Where the flow waits. */
  readonly calls: readonly Call[];
  /** What it is told to wait for. */
  readonly leaf: string;
}

/** A part in which nobody known had the thread. */
interface Unclaimed {
  readonly from: number;
  readonly to: number;
  /** Whether it is more than a timer is late by itself. */
  readonly isLate: boolean;
}

/** So late a timer may be by itself: runtimes count whole milliseconds. */
const LATE_MS = 2;
/** So many sampling intervals may pass without a sample of what runs. */
const UNSEEN_SAMPLES = 2;

/** Tells an interval in which a flow could run, because a timer was due, and did not. */
export function heldStretches(input: HeldInput): void {
  const { from, to, others } = input;
  let at = from;
  const isLate = (on: number): boolean => at > from || on - at >= LATE_MS;
  for (const run of others(from, to)) {
    const on = Math.max(run.on, at);
    const off = Math.min(run.off, to);
    if (off <= on) continue;
    unclaimed({ from: at, to: on, isLate: isLate(on) }, input);
    claimed(on, off, run.name, input);
    at = off;
  }
  unclaimed({ from: at, to, isLate: isLate(to) }, input);
}

/** Another flow, or a timer of none, had the thread: its frames stand below the name. */
function claimed(from: number, to: number, name: string, { samples, stacks, add, calls }: HeldInput): void {
  const leaf = `(held by ${name})`;
  const within = samplesIn(samples, from, to);
  let at = from;
  for (const [i, sample] of within.entries()) {
    const next = within[i + 1];
    const until = next ? (sample.at + next.at) / 2 : to;
    add(at, until, calls, leaf, ...framesOf(sample, stacks));
    at = until;
  }
  add(at, to, calls, leaf);
}

/**
 * Tells what the engine saw there. A sample stands for the time halfway to its neighbours; up to an end of the interval
 * that is nearer than the next sample would have been, it stands for all of it. A thread that is not seen to be idle has
 * no reason to leave a timer alone that is due, so the rest is the event loop's, if it is no longer than what samples may
 * miss; else the timer was late.
 */
function unclaimed(
  { from, to, isLate }: Unclaimed,
  { samples, holders, stacks, intervalMs, add, calls, leaf }: HeldInput,
): void {
  const within = samplesIn(samples, from, to);
  const isBusy = isLate && within.every(({ state }) => state === "js" || state === "gc");
  const unseen = (a: number, b: number): void => {
    add(a, b, calls, isBusy && b - a < UNSEEN_SAMPLES * intervalMs ? "(held by event loop)" : leaf);
  };
  let at = from;
  for (const [i, sample] of within.entries()) {
    if (sample.state === "idle" || sample.state === "native") continue;
    const before = within[i - 1]?.at;
    const after = within[i + 1]?.at;
    const on =
      before === undefined
        ? reach(sample.at, from, intervalMs)
        : Math.max(at, (before + sample.at) / 2, sample.at - intervalMs);
    const off =
      after === undefined
        ? reach(sample.at, to, intervalMs)
        : Math.min((sample.at + after) / 2, sample.at + intervalMs);
    unseen(at, on);
    const holder = sample.state === "gc" ? "garbage collector" : (holders.of(sample) ?? "event loop");
    const frames = sample.state === "gc" ? [] : framesOf(sample, stacks);
    add(on, off, calls, `(held by ${holder})`, ...frames);
    at = off;
  }
  unseen(at, to);
}

/** How far a sample reaches towards an end of its interval. */
function reach(at: number, end: number, intervalMs: number): number {
  return Math.abs(end - at) <= intervalMs ? end : at + (Math.sign(end - at) * intervalMs) / 2;
}

function framesOf(sample: CpuSample, stacks: LogicalStacks): string[] {
  if (sample.state === "gc") return ["(garbage collector)"];
  const { calls, builtin } = stacks.of(sample.frames);
  const signatures = calls.map((call) => call.signature).reverse();
  return builtin && sample.state === "js" ? [...signatures, `(native ${builtin})`] : signatures;
}

function samplesIn(samples: readonly CpuSample[], from: number, to: number): CpuSample[] {
  return samples.filter((sample) => sample.at > from && sample.at <= to);
}
