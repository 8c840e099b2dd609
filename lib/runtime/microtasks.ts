// SPDX-License-Identifier: Apache-2.0

/** Kinds of waits that call back before anything else can have the thread: no time that can be seen passes. */
export const MICROTASKS: ReadonlySet<string> = new Set(["nextTick", "queueMicrotask"]);
