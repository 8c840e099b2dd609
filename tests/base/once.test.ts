// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { once } from "../../lib/base/once.ts";

describe("once", () => {
  test("runs the action once and gives everybody its result", async () => {
    let runs = 0;
    const action = once(async () => ++runs);
    expect(await Promise.all([action(), action()])).toEqual([1, 1]);
    expect(await action()).toBe(1);
  });

  test("remembers a failure, also one thrown at once", async () => {
    let runs = 0;
    const action = once((): Promise<void> => {
      runs++;
      throw new Error("broken");
    });
    for (let call = 0; call < 2; call++) expect(action()).rejects.toThrow("broken");
    await action().catch(() => {});
    expect(runs).toBe(1);
  });

  test("an action that calls itself does not run twice", async () => {
    let runs = 0;
    const action = once(async () => {
      runs++;
      void action();
    });
    await action();
    expect(runs).toBe(1);
  });
});
