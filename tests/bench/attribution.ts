// SPDX-License-Identifier: Apache-2.0
import type { Snapshot } from "../../lib/oap/mod.ts";
import type { Installed } from "../support/spawn.ts";
import { Delays } from "./delays.ts";
import { Session } from "./session.ts";

/** Requests that are in flight at the same time; the first nine, as many as a task takes, are watched. */
const IN_FLIGHT = 40;
const WATCHED = 9;
/** A long request's snapshots are on a grid of some milliseconds, and two clocks tell the wall time. */
const INSET_MS = 2;

interface Answer {
  readonly of: number;
  readonly burns: readonly (readonly [kind: string, from: number, to: number])[];
}

/** How the time was told in which watched requests burned, in milliseconds. */
export interface Attribution {
  /** All of it. */
  burnt: number;
  /** In the function that burned. */
  right: number;
  /** In a function that burned for another request, anywhere in the request. */
  wrong: number;
  /** As waiting, or held by another. */
  suspended: number;
  /** Of the whole of the requests: told as held by another one. */
  held: number;
  /** Not in the function that burned, by the kind of the wait before. */
  readonly missed: Record<string, number>;
}

/** Forty requests wait in fourteen ways, each burns in its own function in between; nine of them are watched. */
export async function attribute(runtime: Installed, ms: number): Promise<Attribution> {
  await using delays = await Delays.start();
  await using session = await Session.open({ runtime, app: "attribution.mjs", env: delays.env });
  await session.arm({ endpoint: "GET:/watched", warm: "/other?of=0&ms=300&burn=2" });
  const requests = Array.from({ length: IN_FLIGHT }, (_, of) =>
    of < WATCHED
      ? session.get(`/watched?of=${of}&ms=${ms}&burn=12`)
      : session.get(`/other?of=${of}&ms=${ms}&burn=0.4`),
  );
  await Promise.all(requests);
  const total: Attribution = { burnt: 0, right: 0, wrong: 0, suspended: 0, held: 0, missed: {} };
  for (const { answer, snapshots } of await session.profiled<Answer>(WATCHED)) add(answer, snapshots, total);
  return total;
}

function add({ of, burns }: Answer, snapshots: readonly Snapshot[], total: Attribution): void {
  const own = `burn${String(of).padStart(2, "0")} (`;
  let next = 0;
  for (const [i, snapshot] of snapshots.entries()) {
    const until = snapshots[i + 1]?.time ?? snapshot.time;
    const told = burnsOf(snapshot);
    if (snapshot.stack.some((signature) => signature.startsWith("(held by GET:/"))) {
      total.held += until - snapshot.time;
    }
    if (told.some((signature) => !signature.startsWith(own))) total.wrong += until - snapshot.time;
    while ((burns[next]?.[2] ?? Infinity) <= snapshot.time) next++;
    for (let burn = next; (burns[burn]?.[1] ?? Infinity) < until; burn++) {
      const [kind, from, to] = burns[burn] ?? ["", 0, 0];
      const ms = Math.min(to - INSET_MS, until) - Math.max(from + INSET_MS, snapshot.time);
      if (ms <= 0) continue;
      total.burnt += ms;
      if (told.length > 0) total.right += ms;
      else total.missed[kind] = (total.missed[kind] ?? 0) + ms;
      if (isSuspended(snapshot)) total.suspended += ms;
    }
  }
}

/** The burning functions on a stack, but for those below the name of another request that had the thread. */
function burnsOf({ stack }: Snapshot): string[] {
  const held = stack.findIndex((signature) => signature.startsWith("(held by"));
  return stack.slice(0, held < 0 ? undefined : held).filter((signature) => /^burn\d\d /.test(signature));
}

function isSuspended({ stack }: Snapshot): boolean {
  return stack.some((signature) => /^\((?:held by|waiting)/.test(signature));
}
