// SPDX-License-Identifier: Apache-2.0

import {
  RefType,
  type SegmentObject,
  type SegmentReference,
  type SpanObject,
  SpanType,
} from "../../proto/gen/tracing_pb.ts";
import {
  ENDPOINT_NAME_LIMIT,
  INSTANCE_NAME_LIMIT,
  instanceIdOf,
  SERVICE_NAME_LIMIT,
  serviceIdOf,
} from "./ids.ts";
import type { SpanRef, StoredSegment, StoredSpan } from "./model.ts";

/** Reads a reported segment; `undefined` if it has no span 0, without which the backend cannot store it. */
export function toStoredSegment(message: SegmentObject): StoredSegment | undefined {
  const spans = message.spans.map(toStoredSpan);
  if (!spans.some(({ spanId }) => spanId === 0)) return undefined;
  const serviceId = serviceIdOf(message.service.slice(0, SERVICE_NAME_LIMIT));
  // Of the first span and the entry spans, the last one in the order of the list names the endpoint.
  const named = spans.findLast(({ spanId, type }) => spanId === 0 || type === "Entry");
  const startTime = spans.reduce((time, span) => Math.min(time, span.startTime), Number.POSITIVE_INFINITY);
  const endTime = spans.reduce((time, span) => Math.max(time, span.endTime), 0);
  return {
    traceId: message.traceId,
    segmentId: message.traceSegmentId,
    service: message.service,
    instance: message.serviceInstance,
    serviceId,
    instanceId: instanceIdOf(serviceId, message.serviceInstance.slice(0, INSTANCE_NAME_LIMIT)),
    endpointName: (named?.operationName ?? "").slice(0, ENDPOINT_NAME_LIMIT),
    startTime,
    duration: endTime - startTime,
    isError: spans.some(({ isError }) => isError),
    spans,
  };
}

function toStoredSpan(span: SpanObject): StoredSpan {
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    startTime: Number(span.startTime),
    endTime: Number(span.endTime),
    refs: span.refs.map(toSpanRef),
    operationName: span.operationName,
    peer: span.peer,
    type: SPAN_TYPES[span.spanType] ?? "Local",
    layer: SPAN_LAYERS[span.spanLayer] ?? "Unknown",
    componentId: span.componentId,
    isError: span.isError,
    tags: span.tags.map(({ key, value }) => ({ key, value })),
    logs: span.logs.map(({ time, data }) => ({
      time: Number(time),
      data: data.map(({ key, value }) => ({ key, value })),
    })),
    skipAnalysis: span.skipAnalysis,
  };
}

const SPAN_TYPES: Readonly<Record<number, StoredSpan["type"]>> = {
  [SpanType.Entry]: "Entry",
  [SpanType.Exit]: "Exit",
  [SpanType.Local]: "Local",
};

/** The protocol's names, which are also what the schema shows, by its numbers. */
const SPAN_LAYERS: readonly string[] = ["Unknown", "Database", "RPCFramework", "Http", "MQ", "Cache", "FAAS"];

function toSpanRef(ref: SegmentReference): SpanRef {
  return {
    traceId: ref.traceId,
    parentSegmentId: ref.parentTraceSegmentId,
    parentSpanId: ref.parentSpanId,
    type: ref.refType === RefType.CrossThread ? "CROSS_THREAD" : "CROSS_PROCESS",
  };
}
