// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError, type Transport as ConnectTransport } from "@connectrpc/connect";
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
  readonly transport: ConnectTransport;
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

/** Prepares a connection. Nothing is connected before {@link Connection.open}. */
export async function createConnection(options: ConnectionOptions): Promise<Connection> {
  const { address, protocol, tls, material, timers, openTimeoutMs } = options;
  const { createConnectTransport, createGrpcTransport } = await import("./_connect_node.ts");
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
    return {
      address,
      transport: createConnectTransport({
        baseUrl,
        httpVersion: "1.1",
        useBinaryFormat: true,
        acceptCompression: [],
        nodeOptions,
      }),
      signal: controller.signal,
      answers: 0,
      open: () => Promise.resolve(),
      close: endCalls,
    };
  }

  const sessionManager = new SessionManager({ url: baseUrl, material, timers, openTimeoutMs });
  return {
    address,
    transport: createGrpcTransport({ baseUrl, sessionManager, acceptCompression: [] }),
    signal: controller.signal,
    answers: 0,
    open: () => sessionManager.open(),
    close() {
      endCalls();
      sessionManager.close();
    },
  };
}
