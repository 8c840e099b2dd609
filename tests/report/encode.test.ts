// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ThreadSnapshot } from "../../lib/profile/snapshot.ts";
import { encodeSnapshots } from "../../lib/report/encode_snapshot.ts";
import type { Segment } from "../../lib/trace/segment.ts";
import { Span } from "../../lib/trace/span.ts";
import { type ThreadSnapshot as SnapshotMessage, ThreadSnapshotSchema } from "../../proto/gen/profile_pb.ts";
import {
  RefType,
  type SegmentObject,
  SegmentObjectSchema,
  SpanLayer,
  SpanType,
} from "../../proto/gen/tracing_pb.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { requests } from "../support/requests.ts";
import { encoderOf, IDENTITY, snapshotsOf } from "./support.ts";

const clock = new FakeClock(1_000.75, 1_700_000_000_000.5);
const begin = requests(clock, { started() {}, renamed() {}, ended() {} });

const encodeSegment = encoderOf(IDENTITY);

function onTheWire(segment: Segment): SegmentObject {
  return fromBinary(SegmentObjectSchema, onlyMessage(encodeSegment(segment)));
}

describe("the encoder of segments", () => {
  test("gives all of a segment, its times cut to milliseconds since 1970", () => {
    const { segment, end } = begin("GET:/orders/:id");
    const exit = new Span({
      segment,
      parentId: 0,
      kind: "exit",
      operationName: "SELECT",
      startedAt: 1_002.9,
    });
    exit.component = 5;
    exit.layer = "database";
    exit.peer = "db:3306";
    exit.tag("db.type", "sql").log([{ key: "event", value: "slow" }]);
    exit.isError = true;
    exit.addRef({
      refType: "crossthread",
      traceId: "trace-9",
      parentTraceSegmentId: "segment-9",
      parentSpanId: 3,
      parentService: "cart",
      parentServiceInstance: "cart-1",
      parentEndpoint: "POST:/cart",
      networkAddressUsedAtPeer: "shop:80",
    });
    exit.end(1_010.2);
    segment.isSizeLimited = true;
    end();

    const message = onTheWire(segment);
    expect(message).toMatchObject({
      ...IDENTITY,
      traceId: segment.traceId,
      traceSegmentId: segment.id,
      isSizeLimited: true,
    });
    const [first, second] = message.spans;
    expect(first).toMatchObject({
      spanId: 0,
      parentSpanId: -1,
      startTime: 1_700_000_001_001n,
      endTime: 1_700_000_001_001n,
      operationName: "GET:/orders/:id",
      spanType: SpanType.Entry,
      spanLayer: SpanLayer.Unknown,
      isError: false,
    });
    expect(second).toMatchObject({
      spanId: 1,
      parentSpanId: 0,
      startTime: 1_700_000_001_003n,
      endTime: 1_700_000_001_010n,
      operationName: "SELECT",
      peer: "db:3306",
      spanType: SpanType.Exit,
      spanLayer: SpanLayer.Database,
      componentId: 5,
      isError: true,
      tags: [{ key: "db.type", value: "sql" }],
      logs: [{ time: 1_700_000_001_001n, data: [{ key: "event", value: "slow" }] }],
      refs: [{ refType: RefType.CrossThread, parentTraceSegmentId: "segment-9", parentSpanId: 3 }],
    });
  });

  test("names every kind of span and every layer as the backend does", () => {
    const { segment } = begin("root");
    const kinds = { entry: SpanType.Entry, exit: SpanType.Exit, local: SpanType.Local } as const;
    const layers = {
      unknown: SpanLayer.Unknown,
      database: SpanLayer.Database,
      rpcframework: SpanLayer.RPCFramework,
      http: SpanLayer.Http,
      mq: SpanLayer.MQ,
      cache: SpanLayer.Cache,
      faas: SpanLayer.FAAS,
    } as const;
    for (const kind of ["entry", "exit", "local"] as const) {
      new Span({ segment, parentId: 0, kind, operationName: kind, startedAt: 0 }).end();
      expect(onTheWire(segment).spans.at(-1)?.spanType).toBe(kinds[kind]);
    }
    const last = new Span({ segment, parentId: 0, kind: "local", operationName: "last", startedAt: 0 });
    for (const layer of Object.keys(layers) as (keyof typeof layers)[]) {
      last.layer = layer;
      expect(onTheWire(segment).spans.at(-1)?.spanLayer).toBe(layers[layer]);
    }
  });

  test.each([Number.NaN, 1.5, 2 ** 31, Number.POSITIVE_INFINITY])(
    "takes %p for no component and no time, instead of failing with the whole batch",
    (value) => {
      const { segment } = begin("root");
      const span = new Span({
        segment,
        parentId: 0,
        kind: "local",
        operationName: "bad",
        startedAt: Number.NaN,
      });
      span.component = value;
      const [, bad] = onTheWire(segment).spans;
      expect(bad).toMatchObject({ componentId: 0, startTime: 0n });
    },
  );

  test("keeps the largest component id there can be", () => {
    const { segment } = begin("root");
    const span = new Span({ segment, parentId: 0, kind: "local", operationName: "x", startedAt: 0 });
    span.component = 2 ** 31 - 1;
    expect(onTheWire(segment).spans[1]?.componentId).toBe(2 ** 31 - 1);
  });
});

