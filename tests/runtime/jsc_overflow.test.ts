// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { run } from "../support/spawn.ts";

/** What becomes of a process on Bun that rejects what nobody handles. */
async function outcome(
  way: string,
): Promise<{ code: number | null; stdout: string; reason: string | undefined }> {
  const { code, stdout, stderr } = await run("bun", "tests/runtime/jsc_overflow_program.ts", { args: [way] });
  return { code, stdout, reason: /^(?:RangeError|error): (.+)$/m.exec(stderr)?.[1] };
}

for (const way of ["for want of stack", "for want of stack, twice"]) {
  test(`an app that rejects ${way} lives on`, async () => {
    expect(await outcome(way)).toEqual({ code: 0, stdout: "alive, 0 listen\n", reason: undefined });
  });
}

for (const [way, reason] of [
  ["for another reason", "another reason"],
  ["for want of stack, unseen", "Maximum call stack size exceeded."],
] as const) {
  test(`an app that rejects ${way} ends as without the agent`, async () => {
    expect(await outcome(way)).toMatchObject({ code: 1, reason });
  });
}

for (const [way, heard] of [
  ["while it listens", "RangeError: Maximum call stack size exceeded."],
  ["for another reason, as it begins to listen", "Error: another reason"],
] as const) {
  test(`an app that rejects ${way} hears of it once`, async () => {
    const stdout = `heard ${heard}\nalive, 1 listen\n`;
    expect(await outcome(way)).toEqual({ code: 0, stdout, reason: undefined });
  });
}
