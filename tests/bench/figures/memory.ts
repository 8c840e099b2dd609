// SPDX-License-Identifier: Apache-2.0
import { memory as memoryOf } from "../cpu_time.ts";
import type { Figure } from "../figure.ts";
import { sendLoad } from "../load.ts";
import { Session } from "../session.ts";
import { median, slope } from "../statistics.ts";

const MINUTES = 2;
const RATE = 200;
const LONG = 5;

/** A steady load for two minutes (thirty with `--scale 15`), of which a task profiles five requests that last as long. */
export const memory: Figure = {
  name: "memory",
  measures: {
    before: { title: "memory before a task", unit: "MB" },
    extra: { title: "more during it", unit: "MB", target: "≤ 30" },
    live: { title: "more of it in use, after a collection", unit: "MB", target: "≤ 30" },
    slope: { title: "growth while it watches", unit: "MB/min", target: "≤ 0.5" },
    peak: { title: "more at most, when what it watched is told", unit: "MB" },
    plain: { title: "growth of the same app without the agent", unit: "MB/min" },
  },
  async measure({ runtime, scale }) {
    const seconds = MINUTES * 60 * Math.max(0.25, scale);
    await using app = await Session.open({ runtime, app: "cost.mjs", timeoutMs: seconds * 2_000 + 120_000 });
    await using plain = await Session.open({
      runtime,
      app: "cost.mjs",
      preload: "none",
      timeoutMs: seconds * 2_000 + 120_000,
    });
    const load = (duration: number) =>
      Promise.all(
        [app, plain].map(({ url }) =>
          sendLoad({ url: `${url}/work`, connections: 4, duration, overallRate: RATE }),
        ),
      );
    await load(10);
    const liveBefore = await app.get<number>("/live");
    await load(10);
    const before = memoryOf(app.pid);
    await app.arm({ endpoint: "GET:/slow", samples: LONG, duration: 15 });
    const watched = Array.from({ length: LONG }, () => app.get(`/slow?ms=${seconds * 900}`));
    const points: [number, number, number][] = [];
    const sampler = setInterval(() => {
      points.push([points.length / 60, memoryOf(app.pid), memoryOf(plain.pid)]);
    }, 1_000);
    // Late, for a collection makes the memory small.
    const liveDuring = new Promise((resolve) => setTimeout(resolve, seconds * 880)).then(() =>
      app.get<number>("/live"),
    );
    await load(Math.round(seconds));
    clearInterval(sampler);
    await Promise.all(watched);
    const live = await liveDuring;
    const half = points.slice(points.length >> 1, Math.floor(points.length * 0.85));
    return {
      before: { value: before },
      extra: { value: median(half.map(([, ours]) => ours)) - before },
      live: { value: live - liveBefore },
      slope: { value: slope(half.map(([at, ours]) => [at, ours] as const)) },
      peak: { value: Math.max(...points.map(([, ours]) => ours)) - before },
      plain: { value: slope(half.map(([at, , theirs]) => [at, theirs] as const)) },
    };
  },
};
