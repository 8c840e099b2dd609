// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { breakOff, startTraced, type TracedApp } from "./support.ts";

describe("Bun.serve", () => {
  let app: TracedApp;
  beforeAll(async () => {
    app = await startTraced("bun", "bun_app.ts");
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test("a request becomes an entry span, from the handler's call to its response", async () => {
    expect(await app.get("/slow?secret=1")).toBe("slow");
    const [span, ...others] = (await app.segment("GET:/slow")).spans;
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      kind: "entry",
      component: 49,
      layer: "http",
      isError: false,
      tags: { "http.method": "GET", url: `${app.url}/slow`, "http.status_code": "200" },
    });
    expect(span.endTime - span.startTime).toBeGreaterThanOrEqual(18);
  });

  test("the listener hears of it around the handler", async () => {
    await app.get("/slow");
    expect(await app.events("GET:/slow")).toEqual(["started", "entered", "left", "ended"]);
  });

  test("the options stay what they are: this, private members, a class's methods", async () => {
    expect(await app.get("/this")).toBe("true");
    expect(await app.get("/private")).toBe("from a private member");
  });

  test("a route with parameters names the endpoint, one with a wildcard does not", async () => {
    expect(await app.get("/users/7")).toBe("user 7");
    expect((await app.segment("GET:/users/:id")).spans[0].tags.url).toBe(`${app.url}/users/7`);
    expect(await app.get("/files/a/b")).toBe("file");
    await app.segment("GET:/files/a/b");
  });

  test("a route by methods is traced, and what is static stays so", async () => {
    expect(await app.get("/static")).toBe("static");
    expect(await (await fetch(`${app.url}/methods`, { method: "POST" })).text()).toBe("static post");
    expect(await app.get("/methods")).toBe("got");
    expect(await app.namesUpTo("GET:/methods")).toEqual(["GET:/methods"]);
  });

  test("a status from 400 on is an error", async () => {
    await app.get("/missing");
    expect((await app.segment("GET:/missing")).spans[0]).toMatchObject({
      isError: true,
      tags: { "http.status_code": "404" },
    });
  });

  test("a handler that fails is an error, and its error handler goes on with its trace", async () => {
    expect(await app.get("/reject")).toBe("handled rejected");
    const failed = await app.segment("GET:/reject");
    expect(failed.spans[0]).toMatchObject({
      isError: true,
      tags: { "http.status_code": "500" },
      logs: [{ "error.kind": "RangeError", message: "rejected" }],
    });
    expect((await app.segment("GET:/from-error")).traceId).toBe(failed.traceId);
  });

  test("a client that has gone is an error", async () => {
    await breakOff(app.port, "/abort", 20);
    expect((await app.segment("GET:/abort")).spans[0].isError).toBe(true);
  });

  test("its calls are exit spans, from which the other side goes on", async () => {
    const echo = JSON.parse(await app.get(`/call?url=${app.url}/echo`)) as { sw8: string };
    expect(echo.sw8).toStartWith("1-");
    const callee = await app.segment("GET:/echo");
    const caller = await app.segment("GET:/call");
    expect(caller.spans.map(({ kind }) => kind)).toEqual(["entry", "exit"]);
    expect(callee.spans[0].refs).toMatchObject([{ parentTraceSegmentId: caller.segmentId, parentSpanId: 1 }]);
  });

  test("an ignored request leaves nothing", async () => {
    await app.get("/style.css");
    await app.get("/this");
    expect(await app.namesUpTo("GET:/this")).toEqual(["GET:/this"]);
  });

  test("a socket works on", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${app.port}/socket`);
    const answer = await new Promise((resolve, reject) => {
      socket.onopen = () => socket.send("hello");
      socket.onmessage = ({ data }) => resolve(data);
      socket.onerror = reject;
    });
    socket.close();
    expect(answer).toBe("echo hello");
    expect((await app.segment("GET:/socket")).spans[0].isError).toBe(false);
  });

  test("handlers given later are traced too", async () => {
    await app.get("/reload");
    expect(await app.get("/other")).toBe("reloaded");
    await app.segment("GET:/other");
    expect(await app.get("/reloaded/7")).toBe("reloaded route");
    await app.segment("GET:/reloaded/:id");
  });

  test("the default export is served with tracing", async () => {
    await using served = await startTraced("bun", "bun_default_app.ts", { listening: /http:\/\/.*:(\d+)/ });
    expect(await served.get("/x")).toBe("by default");
    await served.segment("GET:/x");
  });
});
