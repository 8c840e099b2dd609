// SPDX-License-Identifier: Apache-2.0
import { RefType, SpanLayer, SpanType } from "../../proto/gen/tracing_pb.ts";
import type { Segment } from "../trace/segment.ts";
import type { SegmentReference } from "../trace/segment_reference.ts";
import type { Span, SpanLog, Tag } from "../trace/span.ts";
import { FieldWriter } from "./_field_writer.ts";
import type { Identity } from "./identity.ts";

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

/** Spans have 128 to 16,383 bytes, nearly always. */
const LENGTH_BYTES = 2;

/** Writes a finished segment as a record: a message of a stream, with gRPC's prefix. */
export type EncodeSegment = (segment: Segment, writer: FieldWriter) => void;

/**
 * Makes the encoder of a process.
 *
 * Every traced request pays for this, so it is written field by field; the tests read it back with the generic
 * decoder. It is done when a segment ends, because bytes that wait cost the collector nothing, and the objects do.
 */
export function createSegmentEncoder(identity: Identity): EncodeSegment {
  const constants = new FieldWriter(() => {});
  constants.text(4, identity.service);
  constants.text(5, identity.serviceInstance);
  constants.commit();
  const identityFields = constants.take().slice();
  return (segment, writer) => {
    try {
      const opened = writer.openEnvelope();
      writeSegment(writer, segment);
      writer.fields(identityFields);
      writer.closeEnvelope(opened);
      writer.commit();
    } catch (error) {
      writer.discard();
      throw error;
    }
  };
}

function writeSegment(writer: FieldWriter, segment: Segment): void {
  writer.text(1, segment.traceId);
  writer.text(2, segment.id);
  for (const span of segment.spans) {
    const opened = writer.open(3, LENGTH_BYTES);
    writeSpan(writer, span, segment);
    writer.close(opened, LENGTH_BYTES);
  }
  writer.flag(6, segment.isSizeLimited);
}

function writeSpan(writer: FieldWriter, span: Span, segment: Segment): void {
  const { epochOffset } = segment;
  writer.int32(1, span.id);
  writer.int32(2, span.parentId);
  writer.uint(3, Math.floor(span.startedAt + epochOffset));
  writer.uint(4, Math.floor((span.endedAt ?? segment.endedAt ?? span.startedAt) + epochOffset));
  for (const reference of span.refs) {
    const opened = writer.open(5);
    writeReference(writer, reference);
    writer.close(opened);
  }
  writer.text(6, span.operationName);
  writer.text(7, span.peer);
  writer.int32(8, SPAN_TYPES[span.kind]);
  writer.int32(9, SPAN_LAYERS[span.layer]);
  writer.int32(10, span.component);
  writer.flag(11, span.isError);
  for (const tag of span.tags) writeTag(writer, 12, tag);
  for (const log of span.logs) writeLog(writer, log, epochOffset);
}

function writeReference(writer: FieldWriter, reference: SegmentReference): void {
  writer.int32(1, REF_TYPES[reference.refType]);
  writer.text(2, reference.traceId);
  writer.text(3, reference.parentTraceSegmentId);
  writer.int32(4, reference.parentSpanId);
  writer.text(5, reference.parentService);
  writer.text(6, reference.parentServiceInstance);
  writer.text(7, reference.parentEndpoint);
  writer.text(8, reference.networkAddressUsedAtPeer);
}

function writeLog(writer: FieldWriter, { time, data }: SpanLog, epochOffset: number): void {
  const opened = writer.open(13);
  writer.uint(1, Math.floor(time + epochOffset));
  for (const tag of data) writeTag(writer, 2, tag);
  writer.close(opened);
}

function writeTag(writer: FieldWriter, field: number, { key, value }: Tag): void {
  const opened = writer.open(field);
  writer.text(1, key);
  writer.text(2, value);
  writer.close(opened);
}
