// SPDX-License-Identifier: Apache-2.0
/** Random requests, stacks, tasks and conditions: what the embedded backend makes of them, and a real one. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { ROOT, run } from "../support/spawn.ts";
import { type RealOap, startRealOap } from "./real_oap.ts";

let real: RealOap;
beforeAll(async () => {
  real = await startRealOap();
}, 120_000);
afterAll(() => real?.[Symbol.asyncDispose]());

for (const seed of ["1", "7"]) {
  test(`both answer the same, for seed ${seed}`, async () => {
    const { stdout, stderr, code } = await run("bun", join(ROOT, "tests/oap/real_oap_parity.ts"), {
      args: ["--grpc", real.grpc, "--graphql", real.client.url, "--seed", seed],
      timeoutMs: 200_000,
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(new RegExp(`^seed ${seed}: \\d{3} compared, 0 different\n$`));
    expect(code).toBe(0);
  }, 210_000);
}