describe("encoded segments", () => {
  const named = (operationName: string) => {
    const { segment, end } = begin(operationName);
    end();
    return segment;
  };

  test("put together are a stream of all, also where they need several pieces of memory", () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `GET:/${"x".repeat(i % 150)}/${i}`.slice(0, 150));
    const parts = names.map((name) => encodeSegment(named(name)));
    const body = Buffer.concat(parts);
    expect(body.length).toBeGreaterThan(2 * 64 * 1024);
    const segments = messagesOf(body).map((message) => fromBinary(SegmentObjectSchema, message));
    expect(segments.map(({ spans }) => spans[0]?.operationName)).toEqual(names);
  });

  test.each([0, 1, 127, 128, 1_000, 16_383, 16_384, 200_000])("keep a stack of %p characters", (length) => {
    const { segment } = begin("root");
    const text = "s".repeat(length);
    segment.spans[0]?.log([{ key: "stack", value: text }]);
    expect(onTheWire(segment).spans[0]?.logs[0]?.data[0]).toMatchObject({ key: "stack", value: text });
  });

  test.each(["ü", "日本語", "a👍b", `${"x".repeat(127)}é`, "\ud800 alone"])("keep %p as UTF-8", (text) => {
    const { segment } = begin("root");
    segment.spans[0]?.tag("note", text).tag("after", "it");
    expect(onTheWire(segment).spans[0]?.tags).toMatchObject([
      { key: "note", value: text.replace("\ud800", "\ufffd") },
      { key: "after", value: "it" },
    ]);
  });

  test("are as the generic encoder writes them", () => {
    const { segment, end } = begin("GET:/orders/:id");
    new Span({ segment, parentId: 0, kind: "exit", operationName: "GET:/", startedAt: 3 }).end();
    end();
    const bytes = onlyMessage(encodeSegment(segment));
    expect(toBinary(SegmentObjectSchema, fromBinary(SegmentObjectSchema, bytes))).toEqual(bytes);
  });

  test("are so with spans of any length, short and long", () => {
    for (const length of [0, 60, 100, 1_900, 20_000]) {
      const { segment } = begin("x");
      segment.spans[0]?.log([{ key: "k", value: "v".repeat(length) }]);
      const bytes = onlyMessage(encodeSegment(segment));
      expect(toBinary(SegmentObjectSchema, fromBinary(SegmentObjectSchema, bytes))).toEqual(bytes);
    }
  });

  test("leave nothing of one that could not be encoded", () => {
    const { segment } = begin("bad");
    Object.defineProperty(segment.spans[0], "refs", {
      get() {
        throw new Error("no refs");
      },
    });
    expect(() => encodeSegment(segment)).toThrow("no refs");
    expect(onTheWire(named("good")).spans[0]?.operationName).toBe("good");
  });
});

