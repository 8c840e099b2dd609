// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";

/** Where to connect to. */
export interface SocketOptions {
  /** Such as `https://127.0.0.1:11800`. */
  readonly url: string;
  /** Further certificate authorities to trust, as PEM. */
  readonly ca?: string;
}

/**
 * Opens a connection that never keeps the process, not while it connects and not during a call either: an app that
 * is done would wait for a backend that says nothing.
 *
 * @param alpn what is spoken, as TLS names it
 */
export function openSocket({ url, ca }: SocketOptions, alpn: "h2" | "http/1.1"): Socket {
  const { connect, isIP } = process.getBuiltinModule("node:net");
  const { protocol, hostname, port } = new URL(url);
  const isTls = protocol === "https:";
  const host = hostname.replace(/^\[|\]$/g, "");
  const target = { host, port: Number(port) || (isTls ? 443 : 80) };
  const socket = isTls
    ? process.getBuiltinModule("node:tls").connect({
        ...target,
        ALPNProtocols: [alpn],
        ...(isIP(host) === 0 && { servername: host }),
        ...(ca !== undefined && { ca }),
      })
    : connect(target);
  return socket.unref();
}
