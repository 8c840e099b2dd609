// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { WaitsById } from "../../lib/runtime/_waits_by_id.ts";
import type { Wait } from "../../lib/runtime/runtime.ts";

function waitAt(at: number): Wait {
  return { at, kind: "setTimeout", dueAt: undefined, callersOnly: false, trace: {}, parent: undefined };
}

test("a wait is known until its resource is gone", () => {
  const waits = new WaitsById();
  const wait = waitAt(1);
  waits.set(1, wait);
  expect([waits.get(1), waits.get(1), waits.get(2)]).toEqual([wait, wait, undefined]);
  waits.delete(1);
  expect(waits.get(1)).toBeUndefined();
});

test("2,000 are kept, and of more the latest", () => {
  const waits = new WaitsById();
  for (let id = 0; id < 2_000; id++) waits.set(id, waitAt(id));
  expect(waits.get(0)?.at).toBe(0);
  waits.set(2_000, waitAt(2_000));
  expect(waits.get(0)).toBeUndefined();
  expect(waits.get(1)?.at).toBe(1);
  expect(waits.get(2_000)?.at).toBe(2_000);
});
