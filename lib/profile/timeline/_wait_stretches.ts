// SPDX-License-Identifier: Apache-2.0
import type { Wait } from "../../runtime/runtime.ts";
import type { Call } from "../code/code_signature.ts";
import { NEW_PROMISE } from "../stack/builtin_name.ts";
import { hasCallers, isCalledAt } from "../stack/callers.ts";
import type { LogicalStacks } from "../stack/logical_stack.ts";
import { type HeldInput, heldStretches } from "./_held_stretches.ts";

interface WaitInput extends Omit<HeldInput, "calls" | "leaf"> {
  /** The wait whose end ended the gap. */
  readonly ended: Wait | undefined;
  /** When a wait first woke the flow; infinite if it has not. */
  readonly endOf: (wait: Wait) => number;
  /** The wait that may come again where some are not captured: the last one that told where it stands. */
  readonly again: Wait | undefined;
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
  /** The calls of the stretch before. */
  readonly last: readonly Call[];
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
  // What has ended before says nothing of when it ends again: a repeating timer, or one that stands for what follows it.
  const due = wait && gap.endOf(wait) >= to ? wait.dueAt : undefined;
  const ready = due === undefined ? to : Math.min(to, Math.max(from, due));
  add(from, ready, calls, leaf);
  if (ready < to) heldStretches({ ...gap, from: ready, calls, leaf });
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
  return deepest.wait ? againIn(deepest, gap) : { wait: undefined, calls: last };
}

/** Where a call that is awaited has waited last, if waits of it are not captured: a loop waits where it waited before. */
function againIn(open: Placed, { again, stacks }: WaitInput): Placed {
  // What was registered before that may be of a function that has returned.
  if (!open.wait || !again || again.at < open.wait.at) return open;
  const isCall = open.wait.kind === "await" && stacks.ofWait(open.wait).builtin === "";
  const { calls } = stacks.ofWait(again);
  return isCall && isCalledAt(calls, open.calls) ? { wait: again, calls } : open;
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
