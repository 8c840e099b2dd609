// SPDX-License-Identifier: Apache-2.0
import { Correlation } from "../../lib/trace/correlation.ts";
import { Segment } from "../../lib/trace/segment.ts";
import { Span, type SpanKind } from "../../lib/trace/span.ts";
import type { SegmentListener } from "../../lib/trace/tracer.ts";
import type { FakeClock } from "./fake_clock.ts";

/** A request as the tracer tells of it: a real segment with one span. */
export interface TestRequest {
  readonly segment: Segment;
  rename(operationName: string): void;
  end(): void;
}

/** Begins requests and tells `listener` what happens to them. */
export function requests(
  clock: FakeClock,
  listener: Pick<SegmentListener, "started" | "renamed" | "ended">,
): (operationName: string, kind?: SpanKind) => TestRequest {
  let count = 0;
  return (operationName, kind = "entry") => {
    const segment = new Segment({
      id: `segment-${++count}`,
      owner: {
        now: () => clock.now(),
        renamed: (renamed) => listener.renamed(renamed),
        spanEnded: (span) => listener.ended(span.segment),
      },
      newTraceId: () => `trace-${count}`,
      startedAt: clock.now(),
      epochOffset: clock.epochOffset(),
      parent: undefined,
      correlation: new Correlation(),
    });
    const span = new Span({ segment, parentId: -1, kind, operationName, startedAt: clock.now() });
    listener.started(segment);
    return {
      segment,
      rename(name) {
        span.operationName = name;
      },
      end: () => span.end(),
    };
  };
}
