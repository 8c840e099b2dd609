// SPDX-License-Identifier: Apache-2.0

import { componentNameOf } from "../components.ts";
import type { KeyValue, SpanLog, SpanRef, StoredSegment, StoredSpan } from "../model.ts";
import type { Store } from "../store.ts";
import type { Resolvers } from "./resolver.ts";

/** A span as the schema shows it, in a trace and in a profiled request. */
export interface SpanView {
  readonly traceId: string;
  readonly segmentId: string;
  readonly spanId: number;
  readonly parentSpanId: number;
  readonly refs: readonly SpanRef[];
  readonly serviceCode: string;
  readonly serviceInstanceName: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly endpointName: string;
  readonly type: string;
  readonly peer: string;
  readonly component: string;
  readonly isError: boolean;
  readonly layer: string;
  readonly tags: readonly KeyValue[];
  readonly logs: readonly SpanLog[];
  /** What other tools saw of the span; nobody reports such here. */
  readonly attachedEvents: readonly never[];
}

/** Answers what is in a trace: its spans by segment, the segment that began first in front. */
export function traceResolvers(store: Store): Resolvers {
  const queryTrace = ({ traceId }: { traceId: string }) => ({
    spans: store
      .trace(traceId)
      .toSorted((a, b) => a.startTime - b.startTime)
      .flatMap((segment) => segment.spans.map((span) => toSpanView(segment, span))),
  });
  // There is one stage here, whatever newer clients know of.
  return { queryTrace, queryTraceFromColdStage: queryTrace };
}

/** A span as the schema shows it; its endpoint is the operation's name, never cut. */
export function toSpanView(segment: StoredSegment, span: StoredSpan): SpanView {
  return {
    traceId: segment.traceId,
    segmentId: segment.segmentId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    refs: span.refs,
    serviceCode: segment.service,
    serviceInstanceName: segment.instance,
    startTime: span.startTime,
    endTime: span.endTime,
    endpointName: span.operationName,
    type: span.type,
    peer: span.peer,
    component: componentNameOf(span.componentId),
    isError: span.isError,
    layer: span.layer,
    tags: span.tags,
    logs: span.logs,
    attachedEvents: [],
  };
}
