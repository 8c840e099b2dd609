// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { createSocketReads } from "../../lib/runtime/_sockets.ts";

type Listen = (socket: Socket, got: () => void) => void;

const onData: Listen = (socket, got) => void socket.once("data", got);
const onReadable: Listen = (socket, got) =>
  void socket.once("readable", () => socket.read() !== null && got());

/** What happens, in its order, as a client reads one answer, by `data` or by `readable`. */
async function read(isOn: boolean, listen: Listen): Promise<string[]> {
  const seen: string[] = [];
  const reads = createSocketReads({
    began: (kind) => seen.push(kind),
    ended: () => seen.push("ended"),
  });
  reads.start();
  if (!isOn) reads.stop();
  const server = createServer((socket) => {
    // The server's end is a socket of the app, too; it reads nothing.
    socket.end("answer");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = new Socket();
  await new Promise<void>((resolve) => {
    listen(socket, async () => {
      seen.push("listener");
      setImmediate(() => {
        seen.push("next turn");
        resolve();
      });
      await Promise.resolve();
      await Promise.resolve();
      seen.push("continuation");
    });
    const address = server.address();
    socket.connect(typeof address === "object" && address ? address.port : 0, "127.0.0.1");
  });
  reads.stop();
  socket.destroy();
  server.close();
  return seen;
}

describe("a socket that reads", () => {
  for (const [event, listen] of [
    ["data", onData],
    ["readable", onReadable],
  ] as const) {
    test(`tells so until all is done that its listeners to ${event} did right then`, async () => {
      const seen = await read(true, listen);
      expect(seen.slice(0, 5)).toEqual(["net.read", "listener", "continuation", "ended", "next turn"]);
    });
  }

  test("tells nothing from the end of the recording on", async () => {
    expect(await read(false, onData)).toEqual(["listener", "continuation", "next turn"]);
  });

  test("has a push of its own meanwhile, that looks like the runtime's and gives what that gives", () => {
    const native = Socket.prototype.push;
    const first = createSocketReads({ began() {}, ended() {} });
    const second = createSocketReads({ began() {}, ended() {} });
    first.start();
    const own = Socket.prototype.push;
    expect(own).not.toBe(native);
    expect([own.name, own.length]).toEqual([native.name, native.length]);
    expect(new Socket().push("text")).toBe(true);
    second.start();
    second.stop();
    expect(Socket.prototype.push).toBe(own);
    first.stop();
    expect(Socket.prototype.push).toBe(native);
    expect(Object.hasOwn(Socket.prototype, "push")).toBe(false);
  });

  test("is called by its handle, where that tells, else by whether it is encrypted", () => {
    const kinds: string[] = [];
    const reads = createSocketReads({ began: (kind) => void kinds.push(kind), ended() {} });
    reads.start();
    class PipeWrap {}
    for (const own of [{}, { encrypted: true }, { _handle: new PipeWrap() }]) {
      const socket = Object.create(Socket.prototype, Object.getOwnPropertyDescriptors(own)) as Socket;
      expect(() => socket.push("no stream")).toThrow();
    }
    reads.stop();
    expect(kinds).toEqual(["net.read", "tls.read", "pipe.read"]);
  });
});
