// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { type SpanTime, spanRows, timeOf } from "../../../lib/oap/page/span_tree.ts";

function span(spanId: number, parentSpanId: number, from: number, to: number, segmentId = "a"): SpanTime {
  return { segmentId, spanId, parentSpanId, startTime: from, endTime: to, refs: [] };
}

const told = (spans: readonly SpanTime[]) =>
  spanRows(spans).map(({ key, depth }) => `${"  ".repeat(depth)}${key}`);

describe("spans", () => {
  test("stand below their parents, in the order they began", () => {
    expect(told([span(3, 1, 6, 7), span(2, 0, 8, 9), span(0, -1, 0, 10), span(1, 0, 2, 7)])).toEqual([
      "a/0",
      "  a/1",
      "    a/3",
      "  a/2",
    ]);
  });

  test("of another segment stand below the span that caused them", () => {
    const worker = { ...span(0, -1, 3, 5, "b"), refs: [{ parentSegmentId: "a", parentSpanId: 1 }] };
    expect(told([worker, span(0, -1, 0, 9), span(1, 0, 2, 6)])).toEqual(["a/0", "  a/1", "    b/0"]);
  });

  test("whose parent is not there, or is themselves in a circle, are not lost", () => {
    const lost = { ...span(0, -1, 1, 2, "c"), refs: [{ parentSegmentId: "gone", parentSpanId: 0 }] };
    expect(told([lost, span(5, 4, 3, 4)])).toEqual(["c/0", "a/5"]);
    expect(told([span(1, 2, 0, 1), span(2, 1, 0, 1), span(3, 3, 0, 1)]).sort()).toEqual([
      "a/1",
      "a/2",
      "a/3",
    ]);
  });
});

describe("the time of a span", () => {
  const root = span(0, -1, 0, 100);
  const time = (...children: SpanTime[]) => timeOf(root, [root, ...children], false);

  test("with its children is all of it", () => {
    expect(timeOf(root, [root, span(1, 0, 10, 20)], true)).toEqual([[0, 100]]);
  });

  test("without them is what none of them covers", () => {
    expect(time()).toEqual([[0, 100]]);
    expect(time(span(1, 0, 10, 20), span(2, 0, 50, 60))).toEqual([
      [0, 10],
      [20, 50],
      [60, 100],
    ]);
  });

  test("without children that overlap, touch its ends or outlive it is no more than it has", () => {
    expect(time(span(1, 0, 0, 40), span(2, 0, 10, 20), span(3, 0, 30, 60))).toEqual([[60, 100]]);
    expect(time(span(1, 0, 90, 150))).toEqual([[0, 90]]);
    expect(time(span(1, 0, 0, 100))).toEqual([]);
  });

  test("is not reduced by grandchildren, which are within a child's", () => {
    expect(time(span(1, 0, 10, 20), span(2, 1, 15, 40))).toEqual([
      [0, 10],
      [20, 100],
    ]);
  });
});
