// SPDX-License-Identifier: Apache-2.0

const STDERR = 2;

/**
 * Writes one line to standard error. Never throws; what cannot be written is lost.
 *
 * It goes past `process.stderr`, which for a closed pipe would end the app with an unhandled "error" event.
 */
export function writeStandardError(line: string): void {
  try {
    // Taken with each call: this has to work, too, where the agent refuses to start because it is missing.
    const fs = process.getBuiltinModule?.("node:fs");
    if (fs) fs.writeSync(STDERR, `${line}\n`);
    else process.stderr.write(`${line}\n`);
  } catch {
    // There is nowhere else to write to.
  }
}
