// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { Carrier } from "../../lib/trace/carrier.ts";
import { present, testTracer } from "./support.ts";

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

interface Fields {
  readonly sample?: string;
  readonly traceId?: string;
  readonly segmentId?: string;
  readonly spanId?: string;
  readonly service?: string;
  readonly instance?: string;
  readonly endpoint?: string;
  readonly address?: string;
}

function header(fields: Fields = {}): string {
  const {
    sample = "1",
    traceId = "trace.1",
    segmentId = "segment.2",
    spanId = "3",
    service = "shop",
    instance = "shop@host",
    endpoint = "GET:/cart",
    address = "stock:8080",
  } = fields;
  const names = [service, instance, endpoint, address].map(base64);
  return [sample, base64(traceId), base64(segmentId), spanId, ...names].join("-");
}

const reference = (fields?: Fields) => new Carrier(header(fields)).reference;

describe("Carrier", () => {
  test("reads the header another agent sent", () => {
    expect(reference()).toEqual({
      refType: "crossprocess",
      traceId: "trace.1",
      parentTraceSegmentId: "segment.2",
      parentSpanId: 3,
      parentService: "shop",
      parentServiceInstance: "shop@host",
      parentEndpoint: "GET:/cart",
      networkAddressUsedAtPeer: "stock:8080",
    });
  });

  test("reads names in any script", () => {
    expect(reference({ service: "магазин", endpoint: "GET:/買い物/🛒" })).toMatchObject({
      parentService: "магазин",
      parentEndpoint: "GET:/買い物/🛒",
    });
  });

  test("takes a caller that was not sampled as any other", () => {
    expect(reference({ sample: "0" })?.traceId).toBe("trace.1");
  });

  test("counts a header that is not valid as absent", () => {
    const bad = [
      "",
      "1",
      header().slice(0, header().lastIndexOf("-")),
      `${header()}-`,
      header({ sample: "2" }),
      header({ sample: "" }),
      header({ spanId: "" }),
      header({ spanId: "x" }),
      header({ spanId: "1.5" }),
      header({ spanId: "1e3" }),
      header({ spanId: "9999999999" }),
      header({ traceId: "" }),
      header({ segmentId: "" }),
      header({ service: "" }),
      header({ instance: "" }),
      header({ endpoint: "" }),
      header({ address: "" }),
      header().replace(base64("shop"), "%%%"),
      header().replace(base64("shop"), Buffer.from([0xff, 0xfe]).toString("base64")),
      // A span id of -1 makes nine fields.
      header({ spanId: "-1" }),
    ];
    expect(bad.filter((text) => new Carrier(text).reference !== undefined)).toEqual([]);
  });

  test("accepts ids of 150 characters and no longer ones", () => {
    expect(reference({ traceId: "t".repeat(150) })?.traceId).toHaveLength(150);
    expect(reference({ traceId: "t".repeat(151) })).toBeUndefined();
    expect(reference({ segmentId: "s".repeat(150) })?.parentTraceSegmentId).toHaveLength(150);
    expect(reference({ segmentId: "s".repeat(151) })).toBeUndefined();
  });

  test("accepts headers below 2,048 characters only", () => {
    const ofLength = (length: number) => {
      const rest = header({ address: "" }).length;
      return header().slice(0, header().lastIndexOf("-") + 1) + "A".repeat(length - rest);
    };
    expect(ofLength(2_044)).toHaveLength(2_044);
    expect(new Carrier(ofLength(2_044)).reference).toBeDefined();
    expect(ofLength(2_048)).toHaveLength(2_048);
    expect(new Carrier(ofLength(2_048)).reference).toBeUndefined();
  });
});

describe("Tracer.inject()", () => {
  test("writes a header that leads back to the span", () => {
    const { tracer } = testTracer();
    const entry = present(tracer.startEntry("GET:/größe"));
    const exit = present(tracer.startExit("GET:/stock", "stock:8080", entry));
    expect(new Carrier(tracer.inject(exit)).reference).toEqual({
      refType: "crossprocess",
      traceId: entry.segment.traceId,
      parentTraceSegmentId: entry.segment.id,
      parentSpanId: 1,
      parentService: "shop",
      parentServiceInstance: "shop@host",
      parentEndpoint: "GET:/größe",
      networkAddressUsedAtPeer: "stock:8080",
    });
  });

  test("stays below 2,048 characters with the longest names", () => {
    const longest = "語".repeat(70);
    const { tracer } = testTracer({ service: longest, serviceInstance: longest });
    const received = header({ traceId: "t".repeat(150) });
    const entry = present(tracer.startEntry("語".repeat(150), { sw8: received }));
    const exit = present(tracer.startExit("GET:/", `${"h".repeat(253)}:65535`, entry));
    const sent = tracer.inject(exit);
    expect(sent.length).toBeLessThan(2_048);
    expect(new Carrier(sent).reference?.traceId).toBe("t".repeat(150));
  });
});
