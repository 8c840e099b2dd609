// SPDX-License-Identifier: Apache-2.0
/**
 * The bench's programs of accuracy in a quick form. The bounds are far from what noise does and near enough that they
 * break with the mechanism; `MUTATIONS.md` beside this file shows which one catches what.
 */
import { describe, expect, test } from "bun:test";
import { attribute } from "../bench/attribution.ts";
import { waitUnderLoad } from "../bench/held.ts";
import { misplacedIn, mostOffIn } from "../bench/phases.ts";
import { mean, median, quantile } from "../bench/statistics.ts";
import { timeBlocks } from "../bench/times.ts";
import { waitInEveryWay } from "../bench/waits.ts";
import { settled } from "../support/settled.ts";
import type { Installed } from "../support/spawn.ts";

/** What is out of its bounds. */
type Off = readonly string[];

/** How often a measurement is taken before it counts as wrong. */
const ATTEMPTS = 2;
const TIMEOUT_MS = 60_000;

/** What of `figures` is out of its bounds. */
function outside(
  figures: Readonly<Record<string, readonly [value: number, least: number, most: number]>>,
): Off {
  return Object.entries(figures)
    .filter(([, [value, least, most]]) => !(value >= least && value <= most))
    .map(([name, [value, least, most]]) => `${name}: ${value}, not from ${least} to ${most}`);
}

async function offInAttribution(runtime: Installed): Promise<Off> {
  const { burnt, right, wrong, suspended, held } = await attribute(runtime, 1_500);
  return outside({
    "burnt, ms": [burnt, 200, Infinity],
    "wrong, %": [(wrong / burnt) * 100, 0, 1],
    "told as suspended, %": [(suspended / burnt) * 100, 0, 2],
    "right, %": [(right / burnt) * 100, 90, 100],
    "held, in % of what burned": [(held / burnt) * 100, 100, Infinity],
  });
}

/** Kinds of wait whose place and name are known to every runtime. */
const PLAIN = ["timer", "ofSubclass", "timerPromise", "fetching", "microtasks", "all", "bound"];

async function offInWaits(runtime: Installed): Promise<Off> {
  const kinds = await waitInEveryWay(runtime, 3);
  const plain = kinds.filter(({ name }) => PLAIN.includes(name));
  expect(plain).toHaveLength(PLAIN.length);
  return outside(
    Object.fromEntries(
      plain.flatMap(({ name, waited, told, onLine, labelled }) => [
        [`${name}, error in ms`, [told - waited, -3, 3]],
        [`${name}, not on its line, in ms`, [told - onLine, 0, 3]],
        [`${name}, not by its name, in ms`, [told - labelled, 0, 3]],
      ]),
    ),
  );
}

async function offInHeld(runtime: Installed): Promise<Off> {
  const { errors, late, miscounted } = await waitUnderLoad(runtime, 4);
  return outside({
    "went on late by, ms": [mean(late), 0.5, Infinity],
    "error of a wait, mean": [mean(errors), -0.6, 0.6],
    "waits that are off by more than 2 ms, %": [
      (errors.filter((error) => Math.abs(error) > 2).length / errors.length) * 100,
      0,
      10,
    ],
    "waits told as several or none": [miscounted, 0, 3],
  });
}

async function offInTimes(runtime: Installed): Promise<Off> {
  const plan = "cpu50*8,wait20*10,wait50*4,bursts";
  const { blocks, whole, counts, bursts, miscounted } = await timeBlocks(runtime, plan, 3);
  return outside({
    "a block of 50 ms, median error": [median(blocks.cpu50 ?? []), -2.5, 2.5],
    "a wait of 20 ms, bias": [mean(blocks.wait20 ?? []), -1, 1],
    "a wait of 20 ms, lower quartile": [quantile(blocks.wait20 ?? [], 0.25), -2, 2],
    "a wait of 50 ms, bias": [mean(blocks.wait50 ?? []), -1, 1],
    "the whole request": [median(whole), -1, 1],
    "counts, %": [quantile(counts, 0.9), 0, 5],
    "bursts, %": [Math.max(...bursts), -50, 25],
    "blocks told as several or none": [miscounted, 0, 22],
  });
}

async function offInPhases(runtime: Installed): Promise<Off> {
  const found = await misplacedIn(runtime, 1);
  return outside({
    "told in another phase, %": [median(found.map(({ phases }) => phases * 100)), 0, 2],
    "told in another function, %": [median(found.map(({ functions }) => functions * 100)), 0, 3],
  });
}

async function offInPooled(runtime: Installed): Promise<Off> {
  const found = await mostOffIn(runtime, 1);
  return outside({ "the most that a function was off, %": [median(found.map((off) => off * 100)), 0, 4] });
}

/** Every way of following flows (Node 20 and 22 have another than 24) is in each of them. */
const PROGRAMS: readonly (readonly [string, readonly Installed[], (runtime: Installed) => Promise<Off>])[] = [
  ["attribution", ["node22", "bun", "deno"], offInAttribution],
  ["waits", ["node24", "bun", "deno"], offInWaits],
  ["held", ["node20", "node24", "bun", "deno"], offInHeld],
  ["phases", ["node24", "bun", "deno"], offInPhases],
  ["pooled", ["node24", "bun", "deno"], offInPooled],
  ["times", ["node20", "node24", "bun", "deno"], offInTimes],
];

for (const [name, runtimes, measure] of PROGRAMS) {
  describe(name, () => {
    test.each([...runtimes])(
      "is told right on %s",
      (runtime) => settled(() => measure(runtime), ATTEMPTS),
      TIMEOUT_MS,
    );
  });
}
