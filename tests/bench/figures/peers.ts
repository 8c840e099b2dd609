// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { ROOT } from "../../support/spawn.ts";
import type { Figure } from "../figure.ts";
import { costOf, inProcesses, joined, loadInTurn, more, roundsOf } from "../paired.ts";
import { Session } from "../session.ts";
import { HELLO } from "./cost.ts";

/** The others beside ours, on a request that does nothing: all of them loaded before the same app. */
export const peers: Figure = {
  name: "peers",
  runsOn: (runtime) => runtime.startsWith("node"),
  measures: {
    base: { title: "CPU of a request that does nothing, without an agent", unit: "µs" },
    ours: { title: "with this agent, more by", unit: "µs" },
    skywalking: { title: "with skywalking-backend-js", unit: "µs" },
    opentelemetry: { title: "with OpenTelemetry, nothing exported", unit: "µs" },
    datadog: { title: "with @datadog/pprof profiling at 10 ms, no tracing", unit: "µs" },
    ratio: { title: "ours, as a share of skywalking-backend-js", unit: "%", target: "≤ 20" },
  },
  async measure({ runtime, scale }) {
    const sets = await inProcesses(async () => {
      await using stack = new AsyncDisposableStack();
      const open = async (preload?: string) =>
        stack.use(await Session.open({ runtime, app: "cost.mjs", ...(preload && { preload }) }));
      const peer = (name: string) => open(join(ROOT, "tests/bench/peers", `${name}.mjs`));
      const apps = {
        absent: await open("none"),
        ours: await open(),
        skywalking: await peer("skywalking"),
        opentelemetry: await peer("opentelemetry"),
        datadog: await peer("datadog_pprof"),
      };
      return await loadInTurn(apps, { ...HELLO, rounds: roundsOf(scale) });
    });
    const costs = joined(sets);
    const than = (name: keyof typeof costs) => more(costs[name].cpuUs, costs.absent.cpuUs);
    return {
      base: costOf(costs.absent.cpuUs),
      ours: than("ours"),
      skywalking: than("skywalking"),
      opentelemetry: than("opentelemetry"),
      datadog: than("datadog"),
      ratio: { value: (than("ours").value / than("skywalking").value) * 100 },
    };
  },
};
