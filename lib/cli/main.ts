#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/**
 * The program `sw-agent`: runs the command that its first argument names.
 *
 * @module
 */

import process from "node:process";
import { CommanderError } from "commander";
import { CliError, EXIT_USAGE } from "./cli_error.ts";
import { createProgram } from "./command_line.ts";
import { addOapCommand } from "./oap.ts";
import { addProfileCommand } from "./profile.ts";
import { addRunCommand } from "./run.ts";

async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  addRunCommand(program);
  addProfileCommand(program);
  addOapCommand(program);
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has written its message. What it knows as wrong is the use.
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    } else if (error instanceof CliError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = error.exitCode;
    } else {
      throw error;
    }
  }
}

await main(process.argv.slice(2));
