// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError, type Transport as ConnectTransport } from "@connectrpc/connect";
import type { UniversalClientFn } from "@connectrpc/connect/protocol";
import type { Timers } from "../runtime/runtime.ts";
import { SessionManager } from "./_session_manager.ts";
import { openSocket, type TlsMaterial } from "./_socket.ts";

/** What a {@link Connection} needs. */
export interface ConnectionOptions {
  readonly address: string;
  readonly protocol: "grpc" | "connect";
  readonly tls: boolean;
  readonly material: TlsMaterial;
  readonly timers: Pick<Timers, "after">;
  /** The longest time to wait for a connection, in milliseconds. */
  readonly openTimeoutMs: number;
}

/** A connection to one address, which connects by itself and again. */
export interface Connection {
  readonly address: string;
  /**
   * For calls, or, given a body, for one that streams: it is sent in place of the call's input, so that its messages
   * need not take connect's way, on which each costs 30 µs.
   */
  transport(body?: AsyncIterable<Uint8Array>): ConnectTransport;
  /** Aborted when the connection is given up: ends its calls. */
  readonly signal: AbortSignal;
  /** How many calls were answered, whatever the answer: a connection that answers is not to blame. */
  answers: number;
  /**
   * Connects if need be, so that a failure before anything was sent is known as such.
   *
   * @throws {CallError} if that fails or takes too long
   */
  open(): Promise<void>;
  /** Ends the calls and the connection. Idempotent. */
  close(): void;
}

/** connect-node's defaults, but for compression: what it asks a backend to compress costs more than it saves. */
const COMMON = {
  useBinaryFormat: true,
  interceptors: [],
  acceptCompression: [],
  sendCompression: null,
  compressMinBytes: 0,
  readMaxBytes: 0xffffffff,
  writeMaxBytes: 0xffffffff,
};

/** Prepares a connection. Nothing is connected before {@link Connection.open}. */
export async function createConnection(options: ConnectionOptions): Promise<Connection> {
  const { address, protocol, tls, material, timers, openTimeoutMs } = options;
  const { createConnectTransport, createGrpcTransport, createNodeHttpClient } = await import(
    "./_connect_node.ts"
  );
  const controller = new AbortController();
  const baseUrl = `${tls ? "https" : "http"}://${address}`;
  // From a timer, as all that ends a session: see SessionManager.
  const endCalls = () => {
    timers.after(0, () => {
      controller.abort(new ConnectError("the connection was given up", Code.Unavailable));
    });
  };

  if (protocol === "connect") {
    // Without an agent there is one connection a call: an idle one that the backend closes just when a call
    // begins leaves it open whether the call arrived. The app's global agent is not ours to use either.
    const nodeOptions = { createConnection: () => openSocket({ url: baseUrl, material }, "http/1.1") };
    const httpClient = createNodeHttpClient({ httpVersion: "1.1", nodeOptions });
    return {
      address,
      transport: (body) =>
        createConnectTransport({ ...COMMON, baseUrl, httpClient: sending(body, httpClient) }),
      signal: controller.signal,
      answers: 0,
      open: () => Promise.resolve(),
      close: endCalls,
    };
  }

  const sessionManager = new SessionManager({ url: baseUrl, material, timers, openTimeoutMs });
  const httpClient = createNodeHttpClient({ httpVersion: "2", sessionProvider: () => sessionManager });
  return {
    address,
    transport: (body) => createGrpcTransport({ ...COMMON, baseUrl, httpClient: sending(body, httpClient) }),
    signal: controller.signal,
    answers: 0,
    open: () => sessionManager.open(),
    close() {
      endCalls();
      sessionManager.close();
    },
  };
}

/** A client that sends `body` in place of what it is given, if there is one. */
function sending(body: AsyncIterable<Uint8Array> | undefined, client: UniversalClientFn): UniversalClientFn {
  return body ? (request) => client({ ...request, body }) : client;
}
