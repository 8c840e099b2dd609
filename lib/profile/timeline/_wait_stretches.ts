// SPDX-License-Identifier: Apache-2.0
import type { CpuSample, Wait } from "../../runtime/runtime.ts";
import type { Call } from "../code/code_signature.ts";
import { NEW_PROMISE } from "../stack/builtin_name.ts";
import { hasCallers } from "../stack/callers.ts";
import type { LogicalStacks } from "../stack/logical_stack.ts";
import type { Holders } from "./_holders.ts";
import type { NamedRun } from "./thread_log.ts";
import type { AddStretch } from "./timeline_types.ts";

interface WaitInput {
  readonly from: number;
  readonly to: number;
  /** The wait whose end ended the gap. */
  readonly ended: Wait | undefined;
  /** Whether that wait had ended before: a repeating timer says nothing of its later turns. */
  readonly repeated: boolean;
  /** Waits that were open during the whole gap, the latest first. */
  readonly pending: readonly Wait[];
  /**
   * The function that resumed after the gap, with its callers, as the next run tells: where the engine had left
   * the function that waits before its stack could be taken, but for `callers`.
   */
  readonly resumed: (callers: readonly Call[]) => readonly Call[];
  /** What may be an `await` of what `ended` stands for: the flow went on with it right after the gap. */
  readonly awaiter: Wait | undefined;
  /** Whether two waits were registered in the same run. */
  readonly together: (a: Wait, b: Wait) => boolean;
  /** What else had the thread in an interval. */
  readonly others: (from: number, to: number) => readonly NamedRun[];
  readonly holders: Holders;
  readonly samples: readonly CpuSample[];
  /** The calls of the stretch before. */
  readonly last: readonly Call[];
  readonly stacks: LogicalStacks;
  /** The sampler's interval in milliseconds. */
  readonly intervalMs: number;
  readonly add: AddStretch;
}

/**
 * Tells a gap between two runs: waiting until the flow could run, then held by whatever had the thread. Only
 * a timer or a queued task says since when it could run; sockets and files do not, and there nothing is guessed.
 *
 * @returns the wait that it is told as
 */
export function waitStretches(gap: WaitInput): Wait | undefined {
  const { from, to, add } = gap;
  const { wait, calls } = waitOf(gap);
  const leaf = waitingLeaf(wait, calls, gap);
  const due = wait === gap.ended && gap.repeated ? undefined : wait?.dueAt;
  const ready = due === undefined ? to : Math.min(to, Math.max(from, due));
  const waiting = (a: number, b: number): void => void add(a, b, calls, leaf);
  waiting(from, ready);
  if (ready >= to) return wait;

  let at = ready;
  const isLate = (on: number): boolean => at > ready || on - at >= LATE_MS;
  for (const run of gap.others(ready, to)) {
    const on = Math.max(run.on, at);
    const off = Math.min(run.off, to);
    if (off <= on) continue;
    unclaimed({ from: at, to: on, isLate: isLate(on), calls, waiting }, gap);
    held(on, off, `(held by ${run.name})`, samplesIn(gap.samples, on, off), gap, calls);
    at = off;
  }
  unclaimed({ from: at, to, isLate: isLate(to), calls, waiting }, gap);
  return wait;
}

/** The wait a gap belongs to, and where it stands. */
interface Placed {
  readonly wait: Wait | undefined;
  readonly calls: readonly Call[];
}

/**
 * What woke the next run; if that has no code of the app (the runtime's sockets, pipes, streams), the deepest of
 * the waits still open.
 */
function waitOf(gap: WaitInput): Placed {
  const { ended, from, pending, last, stacks } = gap;
  const calls = ended && ended.at <= from ? callsOf(ended, gap) : [];
  const woken: Placed = { wait: ended, calls };
  const { cause } = stacks.ofWait(ended);
  if (calls.length > 0 && (!cause || pending.includes(cause))) return awaiterOf(woken, gap);
  const deepest = deepestOf(gap);
  // What opened a connection is not what waits for an answer on it, if that is known.
  if (calls.length > 0 && (!deepest.wait || stacks.ofWait(deepest.wait).lacksWaiter)) return woken;
  return deepest.wait ? deepest : { wait: undefined, calls: last };
}

/** Who awaits it: a function may begin something, a timer say, and call another one that awaits what comes of it. */
function awaiterOf(woken: Placed, { awaiter, stacks }: WaitInput): Placed {
  const { calls } = stacks.ofWait(awaiter);
  const isCalled = calls.length > woken.calls.length && hasCallers(calls, woken.calls);
  return isCalled ? { wait: woken.wait, calls } : woken;
}

/**
 * The one that has the most callers, because callers' awaits begin after the innermost one's: so the latest one's calls
 * are among them, and most likely it was registered in the same run. What the runtime goes on with when the call that
 * it did that for is over (a connection that is kept) nobody waits for.
 */
