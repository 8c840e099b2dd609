// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { createSegmentClient } from "../../lib/report/segment_client.ts";
import { startCollector } from "../support/fake_collector.ts";
import { encoderOf, IDENTITY, openTransport, segment } from "./support.ts";

for (const protocol of ["grpc", "connect"] as const) {
  test(`a batch is one call, in order (${protocol})`, async () => {
    await using collector = await startCollector({ protocol });
    using transport = openTransport(collector.address, { protocol });
    const encodeSegment = encoderOf(IDENTITY);
    const names = Array.from({ length: 200 }, (_, i) => `GET:/${i}`);
    await createSegmentClient(transport).collect(names.map((name) => encodeSegment(segment(name))));
    expect(collector.segments.map(({ spans }) => spans[0]?.operationName ?? "")).toEqual(names);
    expect(collector.calls).toEqual(["collect"]);
  });

  test(`a batch of many times what HTTP/2 sends unasked arrives (${protocol})`, async () => {
    await using collector = await startCollector({ protocol });
    using transport = openTransport(collector.address, { protocol });
    const large = segment("GET:/large");
    Object.defineProperty(large, "spans", { value: Array.from({ length: 300 }, () => large.spans[0]) });
    const page = encoderOf(IDENTITY)(large);
    await createSegmentClient(transport).collect(Array.from({ length: 100 }, () => page));
    expect(page.length * 100).toBeGreaterThan(1_000_000);
    expect(collector.segments.map(({ spans }) => spans.length)).toEqual(Array(100).fill(300));
  });
}
