// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { createJscSampler } from "../../lib/runtime/_jsc_sampler.ts";
import type { CpuSample } from "../../lib/runtime/runtime.ts";

/** As the engine tells it: of optimized code it may know neither the line nor the hash. */
const FRAME = { name: "", sourceID: 1, line: 4_294_967_295, column: 4_294_967_295, location: "" };

/** The codes of the frames that these locations are of. */
async function codesOf(...locations: string[]): Promise<(readonly string[])[]> {
  const batches: (readonly CpuSample[])[] = [];
  const sampler = createJscSampler({
    jsc: () => ({
      samplingProfilerStackTraces: () => ({
        traces: [{ timestamp: 0, frames: locations.map((location) => ({ ...FRAME, location })) }],
        sources: [{ sourceID: 1, url: "/app/main.js" }],
      }),
    }),
    inspector: () => ({
      Session: class {
        connect(): void {}
        disconnect(): void {}
        post(): void {}
      },
    }),
    now: () => 0,
    hasTailCalls: () => false,
    clockOffset: () => 0,
  });
  sampler.start((samples) => void batches.push(samples));
  sampler.resume();
  await sampler.drain();
  sampler.stop();
  return batches[0]?.map(({ frames }) => frames.map(({ code }) => code)) ?? [];
}

describe("a sample of JavaScriptCore", () => {
  test("tells the identity of code by its hash, and none where there is no hash", async () => {
    expect(await codesOf("#BApFzQ:DFG:bc#12", "#<nil>:FTL:bc#0", "")).toEqual([["#BApFzQ", "", ""]]);
  });
});
