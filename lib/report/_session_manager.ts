// SPDX-License-Identifier: Apache-2.0
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { Timers } from "../runtime/runtime.ts";
import { openSocket, type TlsMaterial } from "./_socket.ts";
import { CallError } from "./call_error.ts";

/** What an {@link SessionManager} needs. */
export interface SessionManagerOptions {
  /** Such as `http://127.0.0.1:11800`. */
  readonly url: string;
  readonly material: TlsMaterial;
  readonly timers: Pick<Timers, "after">;
  /** The longest time to wait for a connection, in milliseconds. */
  readonly openTimeoutMs: number;
}

/** A session that lives. */
interface Live {
  readonly session: ClientHttp2Session;
  streams: number;
  /** It takes no more streams. */
  isRetired: boolean;
}

/**
 * One HTTP/2 connection, made when it is needed and again when it is gone. It never keeps the process alive.
 *
 * connect-node brings such a thing, but that destroys a session inside its `goaway` event, which ends the process
 * on Deno (2.9.6 by SIGSEGV, at 4 of 6 restarts of a backend; deno#36788). Here sessions are ended from timers.
 * Nor are there pings: one without an answer throws where nobody can catch it (Node and Bun).
 */
export class SessionManager {
  /** What it connects to, as an origin; for the transport. */
  readonly authority: string;
  readonly #options: SessionManagerOptions;
  readonly #live = new Set<Live>();
  /** The one that takes new streams. */
  #current: Promise<Live> | undefined;

  constructor(options: SessionManagerOptions) {
    this.#options = options;
    this.authority = new URL(options.url).origin;
  }

  /**
   * Connects if there is no connection.
   *
   * @throws {CallError} if that fails or takes too long
   */
  async open(): Promise<void> {
    await this.#ready();
  }

  /** Begins a stream; for the transport. */
  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: object,
  ): Promise<ClientHttp2Stream> {
    // What the transport has done takes 0.7 ms where it is not compiled yet, and what follows as long.
    await new Promise<void>((resolve) => void this.#options.timers.after(0, resolve));
    const live = await this.#ready();
    let stream: ClientHttp2Stream;
    try {
      stream = live.session.request({ ...headers, ":method": method, ":path": path }, options);
    } catch (error) {
      // The session ended just now, and took nothing.
      throw new CallError(`${new URL(this.authority).host}: ${error}`, "unsent");
    }
    live.streams++;
    stream.once("close", () => {
      if (--live.streams === 0 && live.isRetired && this.#live.has(live)) this.#destroyLater(live);
    });
    return stream;
  }

  /** For the transport, which tells of every response: of no use without pings. */
  notifyResponseByteRead(): void {}

  /** Ends the connection with what is open on it. */
  close(): void {
    this.#current = undefined;
    for (const live of this.#live) this.#destroyLater(live);
  }

  #ready(): Promise<Live> {
    this.#current ??= this.#connect();
    return this.#current;
  }

  #connect(): Promise<Live> {
    const { url, timers, openTimeoutMs } = this.#options;
    const { connect } = process.getBuiltinModule("node:http2");
    const connected = new Promise<Live>((resolve, reject) => {
      const session = connect(url, { createConnection: () => openSocket(this.#options, "h2") });
      const live: Live = { session, streams: 0, isRetired: false };
      this.#live.add(live);
      const takeNoMore = () => {
        live.isRetired = true;
        if (this.#current === connected) this.#current = undefined;
      };
      const fail = (reason: unknown) => {
        takeNoMore();
        timeout.cancel();
        // Once connected this has no effect: the streams tell what becomes of them.
        const message = reason instanceof Error ? reason.message : reason;
        reject(new CallError(`${new URL(url).host}: ${message}`, "unsent"));
      };
      const timeout = timers.after(openTimeoutMs, () => {
        fail(`no connection in ${openTimeoutMs} ms`);
        this.#destroyLater(live);
      });
      session.once("connect", () => {
        timeout.cancel();
        resolve(live);
      });
      // For good: an error that nobody listens to would end the app.
      session.on("error", fail);
      session.once("close", () => {
        fail("the connection was closed");
        this.#live.delete(live);
      });
      session.once("goaway", () => {
        takeNoMore();
        if (live.streams === 0) this.#destroyLater(live);
      });
    });
    return connected;
  }

  #destroyLater({ session }: Live): void {
    this.#options.timers.after(0, () => session.destroy());
  }
}
