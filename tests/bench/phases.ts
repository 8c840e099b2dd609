// SPDX-License-Identifier: Apache-2.0
import { Tree } from "../support/call_tree.ts";
import type { Installed } from "../support/spawn.ts";
import { Session } from "./session.ts";
import { sum } from "./statistics.ts";

/** The functions of `phases.mjs` in which others wait or run; the rest of what it tells are those. */
const PHASES = ["naps", "steps", "files", "queries", "fetches", "signals", "microtasks", "pause"];
const COUNT = 20;
const PHASE_MS = 300;
/** Requests that are profiled at the same time. */
const TOGETHER = 3;
/** Requests that nobody profiles meanwhile; each works every four milliseconds or so. */
const OTHERS = 2;

/** How much of a request's time was told in the place of another, as a part of 1. */
export interface Misplaced {
  readonly phases: number;
  readonly functions: number;
}

/** Profiles so many times three requests of six seconds, while others are served. */
export async function misplacedIn(runtime: Installed, times: number): Promise<Misplaced[]> {
  await using session = await Session.open({ runtime, app: "phases.mjs" });
  await session.arm({ endpoint: "GET:/phases", samples: times * TOGETHER, duration: 5 });
  const others = Array.from({ length: OTHERS }, () => session.get(`/others?ms=${times * COUNT * PHASE_MS}`));
  for (let i = 0; i < times; i++) {
    const seeds = Array.from({ length: TOGETHER }, (_, j) => 11 + 12 * i + 4 * j);
    const query = (seed: number) =>
      new URLSearchParams({
        seed: `${seed}`,
        count: `${COUNT}`,
        ms: `${PHASE_MS}`,
        url: `${session.url}/nothing`,
      });
    await Promise.all(seeds.map((seed) => session.get(`/phases?${query(seed)}`)));
  }
  await Promise.all(others);
  const profiled = await session.profiled<Record<string, number>>(times * TOGETHER);
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
