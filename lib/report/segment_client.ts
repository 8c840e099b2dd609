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

  async function collectInSync(collection: Uint8Array): Promise<void> {
    const message = create(SegmentCollectionSchema);
    // As a field that the encoder copies unread. The first tag is what it writes itself.
    const data = collection.subarray(1);
    message.$unknown = [{ no: SEGMENTS_FIELD, wireType: WireType.LengthDelimited, data }];
    await transport.call(TraceSegmentReportService, (client, options) =>
      client.collectInSync(message, options),
    );
  }

  async function collectAsStream(collection: Uint8Array): Promise<void> {
    const { segments } = fromBinary(SegmentCollectionSchema, collection);
    async function* messages() {
      yield* segments;
    }
    await transport.call(TraceSegmentReportService, (client, options) => client.collect(messages(), options));
  }

  async function send(collection: Uint8Array): Promise<void> {
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

/** Puts a batch together to messages of a size that every server takes. */
function* collectionsOf(segments: readonly Uint8Array[]): Generator<Uint8Array> {
  let first = 0;
  let size = 0;
  for (const [index, { length }] of segments.entries()) {
    if (size > 0 && size + length > MAX_MESSAGE_BYTES) {
      yield joined(segments.slice(first, index), size);
      first = index;
      size = 0;
    }
    size += length;
  }
  if (size > 0) yield joined(segments.slice(first), size);
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
