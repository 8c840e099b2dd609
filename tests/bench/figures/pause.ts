// SPDX-License-Identifier: Apache-2.0
import type { Figure } from "../figure.ts";
import { Session } from "../session.ts";
import { typical } from "../statistics.ts";

const REQUESTS = 9;
const WATCH_MS = 1_200;
/** Nearer to the default of 20 s than what spares the other figures time: each poll is some 2 ms of work. */
const POLL_SECONDS = 5;

export const pause: Figure = {
  name: "pause",
  measures: {
    idle: { title: "longest block without the agent, of 12 s" },
    start: { title: "longest block when a task begins" },
    armed: { title: "longest block while armed, of 12 s" },
    watch: { title: "longest block in and after a watched request, of nine (median)", target: "≤ 1" },
    same: { title: "the same without a task" },
  },
  async measure({ runtime }) {
    const longest = async (app: Session) => Math.max(0, ...(await app.get<number[]>("/blocks")));
    const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const watch = async (app: Session) => {
      const found: number[] = [];
      for (let i = 0; i < REQUESTS; i++) {
        await app.get("/blocks");
        await app.get("/request");
        await settle(WATCH_MS);
        found.push(await longest(app));
      }
      return typical(found);
    };
    await using plain = await Session.open({ runtime, app: "pause.mjs", preload: "none" });
    const env = { SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: String(POLL_SECONDS) };
    await using app = await Session.open({ runtime, app: "pause.mjs", env });
    for (const one of [plain, app]) for (let i = 0; i < 3; i++) await one.get("/request");
    const same = await watch(plain);
    await settle(500);
    await longest(plain);
    await longest(app);
    await app.arm({ endpoint: "GET:/request", samples: REQUESTS });
    const start = await longest(app);
    const profiled = await watch(app);
    await longest(app);
    await longest(plain);
    await settle(12_000);
    return {
      idle: { value: await longest(plain) },
      start: { value: start },
      armed: { value: await longest(app) },
      watch: profiled,
      same,
    };
  },
};
