// SPDX-License-Identifier: Apache-2.0
/** A backend on the loopback that records what agents send, and misbehaves as a test says. */
import { once } from "node:events";
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server, createSecureServer, type Http2Session } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { type InstanceProperties, ManagementService } from "../../proto/gen/management_pb.ts";
import { ProfileTask, type ThreadSnapshot } from "../../proto/gen/profile_pb.ts";
import { type SegmentObject, TraceSegmentReportService } from "../../proto/gen/tracing_pb.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";

/** The calls an agent makes. */
export type Method =
  | "reportInstanceProperties"
  | "keepAlive"
  | "getProfileTaskCommands"
  | "collectSnapshot"
  | "reportTaskFinish"
  | "collect";

/** How to start a {@link Collector}. */
export interface CollectorOptions {
  /** @default 0, a free one */
  readonly port?: number;
  /** Calls without it are refused. */
  readonly token?: string;
  /** @default "grpc" */
  readonly protocol?: "grpc" | "connect";
  /** With the certificate of the tests; gRPC only. */
  readonly tls?: boolean;
}

/** A command to hand out. */
export interface FakeCommand {
  readonly command: string;
  readonly args: { readonly key: string; readonly value: string }[];
}

/** A backend that runs. Disposing of it kills it. */
export interface Collector extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
  /** Connections since the start. */
  readonly connections: number;
  /** Calls since the start, in the order in which they began. */
  readonly calls: Method[];
  readonly properties: InstanceProperties[];
  readonly segments: SegmentObject[];
  readonly snapshots: ThreadSnapshot[];
  readonly queries: bigint[];
  readonly finishedTasks: string[];
  commands: FakeCommand[];
  /** What a method fails with, after it has read all. */
  readonly failures: Map<Method, Code>;
  /** A method that is held answers when it is released. */
  hold(method: Method): { release(): void };
  /** Resolves when `probe` is true. */
  until(probe: (collector: Collector) => boolean): Promise<void>;
  /**
   * Stops listening.
   *
   * @throws {Error} if a client leaves its connection open for 3 s
   */
  close(): Promise<void>;
  /** Tells all clients to take another connection, as a backend does that is about to restart; gRPC only. */
  sendGoAway(): void;
  /** Ends with all its connections, as a crash does. */
  kill(): Promise<void>;
}

const CLOSE_MS = 3_000;
const UNTIL_MS = 10_000;

/** Starts a backend. */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const { token, protocol = "grpc", tls = false } = options;
  const holds = new Map<Method, Promise<void>>();
  const sockets = new Set<Socket>();
  let connections = 0;

  /** Reads what there is to read, as the method does, and answers as the test wants. */
  async function serve(method: Method, read: () => void | Promise<void>): Promise<object> {
    collector.calls.push(method);
    await read();
    await holds.get(method);
    const code = collector.failures.get(method);
    if (code !== undefined) throw new ConnectError("as the test wants", code);
    return {};
  }
  async function readAll<T>(messages: AsyncIterable<T>, into: T[]): Promise<void> {
    for await (const message of messages) into.push(message);
  }
  const adapter = connectNodeAdapter({
    routes(router: ConnectRouter) {
      router.service(ManagementService, {
        reportInstanceProperties: (message) =>
          serve("reportInstanceProperties", () => void collector.properties.push(message)),
        keepAlive: () => serve("keepAlive", () => {}),
      });
      router.service(ProfileTask, {
        async getProfileTaskCommands({ lastCommandTime }) {
          await serve("getProfileTaskCommands", () => void collector.queries.push(lastCommandTime));
          return { commands: collector.commands };
        },
        collectSnapshot: (messages) => serve("collectSnapshot", () => readAll(messages, collector.snapshots)),
        reportTaskFinish: ({ taskId }) =>
          serve("reportTaskFinish", () => void collector.finishedTasks.push(taskId)),
      });
      router.service(TraceSegmentReportService, {
        collect: (messages) => serve("collect", () => readAll(messages, collector.segments)),
      });
    },
    interceptors: [
      (next) => async (request) => {
        if (token === undefined || request.header.get("authentication") === token) return await next(request);
        throw new ConnectError("the token is wrong", Code.PermissionDenied);
      },
    ],
  });
  const server: Server =
    protocol === "connect"
      ? createHttp1Server(adapter)
      : tls
        ? createSecureServer({ cert: CERTIFICATE, key: KEY }, adapter)
        : createHttp2Server(adapter);
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  const sessions = new Set<Http2Session>();
  server.on("session", (session: Http2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => {});
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  let isClosed = false;
  async function end(graceMs: number): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const deadline = Date.now() + graceMs;
    while (sockets.size > 0 && Date.now() < deadline) await sleep(5);
    const left = sockets.size;
    for (const socket of sockets) socket.destroy();
    await closed;
    if (graceMs > 0 && left > 0)
      throw new Error(`Cannot close the collector: ${left} connections are left open`);
  }

  const collector: Collector = {
    port,
    address: `127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    calls: [],
    properties: [],
    segments: [],
    snapshots: [],
    queries: [],
    finishedTasks: [],
    commands: [],
    failures: new Map(),
    hold(method) {
      let release = () => {};
      holds.set(
        method,
        new Promise((resolve) => {
          release = () => {
            holds.delete(method);
            resolve();
          };
        }),
      );
      return { release: () => release() };
    },
    async until(probe) {
      const deadline = Date.now() + UNTIL_MS;
      while (!probe(collector)) {
        if (Date.now() > deadline) throw new Error(`Cannot see ${probe}: calls were ${collector.calls}`);
        await sleep(5);
      }
    },
    sendGoAway() {
      for (const session of sessions) session.goaway(0);
    },
    close: () => end(CLOSE_MS),
    kill: () => end(0),
    [Symbol.asyncDispose]: () => end(0),
  };
  return collector;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
