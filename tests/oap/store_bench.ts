// SPDX-License-Identifier: Apache-2.0

import { instanceIdOf, serviceIdOf } from "../../lib/oap/ids.ts";
import type { Snapshot, StoredSegment } from "../../lib/oap/model.ts";
import { Store } from "../../lib/oap/store.ts";
import type { Stored, StoreLimits } from "../../lib/oap/store_limits.ts";

/** The id of the service `shop`. */
export const SERVICE: string = serviceIdOf("shop");
export const MINUTE_MS = 60_000;

/** A store whose clock tests move by hand. */
export interface Bench {
  readonly store: Store;
  /** Milliseconds since 1970; tests move it. */
  now: number;
  readonly full: [kind: Stored, limit: number][];
}

/** Makes a store. */
export function bench(limits: Partial<StoreLimits> = {}): Bench {
  const full: Bench["full"] = [];
  const self: Bench = {
    now: 1_000_000 * MINUTE_MS,
    full,
    store: new Store({ limits, now: () => self.now, onFull: (kind, limit) => full.push([kind, limit]) }),
  };
  return self;
}

/** A segment of one span, whose text makes it as long as wanted. */
export function segmentOf(segmentId: string, traceId: string = segmentId, text = ""): StoredSegment {
  return {
    traceId,
    segmentId,
    service: "shop",
    instance: "i",
    serviceId: SERVICE,
    instanceId: instanceIdOf(SERVICE, "i"),
    endpointName: "GET:/",
    startTime: 0,
    duration: 1,
    isError: false,
    spans: [
      {
        spanId: 0,
        parentSpanId: -1,
        startTime: 0,
        endTime: 1,
        refs: [],
        operationName: text,
        peer: "",
        type: "Entry",
        layer: "Http",
        componentId: 49,
        isError: false,
        tags: [],
        logs: [],
        skipAnalysis: false,
      },
    ],
  };
}

export function snapshotOf(segmentId: string, sequence: number, options: Partial<Snapshot> = {}): Snapshot {
  return { taskId: "task", segmentId, sequence, time: sequence, stack: ["main"], ...options };
}
