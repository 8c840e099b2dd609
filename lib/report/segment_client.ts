// SPDX-License-Identifier: Apache-2.0
import { TraceSegmentReportService } from "../../proto/gen/tracing_pb.ts";
import type { Segment } from "../trace/segment.ts";
import { encodeSegment, type Identity } from "./encode.ts";
import type { Transport } from "./transport.ts";

/** Sends finished segments. */
export interface SegmentClient {
  /** Sends a batch in one short stream. Throws what the transport throws. */
  collect(segments: readonly Segment[]): Promise<void>;
}

export function createSegmentClient(transport: Transport, identity: Identity): SegmentClient {
  return {
    async collect(segments) {
      async function* messages() {
        for (const segment of segments) yield encodeSegment(segment, identity);
      }
      await transport.call(TraceSegmentReportService, (client, options) =>
        client.collect(messages(), options),
      );
    },
  };
}
