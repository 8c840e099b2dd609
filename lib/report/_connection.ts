// SPDX-License-Identifier: Apache-2.0
import { Code, ConnectError, type Transport as ConnectTransport } from "@connectrpc/connect";
import type { Timers } from "../runtime/runtime.ts";
import { CallError, toCallError } from "./call_error.ts";

/** What a {@link Connection} needs. */
export interface ConnectionOptions {
  readonly address: string;
  readonly protocol: "grpc" | "connect";
  readonly tls: boolean;
  /** Further certificate authorities to trust, as PEM. */
  readonly ca?: string;
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
  const { address, protocol, tls, ca, timers, openTimeoutMs } = options;
  const { createConnectTransport, createGrpcTransport, Http2SessionManager } = await import(
    "@connectrpc/connect-node"
  );
  const controller = new AbortController();
  const { signal } = controller;
  const baseUrl = `${tls ? "https" : "http"}://${address}`;
  const trust = ca === undefined ? {} : { ca };
  const end = () => {
    controller.abort(new ConnectError("the connection was given up", Code.Unavailable));
  };

  if (protocol === "connect") {
    // One connection a call: an idle one that the backend closes just when a call begins leaves it open whether
    // the call arrived. The app's global agent, with its limits, is not ours to use either.
    const nodeOptions = { ...trust, agent: false } as const;
    return {
      address,
      transport: createConnectTransport({
        baseUrl,
        httpVersion: "1.1",
        useBinaryFormat: true,
        acceptCompression: [],
        nodeOptions,
      }),
      signal,
      answers: 0,
      open: () => Promise.resolve(),
      close: end,
    };
  }

  // No pings: one without an answer throws where nobody can catch it, and ends the app (Node and Bun).
  const sessionManager = new Http2SessionManager(baseUrl, undefined, trust);
  return {
    address,
    transport: createGrpcTransport({ baseUrl, sessionManager, acceptCompression: [] }),
    signal,
    answers: 0,
    async open() {
      const tooLate = new CallError(`${address}: no connection in ${openTimeoutMs} ms`, "unsent");
      const state = await within(timers, openTimeoutMs, sessionManager.connect(), tooLate);
      if (state !== "error") return;
      throw new CallError(toCallError(sessionManager.error(), address, protocol).message, "unsent");
    },
    close() {
      end();
      // From a timer: between a session's "connect" event and the manager's taking note of it, an abort would
      // leave a rejection nobody handles.
      timers.after(0, () => sessionManager.abort(new ConnectError("given up", Code.Unavailable)));
    },
  };
}

function within<T>(timers: Pick<Timers, "after">, ms: number, work: Promise<T>, late: Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = timers.after(ms, () => reject(late));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
