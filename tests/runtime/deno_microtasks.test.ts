// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { tellMicrotasks } from "../../lib/runtime/_deno_microtasks.ts";

const original = globalThis.queueMicrotask;
afterEach(() => {
  globalThis.queueMicrotask = original;
});

// That the hooks hear of it is a case of the runtime contract, on Deno.
test.each([true, false])(
  "a wrapped queueMicrotask is the runtime's own to the app, hooks on: %p",
  async (isOn) => {
    tellMicrotasks(() => isOn);
    expect(globalThis.queueMicrotask).not.toBe(original);
    expect([globalThis.queueMicrotask.name, globalThis.queueMicrotask.length]).toEqual(["queueMicrotask", 1]);
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    storage.run("context", () => {
      queueMicrotask((...args: unknown[]) => seen.push(storage.getStore(), args.length));
    });
    expect(seen).toEqual([]);
    await Promise.resolve();
    expect(seen).toEqual(["context", 0]);
    const queue = globalThis.queueMicrotask as (callback: unknown) => void;
    expect(() => queue(1)).toThrow(TypeError);
  },
);
