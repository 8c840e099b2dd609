// SPDX-License-Identifier: Apache-2.0
import { expect } from "bun:test";

/**
 * Measures until nothing is off, at most so many times: what breaks a mechanism breaks every time, a busy machine does
 * not. What is off now and then is said all the same, for whoever reads the log.
 *
 * @param measure tells what is off
 */
export async function settled(measure: () => Promise<readonly string[]>, attempts: number): Promise<void> {
  for (let attempt = 1; attempt < attempts; attempt++) {
    const off = await measure();
    if (off.length === 0) return;
    process.stderr.write(
      `measured again, as time ${attempt} of ${attempts} was off:\n  ${off.join("\n  ")}\n`,
    );
  }
  expect(await measure()).toEqual([]);
}
