// SPDX-License-Identifier: Apache-2.0
/**
 * Importing this starts the agent, once per process, with the settings of the environment. It has to be the
 * first thing that is loaded: what an app has imported before cannot be traced everywhere.
 *
 * In a worker thread it does nothing: Node's `--import` loads it there, too, and each thread of a pool would be
 * an instance of the service.
 *
 * @example
 * ```ts
 * import "@sw/agent";
 * ```
 *
 * @module
 */

import { startAgent } from "./lib/api.ts";
import { isMainThread } from "./lib/runtime/main_thread.ts";

export { type Agent, type AgentOptions, type Config, startAgent } from "./lib/api.ts";

if (isMainThread()) startAgent();
