// SPDX-License-Identifier: Apache-2.0

/** The kind of a wait for a promise. */
export const AWAIT = "await";
/** The kind of a wait for a promise that the app makes, where that is seen (JavaScriptCore). */
export const NEW_PROMISE = "new Promise";

/** Names for resources whose type says more than the stack's builtin frames would. */
const KINDS: Readonly<Record<string, string>> = {
  Timeout: "setTimeout",
  Immediate: "setImmediate",
  TickObject: "nextTick",
  Microtask: "queueMicrotask",
  PROMISE: AWAIT,
  TCPWRAP: "net.read",
  TCPCONNECTWRAP: "net.connect",
  PIPEWRAP: "pipe.read",
  PROCESSWRAP: "child_process",
  FSREQCALLBACK: "fs",
  FSREQPROMISE: "fs",
  GETADDRINFOREQWRAP: "dns.lookup",
  HTTPCLIENTREQUEST: "http",
  HTTPINCOMINGMESSAGE: "http",
  MESSAGEPORT: "message",
};

/** What a wait is called that a resource of a type stands for. */
export function kindOf(type: string): string {
  return KINDS[type] ?? type;
}

/** Milliseconds until the resource's callback could run, where the runtime tells. */
export function delayOf(type: string, resource: object): number | undefined {
  if (type === "Timeout") {
    const delay: unknown = Reflect.get(resource, "_idleTimeout");
    return typeof delay === "number" && delay > 0 ? delay : undefined;
  }
  return type === "Immediate" || type === "TickObject" || type === "Microtask" ? 0 : undefined;
}

/** By its class, on Node or Deno: what a resource says by calling back. */
const CALLED: ReadonlyMap<string, string> = new Map([
  ["TCP", "net.read"],
  ["TCPWrap", "net.read"],
  ["Pipe", "pipe.read"],
  ["PipeWrap", "pipe.read"],
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
