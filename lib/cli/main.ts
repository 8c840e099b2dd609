#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/**
 * The program `sw-agent`: runs the command that its first argument names.
 *
 * @module
 */

import process from "node:process";

/** Runs a command with its own arguments and resolves to the exit code. */
type Command = (argv: readonly string[]) => Promise<number>;

/** The commands; each is loaded only where it is asked for. */
const COMMANDS: Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>> = {
  oap: {
    summary: "run a SkyWalking backend in memory, for development and tests",
    load: async () => (await import("./oap.ts")).main,
  },
};

/** Wrong use, as most programs say it. */
const EXIT_USAGE = 2;

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return await (await command.load())(rest);
  const isHelp = name === "--help" || name === "-h";
  const lines = Object.entries(COMMANDS).map(([key, { summary }]) => `  ${key.padEnd(8)} ${summary}`);
  const usage = `Usage: sw-agent <command> [options]\n\n${lines.join("\n")}\n`;
  if (isHelp) {
    process.stdout.write(usage);
    return 0;
  }
  const reason = name === undefined ? "no command is given" : `there is no command "${name}"`;
  process.stderr.write(`Cannot run: ${reason}\n\n${usage}`);
  return EXIT_USAGE;
}

process.exitCode = await main(process.argv.slice(2));
