// SPDX-License-Identifier: Apache-2.0
import type { Figure } from "./figure.ts";
import { attribution } from "./figures/attribution.ts";
import { awaits } from "./figures/awaits.ts";
import { cost } from "./figures/cost.ts";
import { flood } from "./figures/flood.ts";
import { held } from "./figures/held.ts";
import { memory } from "./figures/memory.ts";
import { pause } from "./figures/pause.ts";
import { peers } from "./figures/peers.ts";
import { phases } from "./figures/phases.ts";
import { times } from "./figures/times.ts";
import { waits } from "./figures/waits.ts";

/** What the bench measures, in the order of its table. */
export const FIGURES: readonly Figure[] = [
  attribution,
  waits,
  held,
  phases,
  times,
  cost,
  awaits,
  pause,
  memory,
  flood,
  peers,
];
