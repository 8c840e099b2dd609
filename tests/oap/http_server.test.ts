// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Oap, startOap } from "../../lib/oap/mod.ts";
import { ask, post } from "./support.ts";

let oap: Oap;
let url: string;

beforeAll(async () => {
  oap = await startOap();
  url = `http://127.0.0.1:${oap.restPort}/graphql`;
});
afterAll(() => oap.close());

const version = { version: expect.stringMatching(/^10\.1/) };

describe("a query", () => {
  test("comes as JSON, with variables and the name of one of several operations", async () => {
    const body = {
      query: "query A { a: version } query B($s: ID) { b: getProfileTaskList(serviceId: $s) { id } }",
      operationName: "B",
      variables: { s: "none" },
    };
    expect(await post(url, "application/json; charset=utf-8", JSON.stringify(body))).toMatchObject({
      status: 200,
      data: { b: [] },
    });
  });

  test("comes bare as application/graphql", async () => {
    expect(await post(url, "application/graphql", "{version}")).toMatchObject({ status: 200, data: version });
  });

  test("may have null in place of variables and of the operation's name", async () => {
    const body = JSON.stringify({ query: "{version}", variables: null, operationName: null });
    expect(await post(url, "application/json", body)).toMatchObject({ status: 200, data: version });
  });

  test("can ask for the schema itself", async () => {
    expect((await ask(url, "{ __schema { queryType { name } } }")).data).toEqual({
      __schema: { queryType: { name: "Query" } },
    });
  });

  const malformed: [body: string, message: string][] = [
    ["{", "JSON is malformed"],
    ["", "JSON is malformed"],
    ["[]", "not an object"],
    ["null", "not an object"],
    ["{}", "no text `query`"],
    ['{"query":1}', "no text `query`"],
    ['{"query":"{version}","variables":[]}', "`variables` is not an object"],
    ['{"query":"{version}","variables":"x"}', "`variables` is not an object"],
    ['{"query":"{version}","operationName":1}', "`operationName` is not a text"],
    ['{"query":"{version"}', "Syntax Error"],
    ['{"query":"{nothing}"}', 'Cannot query field "nothing"'],
    ['{"query":"{version}","operationName":"Other"}', "Unknown operation"],
  ];
  for (const [body, message] of malformed) {
    test(`${JSON.stringify(body)} is answered with 400 and why`, async () => {
      const answer = await post(url, "application/json", body);
      expect(answer.status).toBe(400);
      expect(answer.errors[0]?.message).toContain(message);
    });
  }

  test("of 1 MiB is read, of one byte more it is not", async () => {
    const limit = 1024 * 1024;
    const padded = (length: number) => "{version}".padEnd(length, " ");
    expect((await post(url, "application/graphql", padded(limit))).status).toBe(200);
    const over = await post(url, "application/graphql", padded(limit + 1));
    expect(over.status).toBe(413);
    expect(over.errors[0]?.message).toContain(String(limit));
  });

  test("of very many tokens is not executed", async () => {
    const answer = await post(url, "application/graphql", `{${"version ".repeat(10_000)}}`);
    expect(answer.status).toBe(400);
    expect(answer.errors[0]?.message).toContain("10000 tokens");
  });

  test("of another content type, such as a page of another origin could send unasked, is refused", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]) {
      expect((await post(url, type, '{"query":"{version}"}')).status).toBe(415);
    }
  });

  test("comes by POST only", async () => {
    const response = await fetch(`${url}?query={version}`);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });
});

test("other paths are not found", async () => {
  for (const path of ["/", "/graphql/x", "/skywalking.v3.Nothing/call"]) {
    const { status } = await fetch(new URL(path, url), { method: "POST", body: "" });
    expect(status).toBe(404);
  }
});

describe("Long", () => {
  const analyze =
    '($t: Long!) { getSegmentsProfileAnalyze(queries: [{ segmentId: "s", timeRange: { start: $t, end: 9 } }]) { tip } }';

  test("is a whole number, as text or not, up to 2^53 - 1", async () => {
    for (const t of [0, -1, Number.MAX_SAFE_INTEGER, "1700000000000"]) {
      expect((await ask(url, `query${analyze}`, { t })).errors).toEqual([]);
    }
    for (const t of [0.5, 2 ** 53, "x", "", true, {}]) {
      expect((await ask(url, `query${analyze}`, { t })).errors[0]?.message).toContain("Long");
    }
  });

  test("is written into a query as a number or a text", async () => {
    const literal = (t: string) =>
      ask(
        url,
        `{ getSegmentsProfileAnalyze(queries: [{ segmentId: "s", timeRange: { start: ${t}, end: 9 } }]) { tip } }`,
      );
    for (const t of ["1700000000000", '"1700000000000"', "-5"]) expect((await literal(t)).errors).toEqual([]);
    for (const t of ["1.5", "true", '"x"']) expect((await literal(t)).errors[0]?.message).toContain("Long");
  });
});

test("a creation without a request is an error, not a task", async () => {
  const answer = await ask(url, "mutation { createProfileTask { id } }");
  expect(answer.status).toBe(200);
  expect(answer.errors[0]?.message).toContain("creationRequest is null");
  expect(oap.store.tasks()).toEqual([]);
});