describe("encodeSnapshots", () => {
  test("gives on the wire what the protocol says", () => {
    const [first, second, ...more] = snapshotMessages(snapshotsOf("segment-1", 2));
    expect(more).toEqual([]);
    expect(first).toMatchObject({ time: 1_700_000_000_000n, sequence: 0 });
    expect(second).toMatchObject({
      taskId: "task-1",
      traceSegmentId: "segment-1",
      time: 1_700_000_000_010n,
      sequence: 1,
      stack: { codeSignatures: ["root", "of segment-1"] },
    });
    expect(second?.$unknown).toBeUndefined();
  });

  test("encodes a stack once for all its snapshots, however many there are", () => {
    let reads = 0;
    const codeSignatures = new Proxy(["root", "leaf"], {
      get(target, key, receiver) {
        if (key === "0") reads++;
        return Reflect.get(target, key, receiver);
      },
    });
    const snapshots = snapshotsOf("segment-1", 100).map((snapshot) => ({ ...snapshot, codeSignatures }));
    const messages = snapshotMessages(snapshots);
    expect(reads).toBe(1);
    expect(new Set(messages.map(({ stack }) => stack?.codeSignatures.join()))).toEqual(
      new Set(["root,leaf"]),
    );
  });

  test("keeps their order and every frame, also of a stack that no part has room for", () => {
    const stacks = [
      Array.from({ length: 500 }, (_, index) => `frame ${index} ünïcode`),
      [""],
      Array.from({ length: 4_000 }, (_, index) => `a long one of ${index} ${"x".repeat(index % 50)}`),
      [],
    ];
    const snapshots = snapshotsOf("segment-1", 200).map((snapshot, index) => ({
      ...snapshot,
      codeSignatures: stacks[index % stacks.length] ?? [],
    }));
    const messages = snapshotMessages(snapshots);
    expect(messages.map(({ sequence }) => sequence)).toEqual(snapshots.map(({ sequence }) => sequence));
    expect(messages.map(({ stack }) => stack?.codeSignatures)).toEqual(
      snapshots.map(({ codeSignatures }) => codeSignatures),
    );
  });

  test("gives them in parts of 64 KB; nothing for none", () => {
    const parts = partsOf(snapshotsOf("segment-1", 5_000));
    expect(parts.length).toBeGreaterThan(4);
    for (const { length } of parts.slice(0, -1)) expect(length).toBeWithin(60_000, 65_537);
    expect([...encodeSnapshots([])]).toEqual([]);
  });

  test("lets go of the thread after every eighth", () => {
    const rests = (count: number) =>
      [...encodeSnapshots(snapshotsOf("segment-1", count))].filter((part) => part === undefined).length;
    expect([7, 8, 15, 16, 5_000].map(rests)).toEqual([0, 1, 1, 2, 625]);
  });
});

function partsOf(snapshots: readonly ThreadSnapshot[]): Uint8Array[] {
  return [...encodeSnapshots(snapshots)].filter((part) => part !== undefined);
}

function snapshotMessages(snapshots: readonly ThreadSnapshot[]): SnapshotMessage[] {
  const body = Buffer.concat(partsOf(snapshots));
  return messagesOf(body).map((message) => fromBinary(ThreadSnapshotSchema, message));
}

function onlyMessage(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const [only, ...more] = messagesOf(Buffer.from(body));
  if (!only || more.length > 0) throw new Error(`Cannot read one message: there are ${more.length + 1}`);
  return only;
}

/** The messages of a stream's body. */
function messagesOf(body: Buffer): Uint8Array<ArrayBuffer>[] {
  const messages: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < body.length; ) {
    expect(body[at]).toBe(0);
    const end = at + 5 + body.readUInt32BE(at + 1);
    messages.push(new Uint8Array(body.subarray(at + 5, end)));
    at = end;
  }
  return messages;
}
