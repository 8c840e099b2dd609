// SPDX-License-Identifier: Apache-2.0
import { cpuTime } from "./cpu_time.ts";
import { sendLoad } from "./load.ts";
import type { Session } from "./session.ts";
import { median, type Reading, typical } from "./statistics.ts";

/** What one app cost in each round. */
export interface Cost {
  /** Microseconds on the CPU a request, in all threads. */
  readonly cpuUs: readonly number[];
  /** Milliseconds, the 99th percentile of each round. */
  readonly p99: readonly number[];
}

/** How to load apps in turn. */
export interface LoadInTurn {
  readonly path: string;
  /** Requests of a round. */
  readonly amount: number;
  readonly rounds: number;
  /** Requests that a connection sends before it waits for an answer. @default {1} */
  readonly pipelining?: number;
  /** Requests to each app before the first round. */
  readonly warmUp: number;
}

/** Loads several apps in turn, round by round: what disturbs a machine disturbs all of them alike. */
export async function loadInTurn(
  apps: Readonly<Record<string, Session>>,
  { path, amount, rounds, pipelining = 1, warmUp }: LoadInTurn,
): Promise<Record<string, Cost>> {
  const costs: Record<string, { cpuUs: number[]; p99: number[] }> = {};
  const names = Object.keys(apps);
  const load = ({ url }: Session, requests: number) =>
    sendLoad({ url: `${url}${path}`, connections: 8, amount: requests, pipelining });
  for (const app of Object.values(apps)) await load(app, warmUp);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length] ?? "";
      const session = apps[name];
      if (!session) continue;
      const before = cpuTime(session.pid);
      const { p99, sent } = await load(session, amount);
      const cpuUs = ((cpuTime(session.pid) - before) * 1e3) / sent;
      costs[name] ??= { cpuUs: [], p99: [] };
      costs[name].cpuUs.push(cpuUs);
      costs[name].p99.push(p99);
    }
  }
  return costs;
}

/** What `a` costs more than `b`, round by round. */
export function more(a: readonly number[] = [], b: readonly number[] = []): Reading {
  return typical(a.map((value, i) => value - (b[i] ?? Number.NaN)));
}

/** The same in percent of what `b` costs. */
export function morePercent(a: readonly number[] = [], b: readonly number[] = []): Reading {
  return typical(a.map((value, i) => (value / (b[i] ?? Number.NaN) - 1) * 100));
}

/** The middle of what a round cost. */
export function costOf(values: readonly number[] = []): Reading {
  return { ...typical(values), value: median(values) };
}
