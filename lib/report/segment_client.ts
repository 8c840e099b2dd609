// SPDX-License-Identifier: Apache-2.0
import { create, fromBinary } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { SegmentCollectionSchema, TraceSegmentReportService } from "../../proto/gen/tracing_pb.ts";
import { CallError } from "./call_error.ts";
import type { Transport } from "./transport.ts";

/** Sends finished segments. */
export interface SegmentClient {
  /**
   * Sends a batch in one call. Throws what the transport throws.
   *
   * @param segments encoded `SegmentCollection`s, each of one segment
   */
  collect(segments: readonly Uint8Array[]): Promise<void>;
}

/** `SegmentCollection.segments` on the wire. */
const SEGMENTS_FIELD = 1;
/** gRPC servers take messages of 4 MiB unless told otherwise; one segment may have 300 spans. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * Sends a batch as one message, because a message of a stream costs more than encoding a segment. A backend
 * that has no `collectInSync` gets the stream.
 */
export function createSegmentClient(transport: Transport): SegmentClient {
  let takesCollections = true;

  async function collectInSync(collection: readonly Uint8Array[]): Promise<void> {
    const message = create(SegmentCollectionSchema);
    // As fields that the encoder copies unread. It writes the first tag of each itself.
    message.$unknown = collection.map((segments) => ({
      no: SEGMENTS_FIELD,
      wireType: WireType.LengthDelimited,
      data: segments.subarray(1),
    }));
    await transport.call(TraceSegmentReportService, (client, options) =>
      client.collectInSync(message, options),
    );
  }

  async function collectAsStream(collection: readonly Uint8Array[]): Promise<void> {
    async function* messages() {
      for (const part of collection) yield* fromBinary(SegmentCollectionSchema, part).segments;
    }
    await transport.call(TraceSegmentReportService, (client, options) => client.collect(messages(), options));
  }

  async function send(collection: readonly Uint8Array[]): Promise<void> {
    if (!takesCollections) return await collectAsStream(collection);
    try {
      await collectInSync(collection);
    } catch (error) {
      if (!(error instanceof CallError && error.outcome === "unimplemented")) throw error;
      takesCollections = false;
      await collectAsStream(collection);
    }
  }

  return {
    async collect(segments) {
      let isBegun = false;
      for (const collection of collectionsOf(segments)) {
        try {
          await send(collection);
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

/**
 * Parts a batch into collections of a size that every server takes. Segments that were encoded one after the other
 * stand so in memory, and stay together without being copied.
 */
function* collectionsOf(segments: readonly Uint8Array[]): Generator<Uint8Array[]> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for (const segment of segments) {
    if (size > 0 && size + segment.length > MAX_MESSAGE_BYTES) {
      yield parts;
      parts = [];
      size = 0;
    }
    size += segment.length;
    const last = parts.at(-1);
    const follows = last?.buffer === segment.buffer && last.byteOffset + last.length === segment.byteOffset;
    if (follows) {
      parts[parts.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + segment.length);
    } else parts.push(segment);
  }
  if (size > 0) yield parts;
}
