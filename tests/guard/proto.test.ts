// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/spawn.ts";

test("the generated code is what the .proto texts give (else: npm run generate)", () => {
  const fresh = mkdtempSync(join(tmpdir(), "sw-agent-proto-"));
  try {
    const { status, stderr } = spawnSync("node", ["tests/support/generate_proto.mjs", fresh], { cwd: ROOT });
    expect(String(stderr)).toBe("");
    expect(status).toBe(0);
    const read = (folder: string): Record<string, string> =>
      Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
    expect(read(join(ROOT, "proto/gen"))).toEqual(read(join(fresh, "gen")));
  } finally {
    rmSync(fresh, { recursive: true });
  }
});
