// SPDX-License-Identifier: Apache-2.0
/**
 * What the backend stores. Plain data: it can be serialized as it is, and nothing of it comes from a
 * protocol or query library. Times are milliseconds since 1970, durations milliseconds unless told otherwise.
 *
 * @module
 */

/** A name and a value. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** A link from a segment's span to the span that caused it. */
export interface SpanRef {
  readonly traceId: string;
  readonly parentSegmentId: string;
  readonly parentSpanId: number;
  readonly type: "CROSS_PROCESS" | "CROSS_THREAD";
}

/** Something a span logged. */
export interface SpanLog {
  readonly time: number;
  readonly data: readonly KeyValue[];
}

/** A span as its agent reported it. */
export interface StoredSpan {
  readonly spanId: number;
  readonly parentSpanId: number;
  readonly startTime: number;
  readonly endTime: number;
  readonly refs: readonly SpanRef[];
  readonly operationName: string;
  readonly peer: string;
  readonly type: "Entry" | "Exit" | "Local";
  readonly layer: string;
  readonly componentId: number;
  readonly isError: boolean;
  readonly tags: readonly KeyValue[];
  readonly logs: readonly SpanLog[];
  readonly skipAnalysis: boolean;
}

/** A segment with at least the span 0. */
export interface StoredSegment {
  readonly traceId: string;
  readonly segmentId: string;
  /** The names as reported, which the spans show. */
  readonly service: string;
  readonly instance: string;
  /** The ids of the names as the backend stores them, cut to its limits. */
  readonly serviceId: string;
  readonly instanceId: string;
  readonly endpointName: string;
  readonly startTime: number;
  readonly duration: number;
  readonly isError: boolean;
  readonly spans: readonly StoredSpan[];
}

/** One stack of a profiled segment. */
export interface Snapshot {
  readonly taskId: string;
  readonly segmentId: string;
  readonly time: number;
  readonly sequence: number;
  /** Code signatures, root first. */
  readonly stack: readonly string[];
}

/** What an operator asks to be profiled. */
export interface TaskRequest {
  readonly serviceId: string;
  readonly endpointName: string;
  /** Nothing, 0 or less is now. */
  readonly startTime: number | undefined;
  /** Minutes. */
  readonly duration: number;
  readonly minDurationThreshold: number;
  readonly dumpPeriod: number;
  readonly maxSamplingCount: number;
}

/** A task that was accepted. */
export interface Task extends TaskRequest {
  readonly id: string;
  readonly startTime: number;
  readonly createTime: number;
}

/** Something that happened to a task at an instance. */
export interface TaskLog {
  readonly taskId: string;
  readonly instanceId: string;
  readonly operationType: "NOTIFIED" | "EXECUTION_FINISHED";
  readonly operationTime: number;
}

/** A service that was seen. */
export interface Service {
  readonly id: string;
  readonly name: string;
  readonly layers: readonly string[];
}

/** An instance of a service, with what it told about itself. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly serviceId: string;
  readonly properties: readonly KeyValue[];
}

/** An endpoint that a service offers. */
export interface Endpoint {
  readonly id: string;
  readonly name: string;
  readonly serviceId: string;
}
