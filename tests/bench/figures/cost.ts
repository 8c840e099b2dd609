// SPDX-License-Identifier: Apache-2.0
import type { Figure } from "../figure.ts";
import { costOf, loadInTurn, more, morePercent } from "../paired.ts";
import { Session } from "../session.ts";

const ROUNDS = 12;
/**
 * A client that waits for each answer sleeps when the server is slower than it is, and waking it takes the server up
 * to 30 µs a request: that would be told as the agent's.
 */
export const PIPELINING = 10;
/** Requests that live through the whole measurement, in every app; a task profiles them in one. */
const LONG = 5;

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
    const rounds = Math.max(3, Math.round(ROUNDS * scale));
    await using stack = new AsyncDisposableStack();
    const open = async (preload?: "none") =>
      stack.use(await Session.open({ runtime, app: "cost.mjs", ...(preload && { preload }) }));
    const apps = {
      absent: await open("none"),
      loaded: await open(),
      armed: await open(),
      profiling: await open(),
    };
    const hello = await loadInTurn(
      { absent: apps.absent, loaded: apps.loaded },
      { path: "/hello", amount: 8000, rounds, pipelining: PIPELINING },
    );
    await apps.armed.arm({ endpoint: "GET:/nowhere", duration: 15 });
    await apps.profiling.arm({ endpoint: "GET:/slow", samples: LONG, duration: 15 });
    const long = Object.values(apps).flatMap((app) =>
      Array.from({ length: LONG }, () => app.get("/slow?ms=600000").catch(() => {})),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    const work = await loadInTurn(apps, { path: "/work", amount: 5000, rounds });
    await stack.disposeAsync();
    await Promise.all(long);
    return {
      hello: costOf(hello.absent?.cpuUs),
      tracing: more(hello.loaded?.cpuUs, hello.absent?.cpuUs),
      work: costOf(work.absent?.cpuUs),
      loaded: morePercent(work.loaded?.cpuUs, work.absent?.cpuUs),
      armed: morePercent(work.armed?.cpuUs, work.loaded?.cpuUs),
      profiling: morePercent(work.profiling?.cpuUs, work.loaded?.cpuUs),
      p99: morePercent(work.profiling?.p99, work.loaded?.p99),
    };
  },
};
