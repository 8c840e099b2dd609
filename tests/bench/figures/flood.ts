// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { startCollector } from "../../support/fake_collector.ts";
import { ROOT, start } from "../../support/spawn.ts";
import type { Figure } from "../figure.ts";
import { typical } from "../statistics.ts";

const BATCHES = 40;
const RUNS = 3;
const FLOODED = 40;

interface Flood {
  readonly perSecond: number;
  readonly droppedBefore: number;
  readonly dropped: number;
  readonly told: number;
}

export const flood: Figure = {
  name: "flood",
  measures: {
    perSecond: { title: "snapshots of 35 frames sent a second", unit: "", target: "≥ 5000" },
    lost: { title: "of them lost", unit: "", target: "≤ 0" },
    counted: { title: "at twice the buffer: dropped and not counted", unit: "", target: "≤ 0" },
    told: { title: "lines that tell of it", unit: "", target: "≤ 1" },
    first: { title: "segments without their sequence 0, of 40", unit: "", target: "≤ 0" },
  },
  async measure({ runtime }) {
    const folder = await mkdtemp(join(tmpdir(), "sw-agent-flood-"));
    const outfile = join(folder, "flood.mjs");
    await build({
      entryPoints: [join(ROOT, "tests/bench/flood_app.ts")],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "es2022",
      external: ["bun:*"],
      logLevel: "silent",
    });
    const floods: (Flood & { uncounted: number; missing: number })[] = [];
    try {
      for (let i = 0; i < RUNS; i++) {
        await using collector = await startCollector();
        await using app = start(runtime, outfile, {
          args: [collector.address, `${BATCHES}`],
          timeoutMs: 120_000,
        });
        const flood = await app.line((line) =>
          line.startsWith("{") ? (JSON.parse(line) as Flood) : undefined,
        );
        await app.ended;
        const flooded = collector.snapshots.filter((snapshot) =>
          snapshot.traceSegmentId.startsWith("flood-"),
        );
        const firsts = flooded.filter(({ sequence }) => sequence === 0).length;
        floods.push({
          ...flood,
          uncounted: FLOODED * 1_000 - flooded.length - flood.dropped,
          missing: FLOODED - firsts,
        });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    const worst = (read: (flood: (typeof floods)[number]) => number) => ({
      value: Math.max(...floods.map(read)),
    });
    return {
      perSecond: typical(floods.map(({ perSecond }) => perSecond)),
      lost: worst(({ droppedBefore }) => droppedBefore),
      counted: worst(({ uncounted }) => Math.abs(uncounted)),
      told: worst(({ told }) => told),
      first: worst(({ missing }) => missing),
    };
  },
};
