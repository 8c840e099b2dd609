// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Whether a browser may ask under the name it used. A page of another site can have its own name resolve to this
 * machine and would then be of the same origin; it cannot do so with an address, with a name of the loopback
 * interface, or with the name the operator gave. Programs send no `origin`, and use what names they like.
 *
 * @param listensOn the host that the server was told to listen on
 */
export function isNameTrusted(request: IncomingMessage, listensOn: string): boolean {
  const host = nameOf(request.headers.host ?? "");
  return isIP(host) > 0 || host === "localhost" || host.endsWith(".localhost") || host === nameOf(listensOn);
}

/** Without port, brackets and case. */
function nameOf(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (bracketed ?? plain ?? host).toLowerCase();
}
