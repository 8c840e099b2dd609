// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { request as httpRequest } from "node:http";
import { startOap } from "../../lib/oap/mod.ts";
import type { Overview } from "../../lib/oap/page/data.ts";
import { ENDPOINT, EVIL, INSTANCE, type Seeded, seededOap } from "../page/seed.ts";

let seeded: Seeded;
beforeAll(async () => {
  seeded = await seededOap();
});
afterAll(() => seeded.oap.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Asks with headers as they are; `fetch` would not send another `Host`. */
function ask(path: string, headers: Record<string, string> = {}, method: string = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { restPort: port } = seeded.oap;
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    request.on("error", reject);
    request.end(method === "POST" ? '{"query":"{version}"}' : undefined);
  });
}

describe("the page", () => {
  test("is served at the root, compressed where the client takes that", async () => {
    const plain = await ask("/");
    expect(plain.status).toBe(200);
    expect(plain.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.body).toStartWith("<!doctype html>");
    const packed = await fetch(new URL("/page.js?x=1", seeded.url));
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(await packed.text()).toBe((await ask("/page.js")).body);
    expect((await ask("/page.css")).headers["content-type"]).toBe("text/css; charset=utf-8");
  });

  test("may load nothing from elsewhere, run nothing but its script, and stand in no frame", async () => {
    for (const path of ["/", "/page.js", "/page/overview"]) {
      const { headers } = await ask(path);
      const policy = String(headers["content-security-policy"]).split("; ");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(String(policy)).not.toMatch(/unsafe|https?:|\*/);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  test("is answered to GET and HEAD only, and what is not of it is not found", async () => {
    expect((await ask("/", {}, "HEAD")).status).toBe(200);
    expect((await ask("/", {}, "POST")).status).toBe(404);
    for (const path of ["/index.html", "/page", "/page/", "/page.js/", "/__proto__", "/../package.json"]) {
      expect((await ask(path)).status).toBe(404);
    }
  });
});

describe("the name a browser asks under", () => {
  const port = () => seeded.oap.restPort;
  const trusted = ["127.0.0.1", "localhost", "LOCALHOST", "shop.localhost", "[::1]", "10.0.0.7"];
  const foreign = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[evil]"];

  test("may be an address or one of the loopback interface, with any port", async () => {
    for (const name of trusted) {
      expect((await ask("/", { host: `${name}:${port()}` })).status).toBe(200);
      expect((await ask("/page/overview", { host: name })).status).toBe(200);
    }
  });

  test("may be no other, lest a page of another site has its name resolve to here", async () => {
    for (const name of foreign) {
      const host = `${name}:${port()}`;
      for (const path of ["/", "/page/overview", "/page/snapshots?segmentId=segment-1"]) {
        const { status, body } = await ask(path, { host });
        expect(status).toBe(403);
        expect(body).toContain("--host");
      }
      const headers = { host, origin: `http://${host}`, "content-type": "application/json" };
      expect((await ask("/graphql", headers, "POST")).status).toBe(403);
    }
  });

  test("is not asked of programs, which send no origin", async () => {
    const headers = { host: "oap.internal:12800", "content-type": "application/json" };
    expect((await ask("/graphql", headers, "POST")).status).toBe(200);
  });

  test("may be the one the backend listens on", async () => {
    await using oap = await startOap({ host: "localhost" });
    const response = await fetch(`http://localhost:${oap.restPort}/`);
    expect(response.status).toBe(200);
  });
});

describe("an overview", () => {
  test("has the figures of each endpoint's requests, the slowest first", async () => {
    const { grpcAddress, services } = JSON.parse((await ask("/page/overview")).body);
    expect(grpcAddress).toBe(`127.0.0.1:${seeded.oap.grpcPort}`);
    expect(services).toEqual([
      {
        id: expect.any(String),
        name: "shop",
        instances: [{ name: INSTANCE, runtime: "node/24.1.0" }],
        endpoints: [
          { name: ENDPOINT, requests: 3, errors: 0, median: 300, p95: 600, slowest: 600 },
          { name: EVIL, requests: 1, errors: 1, median: 30, p95: 30, slowest: 30 },
        ],
      },
    ]);
  });

  test("of an endpoint whose requests are gone has zeros", async () => {
    await using oap = await startOap();
    oap.store.addService("idle", "GENERAL");
    oap.store.addEndpoint("idle", "GET:/");
    const response = await fetch(`http://127.0.0.1:${oap.restPort}/page/overview`);
    const { services } = (await response.json()) as Overview;
    expect(services[0]?.endpoints).toEqual([
      { name: "GET:/", requests: 0, errors: 0, median: 0, p95: 0, slowest: 0 },
    ]);
  });
});

describe("a segment's snapshots", () => {
  test("come in their order, with each stack once", async () => {
    const { signatures, stacks, snapshots } = JSON.parse(
      (await ask("/page/snapshots?segmentId=segment-1")).body,
    );
    const stored = seeded.oap.store.snapshots("segment-1");
    expect(stored.length).toBeGreaterThan(50);
    const read = snapshots.map(([time, sequence, stack]: [number, number, number]) => ({
      time,
      sequence,
      stack: stacks[stack].map((index: number) => signatures[index]),
    }));
    expect(read).toEqual(stored.map(({ time, sequence, stack }) => ({ time, sequence, stack })));
    expect(stacks.length).toBe(6);
    expect(new Set(signatures).size).toBe(signatures.length);
  });

  test("of no segment are none", async () => {
    for (const query of ["?segmentId=none", "?segmentId=", ""]) {
      expect(JSON.parse((await ask(`/page/snapshots${query}`)).body).snapshots).toEqual([]);
    }
  });
});
