// SPDX-License-Identifier: Apache-2.0
/**
 * How to start an app so that the agent is loaded before it: by a flag where the command is a runtime's own, by
 * the environment where it is something that will start one, such as `npm start`.
 *
 * @module
 */

import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "./cli_error.ts";
import { planDeno } from "./launch_deno.ts";

/** How to start a process. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Set in addition to what the process inherits. */
  readonly env: Readonly<Record<string, string>>;
  /** What the user has to know; a line each. */
  readonly notes: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Plans how to start `command` with the agent.
 *
 * @param agent what is loaded first
 * @param env what the process inherits
 * @throws {CliError} if the agent cannot be loaded from where it is
 */
export function planLaunch(command: readonly string[], agent: URL, env: Environment): Launch {
  const [program = "", ...args] = command;
  const runtime = runtimeOf(program);
  if (runtime !== "deno" && agent.protocol !== "file:") {
    throw new CliError(`Cannot start ${program}: the agent at ${agent} can only be loaded by Deno`);
  }
  switch (runtime) {
    case "node":
      return { command: program, args: ["--import", agent.href, ...args], env: {}, notes: [] };
    case "bun":
      return planBun(program, args, agent, env);
    case "deno":
      return planDeno(program, args, agent, byEnvironment(agent, env));
    default:
      return { command: program, args, env: byEnvironment(agent, env), notes: [] };
  }
}

function runtimeOf(program: string): "node" | "bun" | "deno" | undefined {
  const name = basename(program.replaceAll("\\", "/"))
    .replace(/\.exe$/i, "")
    .toLowerCase();
  if (/^node(?:js)?(?:-?v?\d+)?$/.test(name)) return "node";
  return name === "bun" || name === "deno" ? name : undefined;
}

/**
 * A file is named by its extension or its path. All else that Bun can run (scripts, tests, packages) starts further
 * processes, which take their flags from the environment.
 */
function planBun(program: string, args: readonly string[], agent: URL, env: Environment): Launch {
  // Before `run`, a flag makes Bun print its help.
  const at = args[0] === "run" ? 1 : 0;
  const target = args.slice(at).find((arg) => !arg.startsWith("-")) ?? "";
  if (!/\.[cm]?[jt]sx?$|^\.{0,2}[\\/]/.test(target)) {
    return { command: program, args, env: byEnvironment(agent, env), notes: [] };
  }
  const flags = ["--preload", fileURLToPath(agent)];
  return {
    command: program,
    args: [...args.slice(0, at), ...flags, ...args.slice(at)],
    env: bunSettings(env),
    notes: [],
  };
}

function byEnvironment(agent: URL, env: Environment): Record<string, string> {
  if (agent.protocol !== "file:") return {};
  // Bun takes a path only. Quotes hold an option together, but only around all of it, and in two words it would
  // stand before `run`.
  const preload = `--preload=${fileURLToPath(agent)}`;
  return {
    ...bunSettings(env),
    NODE_OPTIONS: joined(env.NODE_OPTIONS, `--import=${nodeEntry(agent)}`),
    BUN_OPTIONS: joined(env.BUN_OPTIONS, /[\s"']/.test(preload) ? JSON.stringify(preload) : preload),
  };
}

/** Functions that end in `return other()` would be missing in JavaScriptCore's stacks. */
function bunSettings(env: Environment): Record<string, string> {
  return { BUN_JSC_useTailCalls: env.BUN_JSC_useTailCalls ?? "0" };
}

function joined(inherited: string | undefined, own: string): string {
  return inherited === undefined || inherited.trim() === "" ? own : `${inherited} ${own}`;
}

/** Programs on Node that only start the app: as instances of the service they would be of no use. */
const STARTERS =
  "[\\\\/](?:(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack|tsx|nodemon|cross-env|concurrently)(?:-cli)?(?:\\.[cm]?js)?|tsx[\\\\/]dist[\\\\/]cli\\.mjs)$";

/** The agent for a Node of which only the environment is known, which may be one that runs npm. */
function nodeEntry(agent: URL): string {
  const code = `if(!/${STARTERS}/.test(process.argv[1]))await import(${JSON.stringify(agent.href)})`;
  // Encoded, it has nothing at which Node splits its options.
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
