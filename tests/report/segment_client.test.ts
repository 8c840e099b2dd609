// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { Code } from "@connectrpc/connect";
import { createSegmentClient } from "../../lib/report/segment_client.ts";
import { startCollector } from "../support/fake_collector.ts";
import { encoderOf, IDENTITY, openTransport, segment } from "./support.ts";

const encodeSegment = encoderOf(IDENTITY);
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `GET:/${i}`);
const endpoints = (segments: readonly { spans: readonly { operationName: string }[] }[]): string[] =>
  segments.map(({ spans }) => spans[0]?.operationName ?? "");

test("a batch is one message", async () => {
  const collector = await startCollector();
  using transport = openTransport(collector.address);
  await createSegmentClient(transport).collect(names(200).map((name) => encodeSegment(segment(name))));
  expect(endpoints(collector.segments)).toEqual(names(200));
  expect(collector.calls).toEqual(["collectInSync"]);
  transport.close();
  await collector.close();
});

test("a batch of more than a MiB is several messages, in order", async () => {
  const collector = await startCollector();
  using transport = openTransport(collector.address);
  const large = names(100).map((name) => {
    const one = segment(name);
    Object.defineProperty(one, "spans", { value: Array.from({ length: 300 }, () => one.spans[0]) });
    return encodeSegment(one);
  });
  await createSegmentClient(transport).collect(large);
  expect(endpoints(collector.segments)).toEqual(names(100));
  expect(collector.calls.length).toBeGreaterThan(1);
  transport.close();
  await collector.close();
});

test("a backend that does not know the call gets a stream, then and from then on", async () => {
  const collector = await startCollector();
  collector.failures.set("collectInSync", Code.Unimplemented);
  using transport = openTransport(collector.address);
  const client = createSegmentClient(transport);
  await client.collect([encodeSegment(segment("GET:/a"))]);
  await client.collect([encodeSegment(segment("GET:/b"))]);
  expect(collector.calls).toEqual(["collectInSync", "collect", "collect"]);
  expect(endpoints(collector.segments).filter((name, i, all) => all.indexOf(name) === i)).toEqual([
    "GET:/a",
    "GET:/b",
  ]);
  transport.close();
  await collector.close();
});
