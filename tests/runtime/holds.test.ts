// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { Holds } from "../../lib/runtime/_holds.ts";
import type { Flow, Wait } from "../../lib/runtime/runtime.ts";

const flow: Flow = {};
const wait: Wait = {
  at: 0,
  kind: "await",
  dueAt: undefined,
  callersOnly: false,
  trace: {},
  parent: undefined,
};
const push = (holds: Holds, key: unknown, holder?: string) => holds.push(key, flow, wait, wait, holder);

describe("Holds", () => {
  test("say what has the thread, and what had it before", () => {
    const holds = new Holds();
    expect(holds.top.flow).toBeUndefined();
    push(holds, 1);
    holds.push(2, undefined, undefined, undefined, "timer");
    expect({ ...holds.top }).toEqual({
      key: 2,
      flow: undefined,
      wait: undefined,
      origin: undefined,
      holder: "timer",
    });
    expect(holds.pop(2)).toBe(true);
    expect(holds.top).toMatchObject({ key: 1, flow, wait, origin: wait, holder: undefined });
    expect(holds.pop(1)).toBe(true);
    expect(holds.top.flow).toBeUndefined();
  });

  test("let go of what never came back together with what it runs within", () => {
    const holds = new Holds();
    for (const key of [1, 2, 3]) push(holds, key);
    expect(holds.pop(2)).toBe(true);
    expect(holds.top.key).toBe(1);
    expect(holds.pop(3)).toBe(false);
    expect(holds.top.key).toBe(1);
  });

  test("remember a thousand that run within each other, and what is innermost", () => {
    const holds = new Holds();
    for (let key = 1; key <= 1_000; key++) push(holds, key);
    expect(holds.pop(1_000)).toBe(true);
    push(holds, 1_000);
    for (let key = 1_001; key <= 3_000; key++) push(holds, key, `${key}`);
    expect(holds.top).toMatchObject({ key: 3_000, holder: "3000" });
    expect(holds.pop(1_000)).toBe(false);
    expect(holds.pop(3_000)).toBe(true);
    expect(holds.top.key).toBe(999);
    expect(holds.pop(1)).toBe(true);
    expect(holds.top.flow).toBeUndefined();
  });
});
