// SPDX-License-Identifier: Apache-2.0
import { createLogger } from "../../lib/log.ts";
import type { Segment } from "../../lib/trace/segment.ts";
import { type SegmentListener, Tracer, type TracerOptions } from "../../lib/trace/tracer.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A tracer by a clock that tests move, and what came out of it. */
export interface TestTracer {
  readonly tracer: Tracer;
  readonly clock: FakeClock;
  readonly finished: Segment[];
  readonly lines: string[];
}

export function testTracer(options: Partial<TracerOptions> = {}): TestTracer {
  const clock = new FakeClock();
  const finished: Segment[] = [];
  const lines: string[] = [];
  const tracer = new Tracer({
    clock,
    timers: clock,
    log: createLogger({ level: "debug", write: (line) => lines.push(line), now: () => clock.now() }),
    service: "shop",
    serviceInstance: "shop@host",
    sink: (segment) => finished.push(segment),
    ...options,
  });
  return { tracer, clock, finished, lines };
}

/** A listener that notes what it is told as `event name`. */
export function notingListener(events: string[]): SegmentListener {
  const note = (event: string) => (segment: Segment) => void events.push(`${event} ${segment.operationName}`);
  return {
    started: note("started"),
    entered: note("entered"),
    left: note("left"),
    renamed: note("renamed"),
    ended: note("ended"),
  };
}

/** The value, which must be there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("Cannot go on: a value is missing");
  return value;
}
