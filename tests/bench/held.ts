// SPDX-License-Identifier: Apache-2.0
import { Clients } from "../support/clients.ts";
import type { Installed } from "../support/spawn.ts";
import { Session } from "./session.ts";
import { sum } from "./statistics.ts";
import { windowsOf } from "./windows.ts";

const CLIENTS = 10;
const WAIT_MS = 20;
const WAITS = 20;

/** How waits for timers were told of which most went on late. */
export interface HeldWaits {
  /** Of each wait, in milliseconds: what was told as waiting, minus what the timer was set to. */
  readonly errors: readonly number[];
  /** By how much each went on late, in milliseconds. */
  readonly late: readonly number[];
  /** Waits that were told as none or as several. */
  readonly miscounted: number;
}

/** Requests wait for timers, one after the other, while ten clients keep the thread busy in bursts of 4 ms. */
export async function waitUnderLoad(runtime: Installed, requests: number): Promise<HeldWaits> {
  await using session = await Session.open({ runtime, app: "times.mjs" });
  await session.arm({ endpoint: "GET:/times", samples: requests, warm: "/warm?plan=wait20" });
  const others = new Clients(CLIENTS, `${session.url}/other`);
  for (let i = 0; i < requests; i++) await session.get(`/times?plan=wait${WAIT_MS}*${WAITS}`);
  await others.stop();
  const name = `wait${WAIT_MS}`;
  const profiled = await session.profiled<Record<string, readonly number[]>>(requests);
  const told = profiled.map(({ snapshots }) => windowsOf(name, snapshots));
  return {
    errors: told.flat().map(({ waiting }) => waiting - WAIT_MS),
    late: profiled.flatMap(({ answer }) => answer[name] ?? []).map((ms) => ms - WAIT_MS),
    miscounted: sum(told.map(({ length }) => Math.abs(length - WAITS))),
  };
}
