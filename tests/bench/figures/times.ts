// SPDX-License-Identifier: Apache-2.0
import type { Figure, Measure } from "../figure.ts";
import { biasOf, median, type Reading, typical } from "../statistics.ts";
import { timeBlocks } from "../times.ts";

const REQUESTS = 9;
const PLAN = ["cpu20*5,cpu50*5,cpu100*5,cpu500*2", "wait20*5,wait50*5,wait100*5,wait500*2", "bursts"];
const LENGTHS = [20, 50, 100, 500] as const;

const blocks: [string, Measure][] = LENGTHS.flatMap((ms): [string, Measure][] => [
  [`cpu${ms}`, { title: `error of ${ms} ms on the CPU`, ...(ms >= 40 && { target: "± 5" }) }],
  [`wait${ms}`, { title: `error of a wait of ${ms} ms`, target: "± 1" }],
]);
const biases: [string, Measure][] = LENGTHS.flatMap((ms): [string, Measure][] => [
  [`cpu${ms}Bias`, { title: `bias of ${ms} ms on the CPU (mean ± standard error)` }],
  [`wait${ms}Bias`, { title: `bias of a wait of ${ms} ms (mean ± standard error)` }],
]);

export const times: Figure = {
  name: "times",
  measures: {
    ...Object.fromEntries(blocks),
    ...Object.fromEntries(biases),
    cpu5000: { title: "error of 5 s on the CPU", target: "± 5" },
    wait5000: { title: "error of a wait of 5 s", target: "± 1" },
    bursts: { title: "error of twenty bursts of 4 ms", unit: "%", target: "± 15" },
    whole: { title: "error of the whole request against its span", target: "± 1" },
    counts: { title: "largest error of a count's share", unit: "%", target: "≤ 5" },
    miscounted: { title: "blocks told as none or as several, of 306", unit: "" },
  },
  async measure({ runtime, scale }) {
    const found = await timeBlocks(runtime, PLAN.join(","), Math.max(1, Math.round(REQUESTS * scale)));
    const long = await timeBlocks(runtime, "cpu5000,wait5000", scale >= 1 ? 3 : 1);
    const readings: Record<string, Reading> = {
      cpu5000: typical(long.blocks.cpu5000 ?? []),
      wait5000: typical(long.blocks.wait5000 ?? []),
      bursts: typical(found.bursts),
      whole: typical(found.whole),
      counts: { value: Math.max(...found.counts) },
      miscounted: { value: found.miscounted + long.miscounted },
    };
    for (const [name, errors] of Object.entries(found.blocks)) {
      if (name.startsWith("burst")) continue;
      readings[name] = { ...typical(errors), value: median(errors) };
      readings[`${name}Bias`] = biasOf(errors);
    }
    return readings;
  },
};
