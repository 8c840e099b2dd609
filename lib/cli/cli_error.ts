// SPDX-License-Identifier: Apache-2.0

/** What was asked for could not be done. */
export const EXIT_FAILED = 1;

/** Wrong use, as most programs say it. */
export const EXIT_USAGE = 2;

/** Ends the program with its message on standard error. */
export class CliError extends Error {
  readonly exitCode: number;

  /** @param exitCode @default 1 */
  constructor(message: string, exitCode: number = EXIT_FAILED) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
