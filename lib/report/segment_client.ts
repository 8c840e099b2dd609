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
   * @param collections encoded `SegmentCollection`s
   */
  collect(collections: readonly Uint8Array[]): Promise<void>;
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

  async function collectInSync(collections: readonly Uint8Array[]): Promise<void> {
    const message = create(SegmentCollectionSchema);
    // As fields that the encoder copies unread. It writes the first tag of each itself.
    message.$unknown = collections.map((collection) => ({
      no: SEGMENTS_FIELD,
      wireType: WireType.LengthDelimited,
      data: collection.subarray(1),
    }));
    await transport.call(TraceSegmentReportService, (client, options) =>
      client.collectInSync(message, options),
    );
  }

  async function collectAsStream(collections: readonly Uint8Array[]): Promise<void> {
    async function* messages() {
      for (const collection of collections) yield* fromBinary(SegmentCollectionSchema, collection).segments;
    }
    await transport.call(TraceSegmentReportService, (client, options) => client.collect(messages(), options));
  }

  async function send(collections: readonly Uint8Array[]): Promise<void> {
    if (!takesCollections) return await collectAsStream(collections);
    try {
      await collectInSync(collections);
    } catch (error) {
      if (!(error instanceof CallError && error.outcome === "unimplemented")) throw error;
      takesCollections = false;
      await collectAsStream(collections);
    }
  }

  return {
    async collect(collections) {
      let isBegun = false;
      for (const message of messagesOf(collections)) {
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

/** Parts a batch into messages of a size that every server takes, as far as its collections let. */
function* messagesOf(collections: readonly Uint8Array[]): Generator<Uint8Array[]> {
  let message: Uint8Array[] = [];
  let size = 0;
  for (const collection of collections) {
    if (size > 0 && size + collection.length > MAX_MESSAGE_BYTES) {
      yield message;
      message = [];
      size = 0;
    }
    size += collection.length;
    message.push(collection);
  }
  if (size > 0) yield message;
}
