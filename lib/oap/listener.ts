// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import type { Http2Session } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";

/** How long open calls have to end by themselves when the backend closes, in milliseconds. */
const GRACE_MS = 500;

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Stops listening and closes the connections, those with open calls after a moment of grace. */
  close(): Promise<void>;
}

/**
 * Lets a server of any protocol listen.
 *
 * @param port 0 picks a free one
 * @throws what the system says if the port is taken or forbidden
 */
export async function listen(server: Server, host: string, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const sessions = new Set<Http2Session>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  // HTTP/2 only: its connections stay open until their session is told to end.
  server.on("session", (session: Http2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.listen(port, host);
  // `once` rejects where the server says `error` first.
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, GRACE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}
