// SPDX-License-Identifier: Apache-2.0
import type { Figure } from "../figure.ts";
import { sum, typical } from "../statistics.ts";
import { waitInEveryWay } from "../waits.ts";

const REQUESTS = 9;
/** Nearly all of what these take is on the CPU. */
const BUSY: readonly string[] = ["immediates", "childProcess"];
const NEAR = 1.5;

export const waits: Figure = {
  name: "waits",
  measures: {
    own: { title: "suspended time below the function that waits and its callers", unit: "%", target: "≥ 99" },
    onLine: { title: "at the line that waits", unit: "%", target: "≥ 95" },
    labelled: { title: "by what it waits for", unit: "%", target: "≥ 95" },
    error: { title: "error of a kind of wait (median of the kinds)", target: "± 1" },
  },
  async measure({ runtime, say }) {
    const kinds = (await waitInEveryWay(runtime, REQUESTS)).filter(({ name }) => !BUSY.includes(name));
    // A wait told longer than it was has what belongs to another.
    const share = (told: (kind: (typeof kinds)[number]) => number) => ({
      value:
        (sum(kinds.map((kind) => Math.min(told(kind), kind.waited))) / sum(kinds.map((k) => k.waited))) * 100,
    });
    for (const { name, waited, told, onLine, labelled, leaves } of kinds) {
      const isRight = [told, onLine, labelled].every((ms) => Math.abs(ms - waited) <= NEAR);
      if (!isRight) say(`${name}, ${waited.toFixed(1)} ms: ${leaves.join("; ") || "nothing"}`);
    }
    return {
      own: share(({ told }) => told),
      onLine: share(({ onLine }) => onLine),
      labelled: share(({ labelled }) => labelled),
      error: typical(kinds.map(({ told, waited }) => told - waited)),
    };
  },
};
