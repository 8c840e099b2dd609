// SPDX-License-Identifier: Apache-2.0
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { RefType, SpanLayer, SpanType } from "../../proto/gen/tracing_pb.ts";
import type { Segment } from "../trace/segment.ts";
import type { SegmentReference } from "../trace/segment_reference.ts";
import type { Span, SpanLog, Tag } from "../trace/span.ts";
import type { Identity } from "./encode.ts";

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

/**
 * A finished segment as the backend takes it: the bytes of a `SegmentObject`. Every traced request pays for
 * this, so it is written field by field, which takes a third of what the generic encoder does; the tests read it
 * back with that one.
 */
export function encodeSegment(segment: Segment, identity: Identity): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, 1, segment.traceId);
  text(writer, 2, segment.id);
  for (const span of segment.spans) nested(writer, 3, () => writeSpan(writer, span, segment));
  text(writer, 4, identity.service);
  text(writer, 5, identity.serviceInstance);
  flag(writer, 6, segment.isSizeLimited);
  return writer.finish();
}

function writeSpan(writer: BinaryWriter, span: Span, segment: Segment): void {
  const { epochOffset } = segment;
  int32(writer, 1, span.id);
  int32(writer, 2, span.parentId);
  int64(writer, 3, span.startedAt + epochOffset);
  int64(writer, 4, (span.endedAt ?? segment.endedAt ?? span.startedAt) + epochOffset);
  for (const reference of span.refs) nested(writer, 5, () => writeReference(writer, reference));
  text(writer, 6, span.operationName);
  text(writer, 7, span.peer);
  int32(writer, 8, SPAN_TYPES[span.kind]);
  int32(writer, 9, SPAN_LAYERS[span.layer]);
  int32(writer, 10, span.component);
  flag(writer, 11, span.isError);
  for (const tag of span.tags) nested(writer, 12, () => writeTag(writer, tag));
  for (const log of span.logs) nested(writer, 13, () => writeLog(writer, log, epochOffset));
}

function writeReference(writer: BinaryWriter, reference: SegmentReference): void {
  int32(writer, 1, REF_TYPES[reference.refType]);
  text(writer, 2, reference.traceId);
  text(writer, 3, reference.parentTraceSegmentId);
  int32(writer, 4, reference.parentSpanId);
  text(writer, 5, reference.parentService);
  text(writer, 6, reference.parentServiceInstance);
  text(writer, 7, reference.parentEndpoint);
  text(writer, 8, reference.networkAddressUsedAtPeer);
}

function writeLog(writer: BinaryWriter, { time, data }: SpanLog, epochOffset: number): void {
  int64(writer, 1, time + epochOffset);
  for (const tag of data) nested(writer, 2, () => writeTag(writer, tag));
}

function writeTag(writer: BinaryWriter, { key, value }: Tag): void {
  text(writer, 1, key);
  text(writer, 2, value);
}

// proto3 leaves out what has its default value. What does not fit must not fail: the whole batch would be lost.

function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== "") writer.tag(field, WireType.LengthDelimited).string(value);
}

function flag(writer: BinaryWriter, field: number, value: boolean): void {
  if (value) writer.tag(field, WireType.Varint).bool(value);
}

function int32(writer: BinaryWriter, field: number, value: number): void {
  if (value !== 0 && (value | 0) === value) writer.tag(field, WireType.Varint).int32(value);
}

/** Milliseconds since 1970, cut as `Date.now()` is. */
function int64(writer: BinaryWriter, field: number, value: number): void {
  const whole = Math.floor(value);
  if (whole !== 0 && Number.isSafeInteger(whole)) writer.tag(field, WireType.Varint).int64(whole);
}

function nested(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}
