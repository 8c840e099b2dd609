// SPDX-License-Identifier: Apache-2.0
import type { Installed } from "../../support/spawn.ts";
import { cpuTime } from "../cpu_time.ts";
import type { Figure } from "../figure.ts";
import { costOf, inProcesses, morePercent } from "../paired.ts";
import { Session } from "../session.ts";

const REQUESTS = 9;
const SETTLE_MS = 400;

/** What one request took in milliseconds, and its CPU time until all is sent. */
interface Taken {
  readonly ms: number;
  readonly cpu: number;
}

type Pair = Readonly<Record<"plain" | "profiled", Taken>>;

/** A request of 5,000 awaits, profiled in one app and not in the other; in turn, CPU time until all is sent. */
export const awaits: Figure = {
  name: "awaits",
  measures: {
    base: { title: "a request with 5,000 awaits" },
    request: { title: "profiled, longer by", unit: "%", target: "≤ 10" },
    cpu: { title: "profiled, CPU with what is built and sent after it, more by", unit: "%" },
  },
  async measure({ runtime }) {
    const pairs = (await inProcesses(() => pairsOf(runtime))).flat();
    const column = (app: "plain" | "profiled", what: "ms" | "cpu") => pairs.map((pair) => pair[app][what]);
    return {
      base: costOf(column("plain", "ms")),
      request: morePercent(column("profiled", "ms"), column("plain", "ms")),
      cpu: morePercent(column("profiled", "cpu"), column("plain", "cpu")),
    };
  },
};

async function pairsOf(runtime: Installed): Promise<Pair[]> {
  await using plain = await Session.open({ runtime, app: "cost.mjs" });
  await using profiled = await Session.open({ runtime, app: "cost.mjs" });
  for (let i = 0; i < 4; i++) for (const app of [plain, profiled]) await app.get("/awaits");
  await profiled.arm({ endpoint: "GET:/awaits", samples: REQUESTS });
  const ask = async (app: Session): Promise<Taken> => {
    const before = cpuTime(app.pid);
    const { ms } = await app.get<{ ms: number }>("/awaits");
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { ms, cpu: cpuTime(app.pid) - before };
  };
  const pairs: Pair[] = [];
  for (let i = 0; i < REQUESTS; i++) pairs.push({ plain: await ask(plain), profiled: await ask(profiled) });
  return pairs;
}
