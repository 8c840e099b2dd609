// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import { createJscTracker, type JscTrackerOptions } from "../../lib/runtime/_jsc_tracker.ts";
import type { AwaitObserver, Flow, Wait, WaitFrequency } from "../../lib/runtime/runtime.ts";
import { ROOT, run } from "../support/spawn.ts";

const flow: Flow = {};
/** Which flow the running code is of. */
const flows = new AsyncLocalStorage<Flow>();

/** Wants the waits that `wanted` says, in their order, and all that follow. */
class Observer implements AwaitObserver {
  readonly asked: string[] = [];
  readonly waits: Wait[] = [];
  readonly #wanted: boolean[];

  constructor(...wanted: boolean[]) {
    this.#wanted = wanted;
  }

  current = (): Flow | undefined => flows.getStore();
  isWatched = (): boolean => true;
  wantsWait = (_: Flow, frequency: WaitFrequency, source: string): boolean => {
    this.asked.push(`${frequency} ${source}`);
    return this.#wanted.shift() ?? true;
  };
  onThread = (): void => {};
  onWait = (_: Flow, wait: Wait): void => void this.waits.push(wait);
  readonly failures: unknown[] = [];
  onFailure = (error: unknown): void => void this.failures.push(error);
}

const options: JscTrackerOptions = {
  now: () => performance.now(),
  promiseStatus: Bun.peek.status,
  rejectionReason: Bun.peek,
};
const tracker = createJscTracker(options);
afterEach(() => tracker.stop());

/** A promise, and what settles it. */
function pending(): { promise: Promise<void>; resolve: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, resolve };
}

/** Awaits a function that awaits `first`, and then `second`. */
function waiting(first: Promise<void>, second: Promise<void>): () => Promise<void> {
  const inner = async (): Promise<void> => {
    await first;
  };
  return async () => {
    await inner();
    await second;
  };
}

/** Lets all microtasks run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a tracker on JavaScriptCore", () => {
  for (const [name, isWanted] of [
    ["what woke the function that registers a wait", true],
    ["nothing where that was not captured, though another function went on before in the same run", false],
  ] as const) {
    test(`tells ${name}`, async () => {
      const first = pending();
      const second = pending();
      const outer = waiting(first.promise, second.promise);
      const observer = new Observer(true, isWanted);
      tracker.start(observer);
      const done = flows.run(flow, outer);
      first.resolve();
      await settled();
      const [innerWait, ...ofOuter] = observer.waits;
      expect(innerWait?.parent).toBeUndefined();
      expect(ofOuter).toHaveLength(isWanted ? 2 : 1);
      expect(ofOuter.at(-1)?.parent).toBe(isWanted ? ofOuter[0] : undefined);
      tracker.stop();
      second.resolve();
      await done;
    });
  }

  test("tells what was registered last in the same run, which an await may be, and nothing of the run before", async () => {
    const first = pending();
    const second = pending();
    const outer = waiting(first.promise, second.promise);
    const observer = new Observer();
    tracker.start(observer);
    const done = flows.run(flow, () => {
      tracker.enter(flow);
      return outer();
    });
    first.resolve();
    await settled();
    const [innerWait, outerWait, next] = observer.waits;
    expect(outerWait?.called).toBe(innerWait);
    expect(next?.called).toBeUndefined();
    tracker.stop();
    second.resolve();
    await done;
  });

  test("asks for a promise that the app makes as such, and has its stack from the function that makes it on", () => {
    const observer = new Observer();
    tracker.start(observer);
    flows.run(flow, () => new Promise<void>((resolve) => resolve()));
    tracker.stop();
    expect(observer.asked).toEqual(["promise new Promise"]);
    expect(observer.waits.map(({ callersOnly }) => callersOnly)).toEqual([false]);
  });
});

test("Bun's clients are loaded as a task starts, once, and by no recording", () => {
  const native = Bun.SQL;
  let made = 0;
  const counted = new Proxy(native, {
    construct(target, args) {
      made++;
      return Reflect.construct(target, args);
    },
  });
  Reflect.set(Bun, "SQL", counted);
  try {
    const fresh = createJscTracker(options);
    fresh.start(new Observer());
    fresh.stop();
    expect(made).toBe(0);
    fresh.prepare();
    fresh.prepare();
    expect(made).toBe(1);
    fresh.start(new Observer());
    fresh.stop();
    expect(made).toBe(1);
  } finally {
    Reflect.set(Bun, "SQL", native);
  }
});

test("what only inherits from promises may be asked for its constructor", () => {
  const observer = new Observer();
  tracker.start(observer);
  const found = flows.run(flow, () => [
    Promise.prototype.constructor,
    Object.create(Promise.prototype).constructor,
  ]);
  tracker.stop();
  expect(found).toEqual([Promise, Promise]);
  expect(observer.failures).toEqual([]);
});

test.each(["wanted", "refused"])(
  "whoever awaits a call that was %s is not asked about once more",
  async (way) => {
    const preload = join(ROOT, "tests/contract/install.ts");
    const { code, stdout, stderr } = await run("bun", "tests/runtime/jsc_refused_program.ts", {
      preload,
      args: [way],
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe("task fs.readFile\n");
  },
);
