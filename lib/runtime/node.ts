// SPDX-License-Identifier: Apache-2.0
import { tellScopes } from "./_async_scopes.ts";
import { createClock, processClocks } from "./_clock.ts";
import { clockOffset } from "./_clock_offset.ts";
import { createHost } from "./_host.ts";
import { createV8StackReader } from "./_stack_reader.ts";
import { createTimers } from "./_timers.ts";
import type { PromiseHooks } from "./_v8_hooks.ts";
import { createV8Sampler, type V8CallFrame } from "./_v8_sampler.ts";
import { createV8Tracker } from "./_v8_tracker.ts";
import type { Frame, Runtime } from "./runtime.ts";

/** From here on a context is V8's own, which its hooks see right, and at less cost than `async_hooks` (node.md §2). */
const PROMISE_HOOKS_SINCE = 24;

/**
 * Node 20.16 or newer.
 *
 * @param onTimerError is told what a timer's callback threw
 */
export function nodeRuntime(onTimerError: (error: unknown) => void): Runtime {
  const clock = createClock(processClocks());
  const { now } = clock;
  const version = process.versions.node;
  const isModern = Number.parseInt(version, 10) >= PROMISE_HOOKS_SINCE;
  const { promiseHooks } = process.getBuiltinModule("node:v8");
  const asyncHooks = process.getBuiltinModule("node:async_hooks");
  const tracker = createV8Tracker({
    now,
    asyncHooks,
    promiseHooks: isModern ? (promiseHooks as unknown as PromiseHooks) : undefined,
    currentResource: asyncHooks.executionAsyncResource,
  });
  let offset: number | undefined;
  return {
    clock,
    timers: createTimers(onTimerError),
    host: createHost({
      runtime: "node",
      version,
      isGranted: () => true,
      findSourceMap: process.getBuiltinModule("node:module").findSourceMap,
    }),
    sampler: createV8Sampler({
      now,
      inspector: () => process.getBuiltinModule("node:inspector"),
      unavailable: whyNoInspector,
      toClock(startTimeMs) {
        offset ??= clockOffset(now, () => Number(process.hrtime.bigint()) / 1e6);
        return startTimeMs - offset;
      },
      frameAt,
    }),
    tracker: isModern ? { ...tracker, prepare: () => tellScopes(tracker.scopes) } : tracker,
    stacks: createV8StackReader(true),
  };
}

/** Node's permission model takes the inspector away, and some builds come without it. */
function whyNoInspector(): string | undefined {
  if (!process.features.inspector) return "this Node is built without the inspector";
  const permission: { has(scope: string): boolean } | undefined = Reflect.get(process, "permission");
  return permission && !permission.has("inspector") ? "--permission without --allow-inspector" : undefined;
}

function frameAt(callFrame: V8CallFrame, file: string): Frame {
  const line = Math.max(0, callFrame.lineNumber + 1);
  return {
    name: callFrame.functionName,
    file,
    line,
    column: Math.max(0, callFrame.columnNumber + 1),
    declaredLine: line,
    isAsync: false,
    code: "",
  };
}
