// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { RUN_BUILT } from "../support/spawn.ts";
import { type PrintedSegment, startTraced, type TracedApp } from "./support.ts";

interface Echo {
  readonly method: string;
  readonly sw8?: string;
  readonly correlation?: string;
  readonly a?: string;
}

/** A port nobody listens at. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

const exitOf = ({ spans }: PrintedSegment) => spans.filter(({ kind }) => kind === "exit");

for (const runtime of RUN_BUILT) {
  describe(`calls on ${runtime}`, () => {
    let shop: TracedApp;
    let stock: TracedApp;
    let closed: string;
    beforeAll(async () => {
      [shop, stock] = await Promise.all([
        startTraced(runtime, "node_app.mjs", { service: "shop" }),
        startTraced(runtime, "node_app.mjs", { service: "stock" }),
      ]);
      closed = `http://127.0.0.1:${await closedPort()}/closed`;
    }, 30_000);
    afterAll(() => Promise.all([shop[Symbol.asyncDispose](), stock[Symbol.asyncDispose]()]));

    const ways: [how: string, method: string, a?: string][] = [
      ["named get", "GET"],
      ["named request", "POST", "b"],
      ["default get", "GET"],
      ["default request", "GET"],
      ["required request", "GET"],
      ["own agent", "GET"],
      ["no agent", "GET"],
      ["fetch", "GET"],
      ["fetch URL", "POST", "b"],
      ["fetch Request", "PUT", "b"],
      ["fetch with Request as options", "PUT", "b"],
    ];
    for (const [how, method, a] of ways) {
      test(`${how}: one exit span, from which the other process goes on`, async () => {
        const answer = await shop.get(`/call?how=${how}&url=${stock.url}/echo?q=1`);
        expect(answer).toStartWith("200 ");
        const echo = JSON.parse(answer.slice(4)) as Echo;
        expect(echo.method).toBe(method);
        expect(echo.correlation).toBe(`${btoa("user")}:${btoa("7")}`);
        expect(echo.a).toBe(a);
        const [caller, callee] = [await shop.segment("GET:/call"), await stock.segment(`${method}:/echo`)];
        expect(caller.spans).toHaveLength(2);
        expect(caller.spans[1]).toMatchObject({
          id: 1,
          parentId: 0,
          kind: "exit",
          operationName: `${method}:/echo`,
          component: 2,
          layer: "http",
          peer: `127.0.0.1:${stock.port}`,
          isError: false,
          tags: { "http.method": method, url: `${stock.url}/echo`, "http.status_code": "200" },
        });
        expect(callee.traceId).toBe(caller.traceId);
        expect(callee.spans[0].refs).toEqual([
          {
            refType: "crossprocess",
            traceId: caller.traceId,
            parentTraceSegmentId: caller.segmentId,
            parentSpanId: 1,
            parentService: "shop",
            parentServiceInstance: "shop@test",
            parentEndpoint: "GET:/call",
            networkAddressUsedAtPeer: `127.0.0.1:${stock.port}`,
          },
        ]);
      });
    }

    test("the peer is what is called, whatever the host header says", async () => {
      await shop.get(`/call?how=other host header&url=${stock.url}/echo`);
      expect(exitOf(await shop.segment("GET:/call"))).toMatchObject([{ peer: `127.0.0.1:${stock.port}` }]);
      expect((await stock.segment("GET:/echo")).spans[0].refs).toHaveLength(1);
    });

    test("headers given as an array: traced, but not carried", async () => {
      expect(await shop.get(`/call?how=array headers&url=${stock.url}/echo`)).toStartWith("200 ");
      expect(exitOf(await shop.segment("GET:/call"))).toMatchObject([
        { peer: `127.0.0.1:${stock.port}`, tags: { "http.status_code": "200" } },
      ]);
      expect((await stock.segment("GET:/echo")).spans[0].refs).toEqual([]);
    });

    test("a status from 400 on is an error", async () => {
      for (const how of ["named get", "fetch"]) {
        await shop.get(`/call?how=${how}&url=${stock.url}/missing`);
        expect(exitOf(await shop.segment("GET:/call"))).toMatchObject([
          { isError: true, tags: { "http.status_code": "404" } },
        ]);
      }
    });

    test("a call that is refused is an error, and fails as it would without us", async () => {
      const answer = await shop.get(`/refused?closed=${closed}`);
      expect(answer).toMatch(/^ECONNREFUSED,\w*Error$/);
      const spans = exitOf(await shop.segment("GET:/refused"));
      expect(spans.map(({ peer, isError }) => [peer, isError])).toEqual([
        ["127.0.0.1:1", true],
        [new URL(closed).host, true],
      ]);
      expect(spans.map(({ logs }) => logs[0]?.event)).toEqual(["error", "error"]);
    });

    test("a failure that the app does not handle stays unhandled", async () => {
      expect(await shop.get(`/unhandled?closed=${closed}`)).toMatch(/^unhandled \w*Error$/);
    });

    test("a call that is broken off ends as an error", async () => {
      await shop.get(`/aborts?url=${stock.url}`);
      const spans = exitOf(await shop.segment("GET:/aborts"));
      expect(
        spans.map(({ operationName, isError, tags }) => [operationName, isError, tags["http.status_code"]]),
      ).toEqual([
        // Its headers had come: that is where a call ends.
        ["GET:/hang", false, "200"],
        ["GET:/", true, undefined],
        ["GET:/never", true, undefined],
      ]);
    });

    test("concurrent requests keep to their own calls", async () => {
      const numbers = Array.from({ length: 20 }, (_, n) => n);
      await Promise.all(numbers.map((n) => shop.get(`/concurrent?n=${n}&url=${stock.url}/echo`)));
      const names: string[][] = [];
      for (const _ of numbers) {
        names.push((await shop.segment("GET:/concurrent")).spans.map(({ operationName }) => operationName));
      }
      const expected = numbers.map((n) => ["GET:/concurrent", `GET:/echo/${n}`, `GET:/echo/${n}/again`]);
      expect(names.sort()).toEqual(expected.sort());
    });

    test("what is no HTTP is left alone", async () => {
      expect(await shop.get("/data")).toBe("inline");
      expect((await shop.segment("GET:/data")).spans).toHaveLength(1);
    });

    test("untraced code is left alone", async () => {
      const answers = JSON.parse(await shop.get(`/not-traced?url=${stock.url}/echo`)) as string[];
      expect(answers.map((answer) => (JSON.parse(answer.slice(4)) as Echo).sw8)).toEqual([
        undefined,
        undefined,
      ]);
      expect((await shop.segment("GET:/not-traced")).spans).toHaveLength(1);
    });

    test("an ignored request's calls are left alone", async () => {
      const answer = await shop.get(`/internal/health?url=${stock.url}/echo`);
      expect((JSON.parse(answer.slice(4)) as Echo).sw8).toBeUndefined();
      await shop.get("/style.css");
      await shop.get("/ok");
      const names = await shop.namesUpTo("GET:/ok");
      expect(names).toEqual(["GET:/ok"]);
    });

    test("what runs after the segment was handed over goes on in a segment of its own", async () => {
      await shop.get(`/late?url=${stock.url}/echo/late`);
      const first = await shop.segment("GET:/late");
      const second = await shop.segment("GET:/echo/late");
      expect(second.spans).toMatchObject([
        {
          kind: "exit",
          parentId: -1,
          refs: [{ refType: "crossthread", parentTraceSegmentId: first.segmentId }],
        },
      ]);
      expect((await stock.segment("GET:/echo/late")).traceId).toBe(first.traceId);
    });

    test("taking the patches off puts the originals back", async () => {
      expect(await stock.get("/undo")).toBe("emit");
      const answer = await stock.get(`/call?how=fetch&url=${shop.url}/echo`);
      expect((JSON.parse(answer.slice(4)) as Echo).sw8).toBeUndefined();
      const other = await stock.get(`/call?how=named get&url=${shop.url}/echo`);
      expect((JSON.parse(other.slice(4)) as Echo).sw8).toBeUndefined();
    });
  });
}
