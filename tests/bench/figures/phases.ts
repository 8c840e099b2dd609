// SPDX-License-Identifier: Apache-2.0
import type { Figure } from "../figure.ts";
import { misplacedIn, mostOffIn } from "../phases.ts";
import { typical } from "../statistics.ts";

/** At `--scale 1`, three requests each. */
const TIMES = 3;

export const phases: Figure = {
  name: "phases",
  measures: {
    phases: { title: "requests that do one thing after another: told in another phase", unit: "%" },
    functions: { title: "told in another function within it", unit: "%" },
    pooled: { title: "requests that share connections: the most that a function was off", unit: "%" },
  },
  async measure({ runtime, scale }) {
    const times = Math.min(TIMES, Math.max(1, Math.round(TIMES * scale)));
    const found = await misplacedIn(runtime, times);
    return {
      phases: typical(found.map(({ phases }) => phases * 100)),
      functions: typical(found.map(({ functions }) => functions * 100)),
      pooled: typical((await mostOffIn(runtime, times)).map((off) => off * 100)),
    };
  },
};
