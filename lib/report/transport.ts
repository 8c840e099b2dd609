// SPDX-License-Identifier: Apache-2.0
import type { DescService } from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  type Transport as ConnectTransport,
  createClient,
} from "@connectrpc/connect";
import type { Timers } from "../runtime/runtime.ts";
import { type Connection, createConnection } from "./_connection.ts";
import { startDeadline } from "./_deadline.ts";
import type { TlsMaterial } from "./_socket.ts";
import { CallError, toCallError } from "./call_error.ts";

/** How to reach the backend. */
export interface TransportOptions extends TlsMaterial {
  /** `host:port`, at least one. The next one is taken when one cannot be reached or does not answer. */
  readonly addresses: readonly string[];
  /** `grpc` is HTTP/2, which SkyWalking speaks; `connect` is HTTP/1.1, which the embedded backend speaks too. */
  readonly protocol: "grpc" | "connect";
  /** Sent as `authentication` if not empty. */
  readonly token: string;
  readonly tls: boolean;
  /** Deadline of a call in milliseconds. Without one a frozen backend would hold a call for ever. */
  readonly timeoutMs: number;
  readonly timers: Pick<Timers, "after">;
  /** Runs the agent's own calls where they are not traced. */
  readonly untraced: <T>(call: () => T) => T;
  /** Whether an address may be connected to: Deno would ask the user on a terminal. @default all may */
  readonly isAllowed?: (address: string) => boolean;
}

/** A way to the backend. */
export interface Transport {
  /**
   * Makes one call. `run` makes it from the start each time it is called, which is once for each address that
   * cannot be reached.
   *
   * @throws {CallError} which tells whether the backend can have seen the call
   */
  call<S extends DescService, T>(
    service: S,
    run: (client: Client<S>, options: CallOptions) => Promise<T>,
  ): Promise<T>;
  /**
   * Makes one call that streams messages which are encoded already.
   *
   * @param run makes the call, with an input that stands for `body`
   * @param body the messages with their prefixes, as gRPC and Connect have them; asked for as often as `run`
   * @throws {CallError} which tells whether the backend can have seen the call
   */
  stream<S extends DescService, T>(
    service: S,
    run: (client: Client<S>, input: AsyncIterable<never>, options: CallOptions) => Promise<T>,
    body: () => AsyncIterable<Uint8Array>,
  ): Promise<T>;
  /** Ends the calls and the connection. Idempotent. */
  close(): void;
}

/** An address that takes longer is passed over, so that there is time left for the next one. */
const OPEN_TIMEOUT_MS = 3_000;

/**
 * Creates the transport. Nothing is loaded or connected before the first call: connect-node imports `node:http2`
 * and `node:https` when it loads, which must come after the agent's patches, and takes 90 ms on Deno.
 */
export function createTransport(options: TransportOptions): Transport {
  const { addresses, protocol, tls, ca, cert, key, token, timers, timeoutMs, untraced, isAllowed } = options;
  const material: TlsMaterial = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const openTimeoutMs = Math.min(OPEN_TIMEOUT_MS, timeoutMs);
  const authentication = token === "" ? {} : { headers: { authentication: token } };
  let connecting: Promise<Connection> | undefined;
  let turn = 0;
  let isClosed = false;

  function prepare(): Promise<Connection> {
    if (connecting) return connecting;
    const address = addresses[turn % addresses.length] ?? "";
    if (isAllowed?.(address) === false) {
      turn++;
      throw new CallError(`${address}: the runtime does not permit the connection`, "unsent");
    }
    const created = createConnection({ address, protocol, tls, material, timers, openTimeoutMs }).catch(
      (cause: unknown) => {
        if (connecting === created) connecting = undefined;
        throw new CallError(`Cannot load what connects to the backend: ${cause}`, "unsent");
      },
    );
    connecting = created;
    return created;
  }

  function giveUp(used: Promise<Connection>, connection: Connection): void {
    // Calls that fail together give it up once.
    if (used !== connecting) return;
    connecting = undefined;
    turn++;
    connection.close();
  }

  async function attempt<T>(
    run: (transport: ConnectTransport, options: CallOptions) => Promise<T>,
    body: (() => AsyncIterable<Uint8Array>) | undefined,
  ): Promise<T> {
    if (isClosed) throw new CallError("Cannot call the backend: the transport is closed", "unsent");
    const used = prepare();
    const connection = await used;
    const { answers } = connection;
    const deadline = startDeadline(connection.signal, timeoutMs, timers);
    try {
      await connection.open();
      const result = await run(connection.transport(body?.()), {
        signal: deadline.signal,
        ...authentication,
      });
      connection.answers++;
      return result;
    } catch (cause) {
      const error = toCallError(cause, connection.address, protocol);
      if (error.isAnswer) connection.answers++;
      // A call may be late although others are answered meanwhile: those are not to be ended with it.
      else if (connection.answers === answers) giveUp(used, connection);
      throw error;
    } finally {
      deadline.release();
    }
  }

  /** An attempt for each address, until one is reached. */
  function reach<T>(
    run: (transport: ConnectTransport, options: CallOptions) => Promise<T>,
    body?: () => AsyncIterable<Uint8Array>,
  ): Promise<T> {
    return untraced(async () => {
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(run, body);
        } catch (error) {
          const wasReached = !(error instanceof CallError) || error.outcome !== "unsent" || error.isAnswer;
          if (wasReached || isClosed || tries === addresses.length) throw error;
        }
      }
    });
  }

  return {
    call: (service, run) => reach((connect, options) => run(createClient(service, connect), options)),
    stream: (service, run, body) =>
      reach((connect, options) => run(createClient(service, connect), nothing(), options), body),
    close() {
      if (isClosed) return;
      isClosed = true;
      void connecting?.then(
        (connection) => connection.close(),
        () => {},
      );
    },
  };
}

async function* nothing(): AsyncGenerator<never> {}
