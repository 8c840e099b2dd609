// SPDX-License-Identifier: Apache-2.0
// Before all others: here begins the agent's own code.
import "./runtime/own_bounds.ts";

import { uniqueInstanceName } from "./_instance.ts";
import { startServices } from "./_services.ts";
import { type AgentOptions, loadConfig } from "./config.ts";
import { createLogger, type Logger } from "./log.ts";
import { endOwnCode } from "./runtime/own_bounds.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { selectRuntime } from "./runtime/select.ts";
import { writeStandardError } from "./runtime/standard_error.ts";

/** The agent of this process. */
export interface Agent {
  /** False where the agent is switched off, could not start, or was shut down: then it does nothing. */
  readonly isRunning: boolean;
  /**
   * Ends tracing and profiling for good, and sends what is left, for two seconds at most; the app runs on
   * untraced. Idempotent; never rejects.
   */
  shutdown(): Promise<void>;
}

/** Where the agent of this process is found by a second copy of its code: the built one beside the sources, say. */
const KEY: unique symbol = Symbol.for("@sw/agent");

const IDLE: Agent = Object.freeze({ isRunning: false, shutdown: () => Promise.resolve() });

/**
 * Starts the agent of this process, or returns the one that there is already, whose options stay as they are.
 * What fails is told in one line on standard error, and the app runs without the agent.
 *
 * @throws {TypeError} if an option is unknown or has a bad value
 */
export function startAgent(options: AgentOptions = {}): Agent {
  const present: unknown = Reflect.get(globalThis, KEY);
  if (present !== undefined) return present as Agent;

  let log: Logger | undefined;
  let runtime: Runtime;
  try {
    runtime = selectRuntime((error) =>
      log?.throttled("timer", "error", () => `Cannot go on in a timer: ${error}`),
    );
  } catch (error) {
    writeStandardError(`[sw-agent] ERROR ${messageOf(error)}`);
    return register(IDLE);
  }
  const { host, clock } = runtime;
  const { config, problems } = loadConfig(options, host.env, uniqueInstanceName(host));
  if (config.disable) return IDLE;

  log = createLogger({ level: config.loggingLevel, write: host.writeError, now: clock.now });
  for (const problem of problems) log.warn(problem);
  try {
    const services = startServices(runtime, config, log);
    return register({
      get isRunning() {
        return services.isRunning;
      },
      shutdown: services.shutdown,
    });
  } catch (error) {
    log.error(() => `Cannot start: ${messageOf(error)}; the app runs without the agent`);
    return register(IDLE);
  }
}

function register(agent: Agent): Agent {
  Object.defineProperty(globalThis, KEY, { value: agent });
  return agent;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

endOwnCode(() => new Error());
