// SPDX-License-Identifier: Apache-2.0
import { createClock, processClocks } from "./_clock.ts";
import { createHost } from "./_host.ts";
import { jscClockOffset } from "./_jsc_clock.ts";
import { createJscSampler, type JscInspectorModule, type JscModule } from "./_jsc_sampler.ts";
import { createJscTracker, type JscTrackerOptions } from "./_jsc_tracker.ts";
import { createJscStackReader } from "./_stack_reader.ts";
import { createTimers } from "./_timers.ts";
import type { Runtime } from "./runtime.ts";

/** The part of the global `Bun` that is used. */
interface BunGlobal {
  readonly version: string;
  readonly peek: {
    (promise: unknown): unknown;
    readonly status: JscTrackerOptions["promiseStatus"];
  };
}

/**
 * Bun 1.4.5 or newer.
 *
 * @param onTimerError is told what a timer's callback threw
 */
export function bunRuntime(onTimerError: (error: unknown) => void): Runtime {
  const clock = createClock(processClocks());
  const { now } = clock;
  const bun: BunGlobal = Reflect.get(globalThis as object, "Bun");
  const host = createHost({ runtime: "bun", version: bun.version, isGranted: () => true });
  return {
    clock,
    timers: createTimers(onTimerError),
    host,
    sampler: createJscSampler({
      now,
      hasTailCalls: () => host.env("BUN_JSC_useTailCalls") !== "0",
      inspector: () => process.getBuiltinModule("node:inspector") as unknown as JscInspectorModule,
      jsc: () => process.getBuiltinModule("bun:jsc") as unknown as JscModule,
      clockOffset: () => jscClockOffset(now, process.platform),
    }),
    tracker: createJscTracker({ now, promiseStatus: bun.peek.status, rejectionReason: bun.peek }),
    stacks: createJscStackReader(),
  };
}
