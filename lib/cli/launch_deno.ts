// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";
import type { Launch } from "./launch.ts";

/** Those that run code of the app and load `--preload` first. */
const PRELOADING: readonly string[] = ["run", "test"];

/** Those that do something else than run a file: without any of them Deno runs one. */
const OTHERS: readonly string[] = [
  ...["add", "audit", "bench", "cache", "check", "clean", "compile", "completions", "coverage", "create"],
  ...[
    "deploy",
    "doc",
    "eval",
    "fmt",
    "help",
    "info",
    "init",
    "install",
    "jupyter",
    "lint",
    "lsp",
    "outdated",
  ],
  ...["publish", "remove", "repl", "sandbox", "serve", "task", "types", "uninstall", "update", "upgrade"],
  ...["vendor", "x"],
];

/**
 * Plans how to start Deno with the agent.
 *
 * @param inherited what tells the other runtimes, which a task may start
 */
export function planDeno(
  command: string,
  args: readonly string[],
  agent: URL,
  inherited: Readonly<Record<string, string>>,
): Launch {
  const index = args.findIndex((arg) => !arg.startsWith("-"));
  const subcommand = args[index] ?? "";
  if (OTHERS.includes(subcommand)) {
    return { command, args, env: inherited, notes: [noteFor(subcommand, agent)] };
  }
  const at = PRELOADING.includes(subcommand) ? index + 1 : 0;
  const file = agent.protocol === "file:" ? fileURLToPath(agent) : agent.href;
  return {
    command,
    args: [...args.slice(0, at), "--preload", file, ...args.slice(at)],
    env: {},
    notes: missingPermissions(args.slice(at)),
  };
}

function noteFor(subcommand: string, agent: URL): string {
  switch (subcommand) {
    case "serve":
      return `deno serve does not load the agent: put \`import "${agent.href}";\` first in the served module`;
    case "task":
      return "deno task starts Deno without the agent: put `sw-agent run --` before `deno` in the task itself";
    default:
      return `deno ${subcommand} does not load the agent: run the app by \`deno run\``;
  }
}

/** The agent never asks for a permission, so without these it stays silent. */
function missingPermissions(args: readonly string[]): string[] {
  const script = args.findIndex((arg) => !arg.startsWith("-"));
  const flags = script < 0 ? args : args.slice(0, script);
  const has = (long: string, short: string): boolean =>
    flags.some((flag) => flag.split("=", 1)[0] === long || new RegExp(`^-[A-Za-z]*${short}`).test(flag));
  // A set of permissions of deno.json may grant anything.
  if (has("--allow-all", "A") || has("--permission-set", "P")) return [];
  const missing = [
    ...(has("--allow-net", "N") ? [] : ["--allow-net"]),
    ...(has("--allow-env", "E") ? [] : ["--allow-env"]),
  ];
  if (missing.length === 0) return [];
  return [`Deno does not let the agent report without ${missing.join(" and ")}; -A grants all`];
}
