// SPDX-License-Identifier: Apache-2.0
import { createServer, type Socket } from "node:net";
import type { ThreadSnapshot } from "../../lib/profile/snapshot.ts";
import { FieldWriter } from "../../lib/report/_field_writer.ts";
import { createSegmentEncoder } from "../../lib/report/encode_segment.ts";
import type { Identity } from "../../lib/report/identity.ts";
import { createTransport, type Transport, type TransportOptions } from "../../lib/report/transport.ts";
import { selectRuntime } from "../../lib/runtime/select.ts";
import type { Segment } from "../../lib/trace/segment.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { requests } from "../support/requests.ts";

export const IDENTITY = { service: "shop", serviceInstance: "shop-1" } as const;

export const { clock, timers } = selectRuntime();

/** A transport with short deadlines that closes when it is disposed of. */
export function openTransport(
  addresses: string | readonly string[],
  options: Partial<TransportOptions> = {},
): Transport & Disposable {
  const transport = createTransport({
    addresses: typeof addresses === "string" ? [addresses] : addresses,
    protocol: "grpc",
    token: "",
    tls: false,
    timeoutMs: 5_000,
    timers,
    untraced: (call) => call(),
    ...options,
  });
  return { ...transport, [Symbol.dispose]: transport.close };
}

const begin = requests(new FakeClock(), { started() {}, renamed() {}, ended() {} });

/** An encoder that gives each segment as a record of its own. */
export function encoderOf(identity: Identity): (segment: Segment) => Uint8Array<ArrayBuffer> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const writer = new FieldWriter(() => void parts.push(writer.take()));
  const encode = createSegmentEncoder(identity);
  return (segment) => {
    encode(segment, writer);
    parts.push(writer.take());
    const [only, ...more] = parts.splice(0).filter(({ length }) => length > 0);
    if (!only || more.length > 0) throw new Error(`Cannot encode: there are ${more.length + 1} parts`);
    return only;
  };
}

/** A finished segment with one span. */
export function segment(operationName: string, watched = false): Segment {
  const request = begin(operationName);
  request.end();
  request.segment.watched = watched;
  return request.segment;
}

/** Snapshots 0 to `count` - 1 of a segment. */
export function snapshotsOf(traceSegmentId: string, count: number): ThreadSnapshot[] {
  const codeSignatures = ["root", `of ${traceSegmentId}`];
  return Array.from({ length: count }, (_, sequence) => ({
    taskId: "task-1",
    traceSegmentId,
    time: 1_700_000_000_000 + sequence * 10,
    sequence,
    codeSignatures,
  }));
}

/** A port of the loopback on which nobody listens. */
export async function deadAddress(): Promise<string> {
  await using server = await listenMute();
  return server.address;
}

/** A server that takes connections and never says a word. */
export async function listenMute(): Promise<{ address: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot listen: no port");
  return {
    address: `127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
