// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { notingListener, present, testTracer } from "./support.ts";

describe("Tracer", () => {
  test("hands a segment over once, when all its spans have ended", () => {
    const { tracer, finished } = testTracer();
    const entry = present(tracer.startEntry("GET:/"));
    const exit = present(tracer.startExit("GET:/stock", "stock:80", entry));
    const local = present(tracer.startLocal("step", exit));
    expect([entry, exit, local].map(({ id, parentId }) => [id, parentId])).toEqual([
      [0, -1],
      [1, 0],
      [2, 1],
    ]);
    exit.end();
    local.end();
    expect(finished).toEqual([]);
    entry.end();
    entry.end();
    expect(finished).toEqual([entry.segment]);
    expect(entry.segment.spans.map(({ kind }) => kind)).toEqual(["entry", "exit", "local"]);
  });

  test("begins a trace where none came, and goes on with one that did", () => {
    const { tracer } = testTracer();
    const first = present(tracer.startEntry("GET:/"));
    const exit = present(tracer.startExit("GET:/", "host:80", first));
    const second = present(tracer.startEntry("GET:/", { sw8: tracer.inject(exit) }));
    expect(second.segment.traceId).toBe(first.segment.traceId);
    expect(second.segment.id).not.toBe(first.segment.id);
    const broken = present(tracer.startEntry("GET:/", { sw8: "1-broken" }));
    expect(broken.segment.traceId).not.toBe(first.segment.traceId);
    expect(broken.refs).toEqual([]);
  });

  test("makes a segment of a call that no request asked for", () => {
    const { tracer, finished } = testTracer();
    present(tracer.startExit("GET:/", "host:80")).end();
    expect(finished[0]?.spans).toMatchObject([{ kind: "exit", parentId: -1, peer: "host:80" }]);
  });

  test("takes a call within a call as the same one", () => {
    const { tracer } = testTracer();
    const exit = present(tracer.startExit("GET:/", "host:80"));
    tracer.run(exit, () => expect(tracer.startExit("GET:/", "host:80")).toBeUndefined());
    exit.end();
    tracer.run(exit, () => expect(tracer.startExit("GET:/", "host:80")).toBeDefined());
  });

  test("waits ten seconds for work that outlives the response, then ends it", () => {
    const { tracer, clock, finished } = testTracer();
    const entry = present(tracer.startEntry("GET:/"));
    const late = present(tracer.startExit("GET:/", "host:80", entry));
    entry.end();
    clock.advance(9_999);
    expect(finished).toEqual([]);
    clock.advance(1);
    expect(finished).toEqual([entry.segment]);
    expect(late.endedAt).toBe(clock.now());
    expect(clock.pending).toBe(0);
  });

  test("hands a segment over as soon as its late work is done, and does nothing later", () => {
    const { tracer, clock, finished } = testTracer();
    const entry = present(tracer.startEntry("GET:/"));
    const late = present(tracer.startExit("GET:/", "host:80", entry));
    entry.end();
    late.end();
    expect(finished).toHaveLength(1);
    clock.advance(20_000);
    expect(finished).toHaveLength(1);
  });

  test("goes on in a new segment of the same trace once the old one is handed over", () => {
    const { tracer, clock, finished } = testTracer();
    const entry = present(tracer.startEntry("GET:/job"));
    entry.segment.correlation.put("user", "7");
    entry.end();
    clock.advance(59_999);
    const late = present(tracer.startLocal("cleanup", entry));
    expect(late.segment).not.toBe(entry.segment);
    expect(late.segment.traceId).toBe(entry.segment.traceId);
    expect(late.segment.correlation.get("user")).toBe("7");
    expect(late.refs).toMatchObject([
      {
        refType: "crossthread",
        parentTraceSegmentId: entry.segment.id,
        parentSpanId: 0,
        parentService: "shop",
        parentServiceInstance: "shop@host",
        parentEndpoint: "GET:/job",
      },
    ]);
    late.end();
    expect(finished).toHaveLength(2);
    clock.advance(1);
    const interval = present(tracer.startLocal("tick", entry));
    expect(interval.segment.traceId).not.toBe(entry.segment.traceId);
    expect(interval.refs).toEqual([]);
  });

  test("makes 300 spans of a segment, and says that there were more", () => {
    const { tracer } = testTracer();
    const entry = present(tracer.startEntry("GET:/"));
    for (let i = 1; i < 300; i++) expect(tracer.startLocal("step", entry)).toBeDefined();
    expect(entry.segment.isSizeLimited).toBe(false);
    expect(tracer.startExit("GET:/", "host:80", entry)).toBeUndefined();
    expect(entry.segment).toMatchObject({ isSizeLimited: true, spans: { length: 300 } });
  });

  test("reports what is kept, and what is profiled in any case", () => {
    const { tracer, finished } = testTracer({ isKept: ({ operationName }) => operationName === "GET:/kept" });
    present(tracer.startEntry("GET:/kept")).end();
    present(tracer.startEntry("GET:/other")).end();
    const profiled = present(tracer.startEntry("GET:/profiled"));
    profiled.segment.watched = true;
    profiled.end();
    expect(finished.map(({ operationName }) => operationName)).toEqual(["GET:/kept", "GET:/profiled"]);
  });

  test("starts nothing once it is closed, and hands over what it waited for", () => {
    const { tracer, finished } = testTracer();
    const entry = present(tracer.startEntry("GET:/"));
    present(tracer.startLocal("late", entry));
    entry.end();
    const open = present(tracer.startEntry("GET:/open"));
    tracer.close();
    tracer.close();
    expect(finished).toEqual([entry.segment]);
    expect(tracer.startEntry("GET:/")).toBeUndefined();
    expect(tracer.startExit("GET:/", "host:80")).toBeUndefined();
    open.end();
    expect(finished).toHaveLength(2);
  });

  test("has all times of a segment on the wall clock of its start", () => {
    const { tracer, clock } = testTracer();
    const offset = clock.epochOffset();
    const entry = present(tracer.startEntry("GET:/"));
    clock.correctWall(3_000);
    entry.end();
    expect(entry.segment.epochOffset).toBe(offset);
    expect(tracer.startEntry("GET:/")?.segment.epochOffset).toBe(offset + 3_000);
  });

  test("lets no failure of the sink out", () => {
    const { tracer, lines } = testTracer({
      sink: () => {
        throw new Error("full");
      },
    });
    present(tracer.startEntry("GET:/")).end();
    expect(lines).toEqual(["[sw-agent] ERROR Cannot report a segment: Error: full"]);
  });
});

