// SPDX-License-Identifier: Apache-2.0
/** Awaits what a call promises, which is wanted or refused as the argument says, and prints what the tracker asked for. */
import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import type { Flow, Runtime } from "../../lib/runtime/runtime.ts";

const { tracker } = Reflect.get(globalThis, Symbol.for("@sw/agent.contract")) as Runtime;
const { readFile } = await import("node:fs/promises");
const flows = new AsyncLocalStorage<Flow>();
const asked: string[] = [];

async function reading(): Promise<void> {
  await readFile("/etc/hosts");
}

tracker.start({
  current: () => flows.getStore(),
  isWatched: () => true,
  wantsWait(_flow, frequency, source) {
    asked.push(`${frequency} ${source}`);
    return process.argv[2] === "wanted" || frequency !== "task";
  },
  onThread() {},
  onWait() {},
  onFailure(error) {
    throw error;
  },
});
await flows.run({}, reading);
tracker.stop();
process.stdout.write(asked.join("\n"));
