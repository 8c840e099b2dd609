// SPDX-License-Identifier: Apache-2.0
import { memory as memoryOf } from "../cpu_time.ts";
import type { Figure } from "../figure.ts";
import { sendLoad } from "../load.ts";
import { Session, type SessionOptions } from "../session.ts";
import { median, slope } from "../statistics.ts";

const MINUTES = 2;
/** A task of the backend lasts whole minutes, and the agent watches a request for ten at most. */
const ROUND_MINUTES = 6;
const RATE = 200;
const LONG = 5;
/**
 * Requests at once, long before the task. What they have in use at a time is what an engine makes room for, for good:
 * V8 gives its young generation 64 to 128 MB by them, without an agent. A process that has only served few has all
 * that growth still ahead, and whatever lives longer than its requests brings it about, a recording too.
 */
const CROWD = 256;

interface Point {
  readonly minute: number;
  readonly busy: number;
  readonly quiet: number;
  readonly plain: number;
}

/**
 * A steady load for two minutes, of which a task profiles five requests that last as long; with `--scale 15` for
 * thirty, in five tasks that follow each other.
 */
export const memory: Figure = {
  name: "memory",
  measures: {
    before: { title: "memory before a task", unit: "MB" },
    extra: { title: "more during it", unit: "MB", target: "≤ 30" },
    quiet: {
      title: "more during it, in a process that never served many at once",
      unit: "MB",
      target: "≤ 30",
    },
    live: { title: "more of it in use, after a collection", unit: "MB", target: "≤ 30" },
    slope: { title: "growth while it watches", unit: "MB/min", target: "≤ 0.5" },
    drift: { title: "growth from the second task to the last, of five", unit: "MB/min", target: "≤ 0.5" },
    peak: { title: "more at most, when what it watched is told", unit: "MB" },
    plain: { title: "growth of the same app without the agent", unit: "MB/min" },
  },
  async measure({ runtime, scale, say }) {
    const minutes = MINUTES * Math.max(0.25, scale);
    const rounds = Math.ceil(minutes / ROUND_MINUTES);
    const options: SessionOptions = { runtime, app: "cost.mjs", timeoutMs: minutes * 120_000 + 120_000 };
    await using busy = await Session.open(options);
    await using quiet = await Session.open(options);
    await using plain = await Session.open({ ...options, preload: "none" });
    const load = (duration: number) =>
      Promise.all(
        [busy, quiet, plain].map(({ url }) =>
          sendLoad({ url: `${url}/work`, connections: 4, duration, overallRate: RATE }),
        ),
      );
    await load(10);
    const liveBefore = await busy.get<number>("/live");
    for (const { url } of [busy, plain]) {
      await sendLoad({ url: `${url}/work`, connections: CROWD, duration: 10 });
    }
    await load(10);
    const from = performance.now();
    const look = (): Point => ({
      minute: (performance.now() - from) / 60_000,
      busy: memoryOf(busy.pid),
      quiet: memoryOf(quiet.pid),
      plain: memoryOf(plain.pid),
    });
    const before = look();
    const points: Point[] = [];
    const sampler = setInterval(() => points.push(look()), 1_000);
    using _ = { [Symbol.dispose]: () => clearInterval(sampler) };
    const watching: Point[][] = [];
    let live = Number.NaN;
    for (let round = 0; round < rounds; round++) {
      const ms = (minutes * 60_000) / rounds;
      const task = { endpoint: "GET:/slow", samples: LONG, duration: Math.ceil(ms / 60_000) };
      await Promise.all([busy.arm(task), quiet.arm(task)]);
      const watched = Array.from({ length: 2 * LONG }, (_, i) =>
        (i % 2 === 0 ? busy : quiet).get(`/slow?ms=${ms * 0.9}`),
      );
      const begun = points.length;
      const loaded = load(Math.round(ms / 1_000));
      await new Promise((resolve) => setTimeout(resolve, ms * 0.87));
      watching.push(points.slice(begun + ((points.length - begun) >> 1)));
      // Late, for a collection makes the memory small.
      if (round === rounds - 1) live = await busy.get<number>("/live");
      await Promise.all([loaded, ...watched]);
      say(`     task ${round + 1} of ${rounds}: ${medians(watching.slice(-1), "busy")[0]?.toFixed(1)} MB`);
    }
    const slopes = watching.map((some) => slope(some.map((point) => [point.minute, point.busy])));
    const later = watching.slice(1);
    const times = medians(later, "minute");
    return {
      before: { value: before.busy },
      extra: { value: median(medians(watching, "busy")) - before.busy },
      quiet: { value: median(medians(watching, "quiet")) - before.quiet },
      live: { value: live - liveBefore },
      slope: { value: median(slopes) },
      ...(later.length > 1 && {
        drift: { value: slope(medians(later, "busy").map((value, i) => [times[i] ?? 0, value])) },
      }),
      peak: { value: Math.max(...points.map((point) => point.busy)) - before.busy },
      plain: { value: slope(points.map((point) => [point.minute, point.plain])) },
    };
  },
};

function medians(rounds: readonly (readonly Point[])[], key: keyof Point): number[] {
  return rounds.map((points) => median(points.map((point) => point[key])));
}
