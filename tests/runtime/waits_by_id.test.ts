// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { WaitsById } from "../../lib/runtime/_waits_by_id.ts";
import type { Wait } from "../../lib/runtime/runtime.ts";

function waitAt(at: number): Wait {
  return { at, kind: "setTimeout", dueAt: undefined, callersOnly: false, trace: {}, parent: undefined };
}

test("what calls back once is let go then, what repeats is not", () => {
  const waits = new WaitsById();
  const once = waitAt(1);
  const repeating = waitAt(2);
  waits.set(1, once, true);
  waits.set(2, repeating, false);
  expect([waits.take(1), waits.take(1)]).toEqual([once, undefined]);
  expect([waits.take(2), waits.take(2)]).toEqual([repeating, repeating]);
  expect(waits.take(3)).toBeUndefined();
});

test("2,000 of either kind are kept, and of more the latest", () => {
  for (const isOnce of [true, false]) {
    const waits = new WaitsById();
    for (let id = 0; id < 2_001; id++) waits.set(id, waitAt(id), isOnce);
    expect(waits.take(0)).toBeUndefined();
    expect(waits.take(1)?.at).toBe(1);
    expect(waits.take(2_000)?.at).toBe(2_000);
  }
});
