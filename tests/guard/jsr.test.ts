// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../support/spawn.ts";

test("Deno checks the types of the package, and would publish it to JSR", () => {
  const { status, stderr } = spawnSync(
    join(ROOT, "node_modules/.bin/deno"),
    ["publish", "--dry-run", "--allow-dirty"],
    { cwd: ROOT, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  expect(stderr.slice(-2_000)).toEndWith("Success Dry run complete\n");
  expect(status).toBe(0);
}, 120_000);
