// SPDX-License-Identifier: Apache-2.0
/**
 * The agent for code that starts it itself; importing this does nothing yet.
 *
 * @example
 * ```ts
 * import { startAgent } from "@sw/agent/api";
 *
 * const agent = startAgent({ serviceName: "shop", collectorBackendServices: ["oap.example:11800"] });
 * await agent.shutdown();
 * ```
 *
 * @module
 */

export { type Agent, startAgent } from "./agent.ts";
export type { AgentOptions, Config } from "./config.ts";