describe("SegmentListener", () => {
  test("is told what happens to a request, in order", () => {
    const { tracer } = testTracer();
    const events: string[] = [];
    tracer.addListener(notingListener(events));
    const entry = present(tracer.startEntry("GET:/users/7"));
    tracer.run(entry, () => {
      events.push("handler");
      entry.operationName = "GET:/users/:id";
      entry.operationName = "GET:/users/:id";
      const child = present(tracer.startLocal("step"));
      child.operationName = "other";
      tracer.run(child, () => {});
      child.end();
    });
    entry.end();
    expect(events).toEqual([
      "started GET:/users/7",
      "entered GET:/users/7",
      "handler",
      "renamed GET:/users/:id",
      "left GET:/users/:id",
      "ended GET:/users/:id",
    ]);
  });

  test("is told that a handler left that throws", () => {
    const { tracer } = testTracer();
    const events: string[] = [];
    tracer.addListener(notingListener(events));
    const entry = present(tracer.startEntry("GET:/"));
    const fail = () =>
      tracer.run(entry, () => {
        throw new Error("boom");
      });
    expect(fail).toThrow("boom");
    expect(events.at(-1)).toBe("left GET:/");
  });

  test("is not told of code that runs after the end", () => {
    const { tracer } = testTracer();
    const entry = present(tracer.startEntry("GET:/"));
    entry.end();
    const events: string[] = [];
    tracer.addListener(notingListener(events));
    tracer.run(entry, () => {});
    expect(events).toEqual([]);
  });

  test("is told of the end before the segment is handed over", () => {
    const events: string[] = [];
    const { tracer } = testTracer({ sink: () => void events.push("finished") });
    tracer.addListener(notingListener(events));
    present(tracer.startEntry("GET:/")).end();
    expect(events.slice(-2)).toEqual(["ended GET:/", "finished"]);
  });

  test("is told nothing once it is removed", () => {
    const { tracer } = testTracer();
    const events: string[] = [];
    tracer.addListener(notingListener(events))();
    present(tracer.startEntry("GET:/")).end();
    expect(events).toEqual([]);
  });

  test("may fail: neither the app nor other listeners notice", () => {
    const { tracer, finished, lines } = testTracer();
    const fail = () => {
      throw new Error("bad listener");
    };
    tracer.addListener({ started: fail, entered: fail, left: fail, renamed: fail, ended: fail });
    const events: string[] = [];
    tracer.addListener(notingListener(events));
    const entry = present(tracer.startEntry("GET:/"));
    expect(tracer.run(entry, () => "ok")).toBe("ok");
    entry.operationName = "GET:/x";
    entry.end();
    expect(events).toHaveLength(5);
    expect(finished).toHaveLength(1);
    expect(lines[0]).toBe("[sw-agent] ERROR Cannot follow a segment that started: Error: bad listener");
  });
});
