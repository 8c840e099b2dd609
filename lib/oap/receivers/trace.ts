// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { CommandsSchema } from "../../../proto/gen/common_pb.ts";
import type { SegmentObject, TraceSegmentReportService } from "../../../proto/gen/tracing_pb.ts";
import { toStoredSegment } from "../segment_parser.ts";
import type { Store } from "../store.ts";

/** Receives segments, and learns of services, instances and endpoints from them. */
export function traceReceiver(store: Store): ServiceImpl<typeof TraceSegmentReportService> {
  return {
    async collect(segments) {
      for await (const segment of segments) receive(store, segment);
      store.commit();
      return create(CommandsSchema);
    },
    collectInSync({ segments }) {
      for (const segment of segments) receive(store, segment);
      store.commit();
      return create(CommandsSchema);
    },
  };
}

function receive(store: Store, message: SegmentObject): void {
  const segment = toStoredSegment(message);
  // Without a span 0 SkyWalking cannot store a segment either, and does not tell.
  if (segment === undefined) return;
  store.addSegment(segment);
  const { service, serviceInstance } = message;
  for (const { type, operationName, layer, skipAnalysis } of segment.spans) {
    if (type !== "Entry" || skipAnalysis) continue;
    store.addService(service, layer === "FAAS" ? "FAAS" : "GENERAL");
    store.addInstance(service, serviceInstance);
    if (layer !== "FAAS") store.addEndpoint(service, operationName);
  }
}
