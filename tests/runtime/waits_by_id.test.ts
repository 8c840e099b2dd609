// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { WaitsById } from "../../lib/runtime/_waits_by_id.ts";
import type { Wait } from "../../lib/runtime/runtime.ts";

const FLOW = {};

function waitAt(at: number): Wait {
  return { at, kind: "setTimeout", dueAt: undefined, callersOnly: false, trace: {}, parent: undefined };
}

test("what a resource was made for is known until it is gone, captured or not", () => {
  const waits = new WaitsById();
  const wait = waitAt(1);
  waits.set(1, FLOW, wait);
  waits.set(2, FLOW, undefined);
  const begun = { flow: FLOW, wait };
  expect([1, 1, 2, 3].map((id) => waits.get(id))).toEqual([
    begun,
    begun,
    { flow: FLOW, wait: undefined },
    undefined,
  ]);
  waits.delete(1);
  expect(waits.get(1)).toBeUndefined();
});

test("2,000 are kept, and of more the latest", () => {
  const waits = new WaitsById();
  for (let id = 0; id < 2_000; id++) waits.set(id, FLOW, waitAt(id));
  expect(waits.get(0)?.wait?.at).toBe(0);
  waits.set(2_000, FLOW, waitAt(2_000));
  expect(waits.get(0)).toBeUndefined();
  expect(waits.get(1)?.wait?.at).toBe(1);
  expect(waits.get(2_000)?.wait?.at).toBe(2_000);
});
