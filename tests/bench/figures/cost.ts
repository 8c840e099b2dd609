// SPDX-License-Identifier: Apache-2.0
import type { Installed } from "../../support/spawn.ts";
import type { Figure } from "../figure.ts";
import {
  type Cost,
  costOf,
  inProcesses,
  joined,
  type LoadInTurn,
  loadInTurn,
  more,
  morePercent,
  roundsOf,
} from "../paired.ts";
import { Session } from "../session.ts";
import type { Reading } from "../statistics.ts";

const APP = "cost.mjs";
/**
 * How a request that does nothing is asked for. A client that has to wait for the server sleeps, and to wake it takes
 * the server 4 to 30 µs a request, which would be told as the agent's, because without one it never sleeps: so it is
 * kept busy. What the engine compiles on other threads is over after some hundred thousand requests.
 */
export const HELLO: Omit<LoadInTurn, "rounds"> = {
  path: "/hello",
  amount: 20_000,
  pipelining: 50,
  warmUp: 150_000,
};
/** Requests that live through the whole measurement, in every app; a task profiles them in one. */
const LONG = 5;

/** What an app does beside its load. */
type App = "absent" | "loaded" | "armed" | "profiling";

export const cost: Figure = {
  name: "cost",
  measures: {
    hello: { title: "CPU of a request that does nothing, without an agent", unit: "µs" },
    tracing: {
      title: "with the agent, a request that does nothing costs more by",
      unit: "µs",
      target: "≤ 6",
      targets: { deno: "≤ 10" },
    },
    work: { title: "CPU of a request that works, without an agent", unit: "µs" },
    loaded: { title: "with the agent, a request that works costs more by", unit: "%" },
    armed: { title: "with a task on another endpoint, more by", unit: "%", target: "≤ 1" },
    profiling: { title: "with five requests being profiled meanwhile, more by", unit: "%", target: "≤ 3" },
    p99: { title: "with these, the 99th percentile is longer by", unit: "%", target: "≤ 5" },
  },
  async measure({ runtime, scale }) {
    const rounds = roundsOf(scale);
    return { ...(await tracing(runtime, rounds)), ...(await underLoad(runtime, rounds)) };
  },
};

async function tracing(runtime: Installed, rounds: number): Promise<Record<string, Reading>> {
  const sets = await inProcesses(async () => {
    await using absent = await Session.open({ runtime, app: APP, preload: "none" });
    await using loaded = await Session.open({ runtime, app: APP });
    return await loadInTurn({ absent, loaded }, { ...HELLO, rounds });
  });
  const { absent, loaded } = joined(sets);
  return { hello: costOf(absent.cpuUs), tracing: more(loaded.cpuUs, absent.cpuUs) };
}

async function underLoad(runtime: Installed, rounds: number): Promise<Record<string, Reading>> {
  const { absent, loaded, armed, profiling } = joined(
    await inProcesses(() => profilingOnce(runtime, rounds)),
  );
  return {
    work: costOf(absent.cpuUs),
    loaded: morePercent(loaded.cpuUs, absent.cpuUs),
    armed: morePercent(armed.cpuUs, loaded.cpuUs),
    profiling: morePercent(profiling.cpuUs, loaded.cpuUs),
    p99: morePercent(profiling.p99, loaded.p99),
  };
}

async function profilingOnce(runtime: Installed, rounds: number): Promise<Record<App, Cost>> {
  await using stack = new AsyncDisposableStack();
  const open = async (preload?: "none") =>
    stack.use(await Session.open({ runtime, app: APP, ...(preload && { preload }) }));
  const apps = {
    absent: await open("none"),
    loaded: await open(),
    armed: await open(),
    profiling: await open(),
  };
  await apps.armed.arm({ endpoint: "GET:/nowhere", duration: 15 });
  await apps.profiling.arm({ endpoint: "GET:/slow", samples: LONG, duration: 15 });
  const long = Object.values(apps).flatMap((app) =>
    Array.from({ length: LONG }, () => app.get("/slow?ms=600000").catch(() => {})),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const costs = await loadInTurn(apps, { path: "/work", amount: 5000, warmUp: 40_000, rounds });
  await stack.disposeAsync();
  await Promise.all(long);
  return costs;
}
