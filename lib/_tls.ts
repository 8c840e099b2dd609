// SPDX-License-Identifier: Apache-2.0
import type { Config } from "./config.ts";
import type { TransportOptions } from "./report/transport.ts";
import type { Host } from "./runtime/runtime.ts";

/** A chain of certificates has some KB. */
const MAX_BYTES = 1024 * 1024;

/**
 * How the backend is talked to. As in the agents of other languages, a certificate authority of one's own switches TLS
 * on. Where a file is missing the agent does not start: it must not fall back to trusting others, or to plain text.
 *
 * @throws {Error} if a file cannot be read, or only one of a client's certificate and its key is given
 */
export function tlsOptions(
  config: Config,
  host: Pick<Host, "readSource">,
): Pick<TransportOptions, "tls" | "ca" | "cert" | "key"> {
  const { sslTrustedCaPath, sslCertChainPath, sslKeyPath } = config;
  if ((sslCertChainPath === "") !== (sslKeyPath === "")) {
    throw new Error("a client certificate takes both sslCertChainPath and sslKeyPath, and one is not set");
  }
  const read = (name: string, path: string): string => {
    const text = host.readSource(path, MAX_BYTES);
    if (text === undefined) throw new Error(`${name}, ${path}, cannot be read`);
    return text;
  };
  return {
    tls: config.forceTls || sslTrustedCaPath !== "",
    ...(sslTrustedCaPath !== "" && { ca: read("sslTrustedCaPath", sslTrustedCaPath) }),
    ...(sslCertChainPath !== "" && { cert: read("sslCertChainPath", sslCertChainPath) }),
    ...(sslKeyPath !== "" && { key: read("sslKeyPath", sslKeyPath) }),
  };
}
