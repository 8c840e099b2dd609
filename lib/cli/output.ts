// SPDX-License-Identifier: Apache-2.0

import { writeFile } from "node:fs/promises";
import process from "node:process";
import { CliError, EXIT_USAGE, messageOf } from "./cli_error.ts";
import { cut, plainText } from "./text.ts";

/**
 * Writes a result to a file, or to standard output, and resolves when it is there.
 *
 * @throws {CliError} if it cannot be written
 */
export async function writeResult(result: string | Uint8Array, file: string | undefined): Promise<void> {
  if (file !== undefined) {
    try {
      await writeFile(file, result);
    } catch (error) {
      throw new CliError(`Cannot write ${file}: ${messageOf(error)}`);
    }
    return;
  }
  await new Promise<void>((resolve) => {
    // Whoever reads it may stop, as `head` does: then there is nothing left to say.
    process.stdout.once("error", () => resolve());
    process.stdout.write(result, () => resolve());
  });
}

/**
 * Refuses to write what no terminal can show, before anything is done for it.
 *
 * @throws {CliError} as wrong use
 */
export function refuseBinary(format: string, file: string | undefined): void {
  if (format === "pprof" && file === undefined && process.stdout.isTTY) {
    throw new CliError("Cannot write pprof to a terminal: it is binary; name a file by --output", EXIT_USAGE);
  }
}

/**
 * Tells on standard error how far something is: in one line that changes, or where that is no terminal, or others
 * write there meanwhile, in a line for each step.
 */
export class Progress {
  readonly #isLive: boolean;
  #last = "";
  #isOpen = false;

  /** @param isShared whether others write to standard error meanwhile */
  constructor(isShared: boolean = false) {
    this.#isLive = process.stderr.isTTY === true && !isShared;
  }

  /**
   * Tells the state of things.
   *
   * @param moving what changes all the time; only a line that changes shows it
   */
  update(state: string, moving: string = ""): void {
    if (this.#isLive) {
      this.#isOpen = true;
      const line = plainText(moving === "" ? state : `${state}, ${moving}`);
      process.stderr.write(`\r\x1b[K${cut(line, (process.stderr.columns || 80) - 1)}`);
    } else if (state !== this.#last) {
      process.stderr.write(`${plainText(state)}\n`);
    }
    this.#last = state;
  }

  /** Leaves the line, so that others can write. */
  end(): void {
    if (this.#isOpen) process.stderr.write("\n");
    this.#isOpen = false;
  }
}
