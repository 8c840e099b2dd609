// SPDX-License-Identifier: Apache-2.0

import type { DescService } from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  Code,
  ConnectError,
  type Transport as ConnectTransport,
  createClient,
} from "@connectrpc/connect";

/** How to reach the backend. */
export interface TransportOptions {
  /** `host:port`; another one is tried when one cannot be reached. Not empty. */
  readonly addresses: readonly string[];
  /** `grpc` needs HTTP/2; `connect` is HTTP/1.1, which the embedded backend speaks too. */
  readonly protocol: "grpc" | "connect";
  /** Sent as `authentication` if not empty. */
  readonly token: string;
  readonly tls: boolean;
  /** Deadline of a call in milliseconds. Without one a frozen backend would hold a call for ever. */
  readonly timeoutMs: number;
  /** Runs the agent's own calls where they are not traced. */
  readonly untraced: <T>(call: () => T) => T;
}

/** A way to the backend. */
export interface Transport {
  /**
   * Makes one call.
   *
   * @throws {ConnectError} whatever went wrong; {@link wasNotSent} tells whether the backend can have seen it
   */
  call<S extends DescService, T>(
    service: S,
    run: (client: Client<S>, options: CallOptions) => Promise<T>,
  ): Promise<T>;
  /** Closes the connection. Idempotent. */
  close(): void;
}

interface Connection {
  readonly transport: ConnectTransport;
  close(): void;
}

/**
 * Creates the transport. Nothing is loaded or connected before the first call: connect-node imports
 * `node:http2` and `node:https` when it loads, which must come after the agent's patches, and takes 90 ms.
 *
 * HTTP/2 pings stay off: a ping without answer ends the process on Node and Bun (bun.md §4).
 */
export function createTransport(options: TransportOptions): Transport {
  const { addresses, timeoutMs, untraced } = options;
  const headers = options.token ? { authentication: options.token } : undefined;
  const callOptions: CallOptions = headers ? { timeoutMs, headers } : { timeoutMs };
  let connection: Promise<Connection> | undefined;
  let turn = 0;
  let closed = false;

  function connected(): Promise<Connection> {
    connection ??= connect(options, addresses[turn % addresses.length] ?? "");
    return connection;
  }

  async function drop(): Promise<void> {
    const dropped = connection;
    connection = undefined;
    turn++;
    (await dropped?.catch(() => undefined))?.close();
  }

  return {
    async call(service, run) {
      if (closed) throw new ConnectError("Cannot call the backend: the agent is shut down", Code.Canceled);
      const used = connected();
      try {
        const { transport } = await used;
        return await untraced(() => run(createClient(service, transport), callOptions));
      } catch (cause) {
        const error = ConnectError.from(cause);
        // The next call connects anew, and to the next address. Calls that fail together drop it once.
        if (isConnectionError(error) && used === connection) await drop();
        throw error;
      }
    },
    close() {
      closed = true;
      void drop();
    },
  };
}

/** Whether the backend cannot have seen a failed call, so that sending again repeats nothing. */
export function wasNotSent(error: unknown): boolean {
  return (
    error instanceof ConnectError &&
    error.code === Code.Unavailable &&
    /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN/.test(String(error.message))
  );
}

function isConnectionError({ code }: ConnectError): boolean {
  return (
    code === Code.Unavailable ||
    code === Code.DeadlineExceeded ||
    code === Code.Canceled ||
    code === Code.Aborted ||
    code === Code.Internal ||
    code === Code.Unknown
  );
}

async function connect(options: TransportOptions, address: string): Promise<Connection> {
  const { createConnectTransport, createGrpcTransport, Http2SessionManager } = await import(
    "@connectrpc/connect-node"
  );
  const baseUrl = `${options.tls ? "https" : "http"}://${address}`;
  if (options.protocol === "connect") {
    return {
      transport: createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
      close() {},
    };
  }
  const sessionManager = new Http2SessionManager(baseUrl);
  return {
    transport: createGrpcTransport({ baseUrl, sessionManager }),
    close: () => sessionManager.abort(),
  };
}
