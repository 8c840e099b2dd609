// SPDX-License-Identifier: Apache-2.0

import { Command, InvalidArgumentError } from "commander";

/** Creates the program without commands. Wrong use throws what commander throws, after the reason and the usage. */
export function createProgram(): Command {
  const program = new Command("sw-agent")
    .description("An Apache SkyWalking agent for Node, Bun and Deno, and a backend for it.")
    .exitOverride()
    // An app's own options, after `run`, are not ours.
    .enablePositionalOptions()
    .helpOption("-h, --help", "show this")
    .helpCommand(false)
    // Extra arguments are refused below, by name.
    .allowExcessArguments()
    .showHelpAfterError()
    // Help has no colours, so the environment need not be asked for any: Deno may not allow that.
    .configureOutput({ getOutHasColors: () => false, getErrHasColors: () => false })
    .hook("preAction", (_, command) => refuseExtra(command));
  return withCommands(program, "run");
}

/** Makes a command of commands: one of them has to be named. */
export function withCommands(command: Command, does: string): Command {
  return describe(command, does)
    .usage("<command> [options]")
    .argument("[command]")
    .configureHelp({ visibleArguments: () => [] })
    .action((name: string | undefined) => {
      command.error(name === undefined ? "no command is given" : `there is no command "${name}"`);
    });
}

/**
 * Tells what a command does, for its errors.
 *
 * @param does as in "Cannot run the backend: …"
 */
export function describe(command: Command, does: string): Command {
  return command.configureHelp({ visibleArguments: (c) => [...c.registeredArguments] }).configureOutput({
    outputError: (text, write) => write(`Cannot ${does}: ${plain(text)}`),
  });
}

/** Commander's message without what it puts around ours. */
function plain(text: string): string {
  return text.replace(/^error: (?:(?:option|command-argument value) '.*?' .*?is invalid.*?\. )?/s, "");
}

function refuseExtra(command: Command): void {
  const { registeredArguments } = command;
  const extra = command.args[registeredArguments.length];
  if (extra !== undefined && !registeredArguments.at(-1)?.variadic) {
    command.error(`there is one argument too many: "${extra}"`);
  }
}

/** Reads a port; `name` is that of the option. */
export function portOf(name: string): (text: string) => number {
  return (text) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(port <= 65535)) throw new InvalidArgumentError(`${name} is "${text}", not a port from 0 to 65535`);
    return port;
  };
}

/** Reads an integer that is not negative; what more it must be is the backend's to say. */
export function countOf(name: string, least: number = 0): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(count >= least))
      throw new InvalidArgumentError(`${name} is "${text}", not an integer from ${least} on`);
    return count;
  };
}

/** Reads a text that must not be empty. */
export function textOf(name: string): (text: string) => string {
  return (text) => {
    if (text.trim() === "") throw new InvalidArgumentError(`${name} is empty`);
    return text;
  };
}

/** Reads one of several words. */
export function choiceOf<T extends string>(name: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined)
      throw new InvalidArgumentError(`${name} is "${text}", not one of ${choices.join(", ")}`);
    return found;
  };
}
