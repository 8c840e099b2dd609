// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RUN_BUILT } from "../support/spawn.ts";
import { breakOff, pipeline, startTraced, type TracedApp } from "./support.ts";

for (const runtime of RUN_BUILT) {
  describe(`node:http on ${runtime}`, () => {
    let app: TracedApp;
    beforeAll(async () => {
      app = await startTraced(runtime, "node_app.mjs");
    }, 30_000);
    afterAll(() => app[Symbol.asyncDispose]());

    test("a request becomes an entry span", async () => {
      const before = Date.now();
      expect(await app.get("/ok?secret=1")).toBe("ok");
      const { spans, traceId, segmentId } = await app.segment("GET:/ok");
      expect(spans).toHaveLength(1);
      expect(spans[0]).toMatchObject({
        id: 0,
        parentId: -1,
        kind: "entry",
        component: 49,
        layer: "http",
        isError: false,
        tags: { "http.method": "GET", url: `${app.url}/ok`, "http.status_code": "200" },
        refs: [],
        logs: [],
      });
      expect(traceId).not.toBe(segmentId);
      const [{ startTime, endTime }] = spans;
      expect(startTime).toBeGreaterThanOrEqual(before - 50);
      expect(endTime).toBeGreaterThanOrEqual(startTime);
      expect(endTime).toBeLessThanOrEqual(Date.now() + 50);
    });

    test("it lasts until the response is out, with the status that was sent", async () => {
      await app.get("/slow");
      const [{ startTime, endTime, tags }] = (await app.segment("GET:/slow")).spans;
      expect(endTime - startTime).toBeGreaterThanOrEqual(18);
      expect(tags["http.status_code"]).toBe("201");
    });

    test("the listener hears of it around the handler", async () => {
      await app.get("/slow");
      expect(await app.events("GET:/slow")).toEqual(["started", "entered", "left", "ended"]);
    });

    test("a status from 400 on is an error", async () => {
      await app.get("/missing");
      expect((await app.segment("GET:/missing")).spans[0]).toMatchObject({
        isError: true,
        tags: { "http.status_code": "404" },
      });
      await app.get("/broken");
      expect((await app.segment("GET:/broken")).spans[0]).toMatchObject({
        isError: true,
        tags: { "http.status_code": "500" },
      });
    });

    test("a handler's exception is logged and goes on", async () => {
      // Deno answers it with 400 itself, and closes the connection.
      expect(await app.get("/throw")).toBe(runtime === "deno" ? "" : "boom");
      const [{ isError, tags, logs }] = (await app.segment("GET:/throw")).spans;
      expect(isError).toBe(true);
      expect(logs[0]).toMatchObject({ event: "error", "error.kind": "RangeError", message: "boom" });
      expect(tags["http.status_code"]).toBe(runtime === "deno" ? undefined : "503");
    });

    test("a connection that is closed before the end is an error", async () => {
      await breakOff(app.port, "/hang", "first byte");
      expect((await app.segment("GET:/hang")).spans[0]).toMatchObject({
        isError: true,
        logs: [{ event: "error", "error.kind": "Aborted" }],
      });
      await breakOff(app.port, "/never", 30);
      expect((await app.segment("GET:/never")).spans[0].isError).toBe(true);
    });

    test("the caller's trace goes on", async () => {
      const fields = ["trace", "segment", "shop", "shop@1", "GET:/cart", "stock:80"].map((text) =>
        btoa(text),
      );
      const [traceId, segmentId, ...names] = fields;
      await app.get("/ok", { sw8: ["1", traceId, segmentId, "2", ...names].join("-") });
      const segment = await app.segment("GET:/ok");
      expect(segment.traceId).toBe("trace");
      expect(segment.spans[0].refs).toEqual([
        {
          refType: "crossprocess",
          traceId: "trace",
          parentTraceSegmentId: "segment",
          parentSpanId: 2,
          parentService: "shop",
          parentServiceInstance: "shop@1",
          parentEndpoint: "GET:/cart",
          networkAddressUsedAtPeer: "stock:80",
        },
      ]);
    });

    test("a broken header begins a trace", async () => {
      await app.get("/ok", { sw8: "1-2-3" });
      expect((await app.segment("GET:/ok")).spans[0].refs).toEqual([]);
    });

    test("each request of a connection has a segment of its own, also when they come at once", async () => {
      const paths = ["/p/1", "/p/2", "/p/3"];
      const answers = await pipeline(app.port, paths);
      expect(answers.match(/HTTP\/1.1 200/g)).toHaveLength(3);
      const segments = [];
      for (const path of paths) segments.push(await app.segment(`GET:${path}`));
      expect(new Set(segments.map(({ traceId }) => traceId)).size).toBe(3);
      expect(segments.map(({ spans }) => [spans.length, spans[0].isError])).toEqual([
        [1, false],
        [1, false],
        [1, false],
      ]);
    });
  });
}