export function deepestOf({
  pending,
  stacks,
  together,
}: Pick<WaitInput, "pending" | "stacks" | "together">): Placed {
  const open = pending.filter((wait) => {
    const { calls, cause } = stacks.ofWait(wait);
    return calls.length > 0 && (cause === undefined || pending.includes(cause));
  });
  const [latest] = open;
  if (!latest) return { wait: undefined, calls: [] };
  const { calls } = stacks.ofWait(latest);
  let near: Placed = { wait: latest, calls };
  let deepest = near;
  for (const wait of open) {
    const placed = { wait, calls: stacks.ofWait(wait).calls };
    if (!hasCallers(placed.calls, calls)) continue;
    if (placed.calls.length > deepest.calls.length) deepest = placed;
    if (placed.calls.length > near.calls.length && together(wait, latest)) near = placed;
  }
  return near.wait === latest ? deepest : near;
}

function callsOf(wait: Wait, { stacks, resumed }: WaitInput): readonly Call[] {
  const { calls, lacksWaiter } = stacks.ofWait(wait);
  if (!lacksWaiter) return calls;
  const after = resumed(calls);
  return after.length > calls.length ? after : calls;
}

/** `(waiting for setTimeout src/app.ts:12)`: what the app called, and the line of the app that waits. */
function waitingLeaf(
  wait: Wait | undefined,
  told: readonly Call[],
  { ended, pending, stacks }: WaitInput,
): string {
  if (!wait) return "(waiting)";
  const { calls, cause, lacksWaiter, ...called } = stacks.ofWait(wait);
  const builtin = called.builtin === "net.connect" && READS.has(wait.kind) ? wait.kind : called.builtin;
  // The line of a caller would be the wrong one.
  if (lacksWaiter && !(cause && told === calls)) return `(waiting for ${builtin || wait.kind})`;
  const [place] = told;
  const where = place ? ` ${place.file}${place.line > 0 ? `:${place.line}` : ""}` : "";
  const there = VAGUE.has(builtin) ? calledThere(wait, place, pending, stacks) : builtin;
  // Something else of the request, as a timer of a library, may go on before what is waited for ends.
  const isEnd = ended && stacks.ofWait(ended).calls.length === 0;
  const end = VAGUE.has(there) ? (isEnd ? ended : wait).endedBy : undefined;
  return `(waiting for ${end || there || builtin || wait.kind}${where})`;
}

/** What a connection itself calls back for, whatever has opened it. That it is open, another wait tells. */
const READS: ReadonlySet<string> = new Set(["net.read", "pipe.read"]);

/** What says that a promise is waited for, and not what it stands for. */
const VAGUE: ReadonlySet<string> = new Set([
  "",
  NEW_PROMISE,
  "Promise.then",
  "Promise.catch",
  "Promise.finally",
]);

/** So late a timer may be by itself: runtimes count whole milliseconds. */
const LATE_MS = 2;
/** So many sampling intervals may pass without a sample of what runs. */
const UNSEEN_SAMPLES = 2;

/** How long before a wait, and how many waits before it, what it waits for is looked for. */
const NEAR_MS = 5;
const MAX_NEAR = 8;

/** What an `await` waits for: another wait of the same line, which the runtime registered for the app's call. */
function calledThere(
  wait: Wait,
  place: Call | undefined,
  pending: readonly Wait[],
  stacks: LogicalStacks,
): string {
  if (wait.kind !== "await" || !place) return "";
  // What a line calls is registered right before the line waits.
  const near = pending.filter(
    (other) => other !== wait && other.at <= wait.at && wait.at - other.at < NEAR_MS,
  );
  const there = near
    .slice(0, MAX_NEAR)
    .map((other) => stacks.ofWait(other))
    .filter(({ calls: [call] }) => call?.signature === place.signature && call.line === place.line)
    .map(({ builtin }) => builtin);
  return there.find((builtin) => !VAGUE.has(builtin)) ?? there.find((builtin) => builtin !== "") ?? "";
}

/** Another flow, or a timer of none, had the thread: its frames stand below the name. */
function held(
  from: number,
  to: number,
  leaf: string,
  samples: readonly CpuSample[],
  { stacks, add }: WaitInput,
  calls: readonly Call[],
): void {
  let at = from;
  for (const [i, sample] of samples.entries()) {
    const next = samples[i + 1];
    const until = next ? (sample.at + next.at) / 2 : to;
    add(at, until, calls, leaf, ...framesOf(sample, stacks));
    at = until;
  }
  add(at, to, calls, leaf);
}

/** An interval in which a timer was due, and nobody known had the thread. */
interface Unclaimed {
  readonly from: number;
  readonly to: number;
  /** Whether it is more than a timer is late by itself. */
  readonly isLate: boolean;
  readonly calls: readonly Call[];
  readonly waiting: (from: number, to: number) => void;
}

/**
 * Tells what the engine saw there. A sample stands for the time halfway to its neighbours; up to an end of the interval
 * that is nearer than the next sample would have been, it stands for all of it. A thread that is not seen to be idle has
 * no reason to leave a timer alone that is due, so the rest is the event loop's, if it is no longer than what samples may
 * miss; else the timer was late.
 */
function unclaimed(
  { from, to, isLate, calls, waiting }: Unclaimed,
  { samples, holders, stacks, intervalMs, add }: WaitInput,
): void {
  const within = samplesIn(samples, from, to);
  const isBusy = isLate && within.every(({ state }) => state === "js" || state === "gc");
  const unseen = (a: number, b: number): void => {
    if (isBusy && b - a < UNSEEN_SAMPLES * intervalMs) add(a, b, calls, "(held by event loop)");
    else waiting(a, b);
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
