// SPDX-License-Identifier: Apache-2.0
import { cpuTime } from "./cpu_time.ts";
import { sendLoad } from "./load.ts";
import type { Session } from "./session.ts";
import { median, type Reading, typical } from "./statistics.ts";

/** In each process, `--scale` of them but three at least: an engine is not done with compiling in the first. */
const ROUNDS = 6;
const LEAST_ROUNDS = 3;
/** One process differs from the next of its kind by up to 5 %. */
const PROCESSES = 3;

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
export async function loadInTurn<Name extends string>(
  apps: Readonly<Record<Name, Session>>,
  { path, amount, rounds, pipelining = 1, warmUp }: LoadInTurn,
): Promise<Record<Name, Cost>> {
  const names = Object.keys(apps) as Name[];
  const costs = {} as Record<Name, { cpuUs: number[]; p99: number[] }>;
  for (const name of names) costs[name] = { cpuUs: [], p99: [] };
  const load = ({ url }: Session, requests: number) =>
    sendLoad({ url: `${url}${path}`, connections: 8, amount: requests, pipelining });
  for (const name of names) await load(apps[name], warmUp);
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const { pid } = apps[name];
      const before = cpuTime(pid);
      const { p99, sent } = await load(apps[name], amount);
      costs[name].cpuUs.push(((cpuTime(pid) - before) * 1e3) / sent);
      costs[name].p99.push(p99);
    }
  }
  return costs;
}

/** How many rounds each process is loaded for. */
export function roundsOf(scale: number): number {
  return Math.max(LEAST_ROUNDS, Math.round(ROUNDS * scale));
}

/** Measures in several sets of processes, one set after the other. */
export async function inProcesses<T>(measure: () => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let i = 0; i < PROCESSES; i++) found.push(await measure());
  return found;
}

/** What the same apps cost in several sets of processes, all rounds together. */
export function joined<Name extends string>(sets: readonly Record<Name, Cost>[]): Record<Name, Cost> {
  const costs = {} as Record<Name, Cost>;
  for (const name of Object.keys(sets[0] ?? {}) as Name[]) {
    const all = (figure: keyof Cost) => sets.flatMap((set) => set[name][figure]);
    costs[name] = { cpuUs: all("cpuUs"), p99: all("p99") };
  }
  return costs;
}

/** What `a` costs more than `b`, round by round. */
export function more(a: readonly number[], b: readonly number[]): Reading {
  return typical(a.map((value, i) => value - (b[i] ?? Number.NaN)));
}

/** The same in percent of what `b` costs. */
export function morePercent(a: readonly number[], b: readonly number[]): Reading {
  return typical(a.map((value, i) => (value / (b[i] ?? Number.NaN) - 1) * 100));
}

/** The middle of what a round cost. */
export function costOf(values: readonly number[]): Reading {
  return { ...typical(values), value: median(values) };
}
