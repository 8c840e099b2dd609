// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "bun:test";
import { instanceIdOf, serviceIdOf } from "../../lib/oap/ids.ts";
import type { SpanRef, StoredSegment } from "../../lib/oap/model.ts";
import { type ProfiledRequest, profiledRequests } from "../../lib/oap/profiled_segments.ts";

interface Sketch {
  readonly id: string;
  readonly refs?: readonly (readonly [type: SpanRef["type"], parent: string])[];
  readonly instance?: string;
  readonly startTime?: number;
}

/** A segment of trace `t` with one span; the refs are of that span. */
function segmentOf({ id, refs = [], instance = "i", startTime = 0 }: Sketch): StoredSegment {
  return {
    traceId: "t",
    segmentId: id,
    service: "s",
    instance,
    serviceId: serviceIdOf("s"),
    instanceId: instanceIdOf(serviceIdOf("s"), instance),
    endpointName: `GET:/${id}`,
    startTime,
    duration: 7,
    isError: false,
    spans: [
      {
        spanId: 0,
        parentSpanId: -1,
        startTime,
        endTime: startTime + 7,
        refs: refs.map(([type, parentSegmentId]) => ({
          traceId: "t",
          parentSegmentId,
          parentSpanId: 0,
          type,
        })),
        operationName: id,
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

function requestsOf(profiled: readonly string[], sketches: readonly Sketch[]): ProfiledRequest[] {
  const segments = sketches.map(segmentOf);
  return profiledRequests(profiled, {
    segment: (id) => segments.find(({ segmentId }) => segmentId === id),
    trace: (id) => segments.filter(({ traceId }) => traceId === id),
  });
}

/** The segments of each request; those that are profiled in capitals. */
function shown(requests: readonly ProfiledRequest[]): string[] {
  return requests.map(({ spans }) =>
    spans
      .map(({ segment, profiled }) => (profiled ? segment.segmentId.toUpperCase() : segment.segmentId))
      .join(" "),
  );
}

test("a request is its segment, with the segment's own start, duration and endpoint", () => {
  const [request] = requestsOf(["a"], [{ id: "a", startTime: 1000 }]);
  expect(request).toMatchObject({
    traceId: "t",
    instanceId: instanceIdOf(serviceIdOf("s"), "i"),
    instanceName: "i",
    endpointNames: ["GET:/a"],
    duration: 7,
    startTime: 1000,
  });
});

test("a segment with snapshots but no report is left out", () => {
  expect(requestsOf(["gone"], [{ id: "a" }])).toEqual([]);
});

test("threads are merged into their parent, in whatever order they came", () => {
  const chain: Sketch[] = [
    { id: "a" },
    { id: "b", refs: [["CROSS_THREAD", "a"]] },
    { id: "c", refs: [["CROSS_THREAD", "b"]] },
    { id: "d", refs: [["CROSS_THREAD", "c"]] },
  ];
  for (const order of ["0123", "3210", "1032", "2130", "1320"]) {
    const sketches = [...order].flatMap((index) => chain[Number(index)] ?? []);
    const [request, ...more] = shown(requestsOf(["b"], sketches));
    expect(more).toEqual([]);
    expect(request?.split(" ").toSorted()).toEqual(["B", "a", "c", "d"].toSorted());
    expect(request?.startsWith("a")).toBe(true);
  }
});

test("a segment caused by another process is a request of its own", () => {
  const requests = requestsOf(
    ["a", "b"],
    [{ id: "a" }, { id: "b", refs: [["CROSS_PROCESS", "a"]], startTime: 5 }],
  );
  expect(shown(requests)).toEqual(["A", "B"]);
  expect(requests[1]?.spans[0]?.refs).toEqual([]);
});

test("a request without a profiled segment is left out, though its trace has one", () => {
  expect(shown(requestsOf(["b"], [{ id: "a" }, { id: "b", refs: [["CROSS_PROCESS", "a"]] }]))).toEqual(["B"]);
});

test("segments of other instances stay out", () => {
  const sketches: Sketch[] = [{ id: "a" }, { id: "b", refs: [["CROSS_THREAD", "a"]], instance: "other" }];
  expect(shown(requestsOf(["a"], sketches))).toEqual(["A"]);
});

test("a thread whose parent is missing stays alone and keeps its ref", () => {
  const requests = requestsOf(["b"], [{ id: "b", refs: [["CROSS_THREAD", "gone"]] }]);
  expect(shown(requests)).toEqual(["B"]);
  expect(requests[0]?.spans[0]?.refs).toHaveLength(1);
});

test("only the first ref of a span counts", () => {
  const sketches: Sketch[] = [
    { id: "a" },
    {
      id: "b",
      refs: [
        ["CROSS_PROCESS", "x"],
        ["CROSS_THREAD", "a"],
      ],
    },
  ];
  expect(shown(requestsOf(["b"], sketches))).toEqual(["B"]);
});

test("threads that refer to each other in a circle, or to themselves, are not lost", () => {
  const circle: Sketch[] = [
    { id: "a", refs: [["CROSS_THREAD", "b"]] },
    { id: "b", refs: [["CROSS_THREAD", "a"]] },
  ];
  expect(shown(requestsOf(["a"], circle))).toEqual(["b A"]);
  expect(shown(requestsOf(["a"], [{ id: "a", refs: [["CROSS_THREAD", "a"]] }]))).toEqual(["A"]);
});

test("requests are listed by their start", () => {
  const sketches: Sketch[] = [
    { id: "b", refs: [["CROSS_PROCESS", "x"]], startTime: 2 },
    { id: "a", refs: [["CROSS_PROCESS", "x"]], startTime: 1 },
  ];
  expect(shown(requestsOf(["b", "a"], sketches))).toEqual(["A", "B"]);
});
