// SPDX-License-Identifier: Apache-2.0
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type ThreadSnapshot as SnapshotMessage,
  ThreadSnapshotSchema,
  ThreadStackSchema,
} from "../../proto/gen/profile_pb.ts";
import {
  type SegmentReference as ReferenceMessage,
  RefType,
  type SegmentObject,
  SegmentObjectSchema,
  SegmentReferenceSchema,
  SpanLayer,
  type SpanObject,
  SpanObjectSchema,
  SpanType,
} from "../../proto/gen/tracing_pb.ts";
import type { ThreadSnapshot } from "../profile/snapshot.ts";
import type { Segment } from "../trace/segment.ts";
import type { SegmentReference } from "../trace/segment_reference.ts";
import type { Span } from "../trace/span.ts";

/** Who reports. */
export interface Identity {
  readonly service: string;
  readonly serviceInstance: string;
}

const SPAN_TYPES = { entry: SpanType.Entry, exit: SpanType.Exit, local: SpanType.Local } as const;
const REF_TYPES = { crossprocess: RefType.CrossProcess, crossthread: RefType.CrossThread } as const;
const SPAN_LAYERS = {
  unknown: SpanLayer.Unknown,
  database: SpanLayer.Database,
  rpcframework: SpanLayer.RPCFramework,
  http: SpanLayer.Http,
  mq: SpanLayer.MQ,
  cache: SpanLayer.Cache,
  faas: SpanLayer.FAAS,
} as const;

/** A finished segment as the backend takes it. */
export function encodeSegment(segment: Segment, identity: Identity): SegmentObject {
  return create(SegmentObjectSchema, {
    ...identity,
    traceId: segment.traceId,
    traceSegmentId: segment.id,
    spans: segment.spans.map((span) => encodeSpan(span, segment)),
    isSizeLimited: segment.isSizeLimited,
  });
}

function encodeSpan(span: Span, segment: Segment): SpanObject {
  const wall = (at: number): bigint => toInt64(at + segment.epochOffset);
  return create(SpanObjectSchema, {
    spanId: span.id,
    parentSpanId: span.parentId,
    startTime: wall(span.startedAt),
    endTime: wall(span.endedAt ?? segment.endedAt ?? span.startedAt),
    refs: span.refs.map(encodeReference),
    operationName: span.operationName,
    peer: span.peer,
    spanType: SPAN_TYPES[span.kind],
    spanLayer: SPAN_LAYERS[span.layer],
    componentId: toInt32(span.component),
    isError: span.isError,
    tags: [...span.tags],
    logs: span.logs.map(({ time, data }) => ({ time: wall(time), data: [...data] })),
  });
}

// What does not fit must not fail: the encoder throws, and the whole batch would be lost.

function toInt32(value: number): number {
  return (value | 0) === value ? value : 0;
}

function toInt64(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.floor(value)) : 0n;
}

function encodeReference(reference: SegmentReference): ReferenceMessage {
  return create(SegmentReferenceSchema, {
    ...reference,
    parentSpanId: toInt32(reference.parentSpanId),
    refType: REF_TYPES[reference.refType],
  });
}

/** `ThreadSnapshot.stack` on the wire. */
const STACK_FIELD = 5;

const stacks = new WeakMap<readonly string[], Uint8Array>();

/**
 * A snapshot as the backend takes it. Most of it is the stack, and a segment has few distinct ones, so its
 * bytes are made once per array of signatures and travel as a field the encoder copies unread: 5 µs where
 * encoding each stack anew takes 40.
 */
export function encodeSnapshot(snapshot: ThreadSnapshot): SnapshotMessage {
  const message = create(ThreadSnapshotSchema, {
    taskId: snapshot.taskId,
    traceSegmentId: snapshot.traceSegmentId,
    time: toInt64(snapshot.time),
    sequence: snapshot.sequence,
  });
  message.$unknown = [
    { no: STACK_FIELD, wireType: WireType.LengthDelimited, data: stackBytes(snapshot.codeSignatures) },
  ];
  return message;
}

function stackBytes(codeSignatures: readonly string[]): Uint8Array {
  const known = stacks.get(codeSignatures);
  if (known) return known;
  const stack = toBinary(
    ThreadStackSchema,
    create(ThreadStackSchema, { codeSignatures: [...codeSignatures] }),
  );
  const data = new BinaryWriter().bytes(stack).finish();
  stacks.set(codeSignatures, data);
  return data;
}
