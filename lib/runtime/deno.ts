// SPDX-License-Identifier: Apache-2.0
import { tellScopes } from "./_async_scopes.ts";
import { createClock, processClocks } from "./_clock.ts";
import { narrowingOffset } from "./_clock_offset.ts";
import { tellMicrotasks } from "./_deno_microtasks.ts";
import { type Access, createHost } from "./_host.ts";
import { createSocketReads } from "./_sockets.ts";
import { type FindSourceMap, MappedFrame } from "./_source_map.ts";
import { createV8StackReader } from "./_stack_reader.ts";
import { createTimers } from "./_timers.ts";
import type { PromiseHooks } from "./_v8_hooks.ts";
import { createV8Sampler } from "./_v8_sampler.ts";
import { createV8Tracker } from "./_v8_tracker.ts";
import type { AwaitTracker, Runtime } from "./runtime.ts";

/** The part of the global `Deno` that is used. */
interface DenoGlobal {
  readonly version: { readonly deno: string };
  readonly permissions: { querySync(access: Access): { readonly state: string } };
}

/**
 * Deno 2.9.6 or newer.
 *
 * @param onTimerError is told what a timer's callback threw
 */
export function denoRuntime(onTimerError: (error: unknown) => void): Runtime {
  const clock = createClock(processClocks());
  const { now } = clock;
  const deno: DenoGlobal = Reflect.get(globalThis as object, "Deno");
  // What is not granted would be asked for on a terminal, with the app standing still: so it is never tried.
  const isGranted = (access: Access) => deno.permissions.querySync(access).state === "granted";
  const findSourceMap = process.getBuiltinModule("node:module").findSourceMap as FindSourceMap;
  return {
    clock,
    timers: createTimers(onTimerError),
    host: createHost({ runtime: "deno", version: deno.version.deno, isGranted }),
    sampler: createV8Sampler({
      now,
      inspector: () => process.getBuiltinModule("node:inspector"),
      unavailable: () =>
        isGranted({ name: "sys", kind: "inspector" }) ? undefined : "Deno runs without --allow-sys",
      toClock: narrowingOffset(),
      frameAt: (callFrame, file) => new MappedFrame(callFrame, file, findSourceMap),
    }),
    tracker: createTracker(now),
    stacks: createV8StackReader(false),
  };
}

function createTracker(now: () => number): AwaitTracker {
  const tracker = createV8Tracker({
    now,
    asyncHooks: process.getBuiltinModule("node:async_hooks"),
    promiseHooks: process.getBuiltinModule("node:v8").promiseHooks as unknown as PromiseHooks,
    currentResource: undefined,
  });
  const reads = createSocketReads({ began: tracker.calls, ended: () => tracker.calls(undefined) });
  let isOn = false;
  return {
    ...tracker,
    install: () => tellMicrotasks(() => isOn),
    prepare: () => tellScopes(tracker.scopes),
    start(observer) {
      isOn = true;
      tracker.start(observer);
      reads.start();
    },
    stop() {
      isOn = false;
      tracker.stop();
      reads.stop();
    },
  };
}
