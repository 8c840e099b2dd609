// SPDX-License-Identifier: Apache-2.0
import process from "node:process";
import { selectRuntime } from "../../lib/runtime/select.ts";

const native = Bun.RedisClient;
selectRuntime(() => {}).tracker.install();
let said = "nothing";
try {
  said = typeof Bun.redis;
} catch (error) {
  if (error instanceof Error) said = error.message;
}
process.stdout.write(`${Bun.RedisClient === native ? "native" : "wrapped"}, ${said}\n`);
