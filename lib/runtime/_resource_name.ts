// SPDX-License-Identifier: Apache-2.0

/** By its class: what a resource says by calling back. */
const CALLED: ReadonlyMap<string, string> = new Map([
  ["TCP", "net.read"],
  ["Pipe", "pipe.read"],
  ["TLSWrap", "tls.read"],
  ["Timeout", "setTimeout"],
  ["Immediate", "setImmediate"],
  ["MessagePort", "message"],
  ["Process", "child_process"],
  ["FSReqCallback", "fs"],
  ["GetAddrInfoReqWrap", "dns.lookup"],
]);

/** What an `await` waited for that ended as `resource` called back; `undefined` if it does not say. */
export function nameOf(resource: object | undefined): string | undefined {
  return CALLED.get(resource?.constructor?.name ?? "");
}

/** What has the thread as `resource` calls back, where that is no request's. */
export function holderName(resource: object | undefined): string | undefined {
  const name: unknown = resource?.constructor?.name;
  return name === "Timeout" || name === "Immediate" ? "timer" : undefined;
}
