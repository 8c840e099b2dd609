// SPDX-License-Identifier: Apache-2.0
/** `npm run generate [-- OUT]`: TypeScript from proto/*.proto, into proto/gen unless told otherwise. Needs no network. */
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

const root = dirname(dirname(import.meta.dirname));
const [out] = process.argv.slice(2);
const buf = join(root, "node_modules/.bin/buf");
const args = ["generate", ...(out ? ["--output", resolve(out)] : [])];
const { status } = spawnSync(buf, args, { cwd: join(root, "proto"), stdio: "inherit" });
process.exitCode = status ?? 1;
