// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { present, testTracer } from "./support.ts";

const entry = () => present(testTracer().tracer.startEntry("GET:/"));

describe("Span", () => {
  test("has the times of the agent's clock", () => {
    const { tracer, clock } = testTracer();
    const span = present(tracer.startEntry("GET:/"));
    const from = clock.now();
    clock.advance(12.5);
    span.log([]);
    clock.advance(1);
    span.end();
    expect([span.startedAt, span.logs[0]?.time, span.endedAt]).toEqual([from, from + 12.5, from + 13.5]);
  });

  test("never ends before it started", () => {
    const span = entry();
    span.end(span.startedAt - 5);
    expect(span.endedAt).toBe(span.startedAt);
  });

  test("changes no more once it ended", () => {
    const { tracer, clock } = testTracer();
    const span = present(tracer.startEntry("GET:/"));
    span.end();
    const { endedAt } = span;
    clock.advance(5);
    span.tag("late", "1").log([]).error(new Error("late")).end();
    span.operationName = "GET:/late";
    expect(span).toMatchObject({ endedAt, isError: false, tags: [], logs: [], operationName: "GET:/" });
  });

  test("tells an error as SkyWalking's agents do", () => {
    const span = entry();
    span.error(new RangeError("too far"));
    expect(span.isError).toBe(true);
    const data = Object.fromEntries((span.logs[0]?.data ?? []).map(({ key, value }) => [key, value]));
    expect(data).toMatchObject({ event: "error", "error.kind": "RangeError", message: "too far" });
    expect(data.stack).toContain("RangeError: too far");
  });

  test("tells whatever is thrown", () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("no");
        },
      },
    );
    for (const reason of [undefined, null, 7, "text", Symbol("s"), Object.create(null), hostile]) {
      const span = entry();
      span.error(reason);
      expect(span.isError).toBe(true);
      expect(span.logs[0]?.data[0]).toEqual({ key: "event", value: "error" });
    }
  });

  test("cuts names at 150 characters and values at 2,048", () => {
    const { tracer } = testTracer();
    expect(tracer.startEntry("n".repeat(150))?.operationName).toHaveLength(150);
    const span = present(tracer.startEntry("n".repeat(151)));
    expect(span.operationName).toHaveLength(150);
    span.operationName = "m".repeat(151);
    expect(span.operationName).toBe("m".repeat(150));
    span.tag("whole", "v".repeat(2_048)).tag("cut", "v".repeat(2_049));
    expect(span.tags.map(({ value }) => value.length)).toEqual([2_048, 2_048]);
  });

  test("holds 64 tags and 16 logs, and says that there were more", () => {
    const span = entry();
    for (let i = 0; i < 64; i++) span.tag(`${i}`, "");
    for (let i = 0; i < 16; i++) span.log([]);
    expect(span.segment.isSizeLimited).toBe(false);
    span.tag("64", "");
    expect(span.segment.isSizeLimited).toBe(true);
    const other = entry();
    for (let i = 0; i < 17; i++) other.log([]);
    expect([span.tags.length, other.logs.length, other.segment.isSizeLimited]).toEqual([64, 16, true]);
  });

  test("has the reference that was received, and those that were added", () => {
    const { tracer } = testTracer();
    const caller = present(tracer.startExit("GET:/", "host:80"));
    const span = present(tracer.startEntry("GET:/", { sw8: tracer.inject(caller) }));
    const [received] = span.refs;
    expect(received?.parentTraceSegmentId).toBe(caller.segment.id);
    const link = { ...present(received), parentTraceSegmentId: "other" };
    span.addRef(link);
    expect(span.refs.map(({ parentTraceSegmentId }) => parentTraceSegmentId)).toEqual([
      caller.segment.id,
      "other",
    ]);
    const child = present(tracer.startLocal("step", span));
    expect(child.refs).toEqual([]);
  });
});
