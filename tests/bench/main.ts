// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench -- [NAME…] [--runtime node24,bun] [--scale 0.25] [--write]`: measures, prints one table, and with
 * `--write` puts it into the README. Exits with 1 when a target is missed.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import type { Installed } from "../support/spawn.ts";
import { meets, targetOn } from "./figure.ts";
import { FIGURES } from "./figures.ts";
import { type Results, RUNTIMES, render, writeTable } from "./table.ts";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runtime: { type: "string" },
      scale: { type: "string", default: "1" },
      write: { type: "boolean", default: false },
    },
  });
  const runtimes = (values.runtime?.split(",") ?? RUNTIMES) as Installed[];
  const figures = FIGURES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const known = new Set(FIGURES.map(({ name }) => name));
  const unknown = [
    ...positionals.filter((name) => !known.has(name)),
    ...runtimes.filter((runtime) => !RUNTIMES.includes(runtime)),
  ];
  if (unknown.length > 0 || !(Number(values.scale) > 0)) {
    say(`Unknown: ${unknown.join(", ") || `--scale ${values.scale}`}`);
    say(`Figures: ${[...known].join(", ")}; runtimes: ${RUNTIMES.join(", ")}`);
    return 2;
  }
  const results: Results = {};
  let missed = 0;
  for (const figure of figures) {
    for (const runtime of runtimes) {
      if (figure.runsOn && !figure.runsOn(runtime)) continue;
      say(`--- ${figure.name} on ${runtime}`);
      try {
        const readings = await figure.measure({ runtime, scale: Number(values.scale), say });
        for (const [key, measure] of Object.entries(figure.measures)) {
          const reading = readings[key];
          if (!reading) continue;
          results[figure.name] ??= {};
          const row = results[figure.name] ?? {};
          row[key] = { ...row[key], [runtime]: reading };
          const met = meets(measure, runtime, reading);
          if (met === false) missed++;
          const spread = reading.spread
            ? ` (${reading.spread.map((value) => value.toFixed(3)).join(" … ")})`
            : "";
          const runs = reading.runs ? ` of ${reading.runs}` : "";
          say(
            `${met === false ? "MISS" : "    "} ${measure.title}: ${reading.value.toFixed(3)}${spread}${runs} ${measure.unit ?? "ms"}  ${targetOn(measure, runtime) ?? ""}`,
          );
        }
      } catch (error) {
        missed++;
        say(`Cannot measure ${figure.name} on ${runtime}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  say(`\n${render(figures, results)}`);
  if (values.write) writeTable(FIGURES, results);
  return missed > 0 ? 1 : 0;
}

process.exitCode = await main();
