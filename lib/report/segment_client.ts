// SPDX-License-Identifier: Apache-2.0
import { create, fromBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  SegmentCollectionSchema,
  SegmentObjectSchema,
  TraceSegmentReportService,
} from "../../proto/gen/tracing_pb.ts";
import type { Segment } from "../trace/segment.ts";
import { CallError } from "./call_error.ts";
import type { Identity } from "./encode.ts";
import { encodeSegment } from "./encode_segment.ts";
import type { Transport } from "./transport.ts";

/** Sends finished segments. */
export interface SegmentClient {
  /** Sends a batch in one call. Throws what the transport throws. */
  collect(segments: readonly Segment[]): Promise<void>;
}

/** `SegmentCollection.segments` on the wire. */
const SEGMENTS_FIELD = 1;
/** gRPC servers take messages of 4 MiB unless told otherwise; one segment may have 300 spans. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * Sends a batch as one message, because a message of a stream costs more than encoding a segment. A backend
 * that has no `collectInSync` gets the stream.
 */
export function createSegmentClient(transport: Transport, identity: Identity): SegmentClient {
  let takesCollections = true;

  async function collectInSync(segments: readonly Uint8Array[]): Promise<void> {
    const collection = create(SegmentCollectionSchema);
    collection.$unknown = segments.map((segment) => ({
      no: SEGMENTS_FIELD,
      wireType: WireType.LengthDelimited,
      data: new BinaryWriter().bytes(segment).finish(),
    }));
    await transport.call(TraceSegmentReportService, (client, options) =>
      client.collectInSync(collection, options),
    );
  }

  async function collectAsStream(segments: readonly Uint8Array[]): Promise<void> {
    async function* messages() {
      for (const segment of segments) yield fromBinary(SegmentObjectSchema, segment);
    }
    await transport.call(TraceSegmentReportService, (client, options) => client.collect(messages(), options));
  }

  async function send(segments: readonly Uint8Array[]): Promise<void> {
    if (!takesCollections) return await collectAsStream(segments);
    try {
      await collectInSync(segments);
    } catch (error) {
      if (!(error instanceof CallError && error.outcome === "unimplemented")) throw error;
      takesCollections = false;
      await collectAsStream(segments);
    }
  }

  return {
    async collect(segments) {
      let isBegun = false;
      for (const message of messagesOf(segments.map((segment) => encodeSegment(segment, identity)))) {
        try {
          await send(message);
          isBegun = true;
        } catch (error) {
          // What was sent must not be sent again with the rest.
          if (isBegun && error instanceof CallError)
            throw new CallError(error.message, "unknown", error.isAnswer);
          throw error;
        }
      }
    },
  };
}

/** Parts a batch into messages of a size that every server takes. */
function messagesOf(segments: readonly Uint8Array[]): Uint8Array[][] {
  const messages: Uint8Array[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const segment of segments) {
    size += segment.byteLength;
    if (size > MAX_MESSAGE_BYTES) {
      messages.push([]);
      size = segment.byteLength;
    }
    messages.at(-1)?.push(segment);
  }
  return messages;
}
