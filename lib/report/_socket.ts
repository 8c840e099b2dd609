// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";

/** What TLS needs, as PEM. */
export interface TlsMaterial {
  /** The certificate authorities to trust. @default those of the runtime */
  readonly ca?: string;
  /** The certificate to show to the backend, and its key. @default none */
  readonly cert?: string;
  readonly key?: string;
}

/** Where to connect to. */
export interface SocketOptions {
  /** Such as `https://127.0.0.1:11800`. */
  readonly url: string;
  readonly material: TlsMaterial;
}

/**
 * Opens a connection that never keeps the process, not while it connects and not during a call either: an app that
 * is done would wait for a backend that says nothing.
 *
 * @param alpn what is spoken, as TLS names it
 */
export function openSocket({ url, material }: SocketOptions, alpn: "h2" | "http/1.1"): Socket {
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
        ...material,
      })
    : connect(target);
  return socket.unref();
}
