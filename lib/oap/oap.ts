// SPDX-License-Identifier: Apache-2.0

import { createServer as createHttp2Server } from "node:http2";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Health } from "../../proto/gen/health_pb.ts";
import { ManagementService } from "../../proto/gen/management_pb.ts";
import { ProfileTask } from "../../proto/gen/profile_pb.ts";
import { TraceSegmentReportService } from "../../proto/gen/tracing_pb.ts";
import { once } from "../base/once.ts";
import { createGraphql } from "./graphql.ts";
import { createHttpServer } from "./http_server.ts";
import { openKeptStore } from "./kept_store.ts";
import { type Listener, listen } from "./listener.ts";
import { pageHandler } from "./page_server.ts";
import { requireToken } from "./receivers/auth.ts";
import { healthReceiver } from "./receivers/health.ts";
import { managementReceiver } from "./receivers/management.ts";
import { profileReceiver } from "./receivers/profile.ts";
import { traceReceiver } from "./receivers/trace.ts";
import type { Store } from "./store.ts";
import type { Stored, StoreLimits } from "./store_limits.ts";

/** What clients are told: that of a real backend whose schema this one follows. */
const VERSION = "10.1.0-embedded";

/** The longest message in bytes: SkyWalking's own limit. */
const MAX_MESSAGE_BYTES = 50 * 1024 * 1024;

/** How to start a backend. */
export interface OapOptions {
  /** Where agents report by gRPC; 0 picks a free port. @default 0 */
  readonly grpcPort?: number;
  /** Where queries come, and agents that report by the Connect protocol; 0 picks a free port. @default 0 */
  readonly restPort?: number;
  /** The address to listen on. @default "127.0.0.1" */
  readonly host?: string;
  /** What agents must send as `authentication`; without it all are let in. Queries are not asked for it. */
  readonly token?: string;
  /** What the store holds at most. */
  readonly limits?: Partial<StoreLimits>;
  /** Called once for each kind, when the first of it had to go. */
  readonly onFull?: (kind: Stored, limit: number) => void;
  /** An SQLite file that keeps everything for the next start. @default in memory only */
  readonly dataFile?: string;
  /** How long that file keeps what came, in milliseconds. @default 7 days */
  readonly keepMs?: number;
  /** Called when that file could not be written, once until it can be again. */
  readonly onError?: (error: Error) => void;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** A backend that runs. */
export interface Oap extends AsyncDisposable {
  readonly host: string;
  readonly grpcPort: number;
  readonly restPort: number;
  /** What it knows. */
  readonly store: Store;
  /** Ends calls and connections. Idempotent; the store can still be read. */
  close(): Promise<void>;
}

/**
 * Starts a backend.
 *
 * @throws what the system says if a port is taken or forbidden
 * @throws {Error} if the data file cannot be used
 *
 * @example
 * ```ts
 * import { startOap } from "@sw/agent/oap";
 *
 * const oap = await startOap();
 * console.log(`http://127.0.0.1:${oap.restPort}/graphql`);
 * await oap.close();
 * ```
 */
export async function startOap(options: OapOptions = {}): Promise<Oap> {
  const {
    host = "127.0.0.1",
    grpcPort = 0,
    restPort = 0,
    token,
    limits = {},
    onFull,
    now = Date.now,
  } = options;
  const kept = await openKeptStore(options, { limits, now, ...(onFull && { onFull }) });
  const { store } = kept;
  const shutdown = new AbortController();
  const rpc = connectNodeAdapter({
    routes(router: ConnectRouter) {
      router.service(ManagementService, managementReceiver(store));
      router.service(TraceSegmentReportService, traceReceiver(store));
      router.service(ProfileTask, profileReceiver(store, now));
      router.service(Health, healthReceiver());
    },
    interceptors: token === undefined ? [] : [requireToken(token)],
    readMaxBytes: MAX_MESSAGE_BYTES,
    shutdownSignal: shutdown.signal,
  });
  let grpc: Listener;
  try {
    grpc = await listen(createHttp2Server(rpc), host, grpcPort);
  } catch (error) {
    kept.close();
    throw error;
  }
  const page = pageHandler(store, `${host.includes(":") ? `[${host}]` : host}:${grpc.port}`);
  let rest: Listener;
  try {
    rest = await listen(
      createHttpServer({ graphql: createGraphql(store, VERSION, now), page, rpc }, host),
      host,
      restPort,
    );
  } catch (error) {
    await grpc.close();
    kept.close();
    throw error;
  }
  const close = once(async () => {
    shutdown.abort();
    await Promise.all([grpc.close(), rest.close()]);
    kept.close();
  });
  return {
    host,
    grpcPort: grpc.port,
    restPort: rest.port,
    store,
    close,
    [Symbol.asyncDispose]: close,
  };
}
