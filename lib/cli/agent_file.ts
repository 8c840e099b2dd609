// SPDX-License-Identifier: Apache-2.0

import { existsSync } from "node:fs";

/**
 * Where the agent is that starts when it is loaded. The built one is preferred, as it runs on Node 20, below
 * `node_modules`, and whatever packages the app has; the sources do where nothing is built.
 *
 * @param module the URL of a module in this folder, or of the built program
 */
export function agentFile(module: string): URL {
  const isBuilt = !module.endsWith(".ts");
  if (isBuilt) return new URL("./agent.js", module);
  const built = new URL("../../dist/agent.js", module);
  return built.protocol === "file:" && existsSync(built) ? built : new URL("../../mod.ts", module);
}
