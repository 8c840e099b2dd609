// SPDX-License-Identifier: Apache-2.0
/** Prints what the host tells, as JSON lines. `host.test.ts` runs it on every runtime. */
import { AsyncLocalStorage } from "node:async_hooks";
import { selectRuntime } from "../../lib/runtime/select.ts";

const errors: string[] = [];
const { host, timers, clock, sampler } = selectRuntime((error) => errors.push(String(error)));
const [task] = process.argv.slice(2);

function print(value: object): void {
  // biome-ignore lint/suspicious/noConsole: the program's output
  console.log(JSON.stringify(value));
}

const TASKS: Readonly<Record<string, () => unknown>> = {
  host() {
    print({
      runtime: host.runtime,
      version: host.version,
      pid: host.pid === process.pid,
      cwd: host.cwd,
      set: host.env("SW_TEST_SET"),
      unset: host.env("SW_TEST_UNSET") === undefined,
      hostname: host.hostname(),
      ipv4: host.ipv4(),
      osName: host.osName(),
      sampler: sampler.unavailable(),
      net: ["127.0.0.1:1", "127.0.0.1:2"].map((address) => host.mayConnect(address)),
      source: host.readSource(import.meta.filename, 100_000)?.split("\n", 1)[0],
      noMap: ["/nowhere/at/all.ts", import.meta.filename].every((path) => !host.findSourceMap(path)),
      tooLarge: host.readSource(import.meta.filename, 10) === undefined,
      missing: host.readSource("/nowhere/at/all.ts", 100_000) === undefined,
      folder: host.readSource("/", 100_000_000) === undefined,
    });
    host.writeError("a line for standard error");
  },

  /** Timers fire outside the contexts they were set in, survive their errors, and hold nobody up. */
  async timers() {
    const storage = new AsyncLocalStorage<string>();
    // What an agent's wrapper or a test framework's fake timers would do.
    const nodeTimers = process.getBuiltinModule("node:timers");
    const { setTimeout: original } = nodeTimers;
    let replaced = 0;
    for (const target of [globalThis, nodeTimers]) {
      for (const name of ["setTimeout", "setInterval"]) {
        Reflect.set(target, name, (callback: () => void, ms: number) => {
          replaced++;
          return original(callback, ms);
        });
      }
    }
    const seen: unknown[] = [];
    const fired: string[] = [];
    await storage.run("request", async () => {
      timers.after(1, () => seen.push(storage.getStore() ?? "none"));
      const interval = timers.every(1, () => {
        seen.push(storage.getStore() ?? "none");
        interval.cancel();
      });
      timers.after(-5, () => fired.push("negative"));
      timers.after(2 ** 40, () => fired.push("far"));
      timers.after(1, () => {
        throw new Error("after boom");
      });
      const failing = timers.every(1, () => {
        failing.cancel();
        throw new Error("every boom");
      });
      const cancelled = timers.after(1, () => fired.push("cancelled"));
      cancelled.cancel();
      cancelled.cancel();
      await new Promise<void>((resolve) => original(resolve, 60));
    });
    print({ seen, fired, errors: errors.sort(), replaced });
    timers.after(100_000, () => {});
    timers.every(100_000, () => {});
  },

  /** The flush is awaited though nothing else keeps the process, and leaves the exit code alone. */
  exit() {
    process.exitCode = 7;
    let times = 0;
    host.onExit(async () => {
      times++;
      await new Promise<void>((resolve) => timers.after(40, resolve));
      print({ flushed: times });
    });
    const takeBack = host.onExit(async () => print({ takenBack: true }));
    takeBack();
    host.onExit(() => Promise.reject(new Error("a flush that fails")));
    host.onExit(() => {
      throw new Error("a flush that throws");
    });
  },

  /** `Date.now` is cut: its reading N stands for the range from N to N + 1. */
  clock() {
    const toleranceMs = 0.05;
    const wrong: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      const earliest = Date.now();
      const told = clock.now() + clock.epochOffset();
      const latest = Date.now() + 1;
      if (told < earliest - toleranceMs || told > latest + toleranceMs) wrong.push(told - earliest);
    }
    print({ wrong });
  },
};

await TASKS[task ?? ""]?.();
