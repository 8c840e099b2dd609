// SPDX-License-Identifier: Apache-2.0
import type { Figure } from "../figure.ts";
import { misplacedIn } from "../phases.ts";
import { typical } from "../statistics.ts";

/** At `--scale 1`, three requests each. */
const TIMES = 3;

export const phases: Figure = {
  name: "phases",
  measures: {
    phases: { title: "requests that do one thing after another: told in another phase", unit: "%" },
    functions: { title: "told in another function within it", unit: "%" },
  },
  async measure({ runtime, scale }) {
    const found = await misplacedIn(runtime, Math.min(TIMES, Math.max(1, Math.round(TIMES * scale))));
    return {
      phases: typical(found.map(({ phases }) => phases * 100)),
      functions: typical(found.map(({ functions }) => functions * 100)),
    };
  },
};
