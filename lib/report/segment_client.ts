// SPDX-License-Identifier: Apache-2.0
import { TraceSegmentReportService } from "../../proto/gen/tracing_pb.ts";
import type { Transport } from "./transport.ts";

/** Sends finished segments. */
export interface SegmentClient {
  /**
   * Sends a batch in one short stream. Throws what the transport throws.
   *
   * @param pages encoded segments, each with its prefix, several to a page
   */
  collect(pages: readonly Uint8Array[]): Promise<void>;
}

export function createSegmentClient(transport: Transport): SegmentClient {
  return {
    async collect(pages) {
      async function* body() {
        yield* pages;
      }
      await transport.stream(
        TraceSegmentReportService,
        (client, input, options) => client.collect(input, options),
        body,
      );
    },
  };
}
