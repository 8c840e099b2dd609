// SPDX-License-Identifier: Apache-2.0
import { Tree } from "../support/call_tree.ts";
import type { Installed } from "../support/spawn.ts";
import { type ProfiledRequest, Session } from "./session.ts";
import { sum } from "./statistics.ts";

/** The functions of `phases.mjs` in which others wait or run; the rest of what it tells are those. */
const PHASES = ["naps", "steps", "files", "queries", "fetches", "signals", "microtasks", "archives", "pause"];
const COUNT = 20;
const PHASE_MS = 300;
/** Requests that are profiled at the same time. */
const TOGETHER = 3;
/** Requests that nobody profiles meanwhile; each works every few milliseconds. */
const OTHERS = 2;

/** What an app answers: milliseconds in each function. */
type Answer = Readonly<Record<string, number>>;

/** How much of a request's time was told in the place of another, as a part of 1. */
export interface Misplaced {
  readonly phases: number;
  readonly functions: number;
}

/** Profiles so many times three requests of six seconds that do one thing after another, while others are served. */
export async function misplacedIn(runtime: Installed, times: number): Promise<Misplaced[]> {
  const profiled = await profiledTogether(runtime, times, "phases", ({ url }) => ({
    count: COUNT,
    ms: PHASE_MS,
    url: `${url}/nothing`,
  }));
  return profiled.map(({ answer, elements }) => {
    const tree = new Tree(elements);
    const functions = Object.keys(answer).filter((name) => !PHASES.includes(name));
    // What is told in the wrong place is missing in the right one.
    const off = (names: readonly string[]) =>
      sum(names.map((name) => Math.abs(tree.inclusive(name) - (answer[name] ?? 0)))) / 2;
    const total = sum(PHASES.map((name) => answer[name] ?? 0));
    return { phases: off(PHASES) / total, functions: off(functions) / total };
  });
}

/**
 * Profiles so many times three requests of six seconds that share connections.
 *
 * @returns for each the most that any function was off, as a part of the request
 */
export async function mostOffIn(runtime: Installed, times: number): Promise<number[]> {
  const profiled = await profiledTogether(runtime, times, "pooled", () => ({ ms: COUNT * PHASE_MS }));
  return profiled.map(({ answer, elements }) => {
    const tree = new Tree(elements);
    const off = Object.entries(answer).map(([name, ms]) => Math.abs(tree.inclusive(name) - ms));
    return Math.max(...off) / (COUNT * PHASE_MS);
  });
}

/** Profiles three requests at once, so many times, each with another `seed`. */
async function profiledTogether(
  runtime: Installed,
  times: number,
  name: string,
  queryOf: (session: Session) => Readonly<Record<string, string | number>>,
): Promise<ProfiledRequest<Answer>[]> {
  await using session = await Session.open({ runtime, app: `${name}.mjs` });
  await session.arm({ endpoint: `GET:/${name}`, samples: times * TOGETHER, duration: 5 });
  const ask = (path: string, query: Readonly<Record<string, string | number>>) => {
    const params = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) params.set(key, `${value}`);
    return session.get(`${path}?${params}`);
  };
  const others = Array.from({ length: OTHERS }, (_, i) =>
    ask("/others", { ms: times * COUNT * PHASE_MS, seed: 5 + 2 * i }),
  );
  for (let i = 0; i < times; i++) {
    const seeds = Array.from({ length: TOGETHER }, (_, j) => 11 + 12 * i + 4 * j);
    await Promise.all(seeds.map((seed) => ask(`/${name}`, { ...queryOf(session), seed })));
  }
  await Promise.all(others);
  return await session.profiled<Answer>(times * TOGETHER);
}
