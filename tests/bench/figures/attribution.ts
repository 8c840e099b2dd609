// SPDX-License-Identifier: Apache-2.0
import { type Attribution, attribute } from "../attribution.ts";
import type { Figure } from "../figure.ts";
import { sum } from "../statistics.ts";

const REQUEST_MS = 5_000;
const LONG_MS = 20_000;
const RUNS = 22;
const SAMPLE_MS = 5;

export const attribution: Figure = {
  name: "attribution",
  measures: {
    samples: { title: "nine of forty requests on the CPU, in samples", unit: "" },
    wrong: { title: "told as another request's", unit: "%", target: "≤ 0.2", targets: { bun: "≤ 1" } },
    own: { title: "told as the request's own", unit: "%", target: "≥ 99" },
    right: { title: "told in the function that ran", unit: "%", target: "≥ 99" },
    long: { title: "told in the function that ran, requests of 20 s", unit: "%", target: "≥ 99" },
  },
  async measure({ runtime, scale, say }) {
    const runs: Attribution[] = [];
    for (let i = 0; i < Math.ceil(RUNS * scale); i++) runs.push(await attribute(runtime, REQUEST_MS));
    for (const { missed } of runs) say(`ms not in the function that ran: ${JSON.stringify(missed)}`);
    const long = await attribute(runtime, LONG_MS);
    const total = (read: (run: Attribution) => number) => sum(runs.map(read));
    const burnt = total((run) => run.burnt);
    return {
      samples: { value: burnt / SAMPLE_MS },
      wrong: { value: (total(({ wrong }) => wrong) / burnt) * 100 },
      own: { value: (1 - total(({ suspended }) => suspended) / burnt) * 100 },
      right: { value: (total(({ right }) => right) / burnt) * 100 },
      long: { value: (long.right / long.burnt) * 100 },
    };
  },
};
