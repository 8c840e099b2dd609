// SPDX-License-Identifier: Apache-2.0
import type { ClientRequest, IncomingMessage } from "node:http";
import { SW8, SW8_CORRELATION } from "../trace/carrier.ts";
import type { Span } from "../trace/span.ts";
import { endAborted, endWithStatus, type SentRequest, startClientSpan, withoutQuery } from "./_http_span.ts";
import { type AnyFunction, patch } from "./_patch.ts";
import type { InstrumentContext } from "./instrument_context.ts";

const SPAN: unique symbol = Symbol("span");
const PORT: unique symbol = Symbol("port");

type TracedRequest = ClientRequest & {
  /** `null`: it is sent, untraced. */
  [SPAN]?: Span | null;
  /** As the agent (of `node:http`, not ours) was told. */
  [PORT]?: unknown;
};

/**
 * Makes an exit span of each request that is sent with `node:http` and `node:https`, on all runtimes. It ends
 * with the response's headers.
 *
 * Patches the class behind `request` and `get` of both modules, not those functions: named imports of them are
 * final on Bun and Deno. A request whose headers are given as an array, or that expects `100-continue`, has
 * its headers written before the class can be reached: it is traced, but does not carry the trace.
 *
 * @returns a function that takes the patches off
 */
export function instrumentHttpClient(context: InstrumentContext): () => void {
  const { ClientRequest, Agent } = process.getBuiltinModule("node:http");
  const starting = (method: AnyFunction): AnyFunction =>
    function (...args) {
      start(context, this as TracedRequest);
      return method.apply(this, args);
    };
  const undo = [
    ...["write", "end", "flushHeaders"].map((key) => patch(ClientRequest.prototype, key, starting)),
    // Neither 'response' nor 'error' may get a listener: having none has a meaning for both.
    patch(ClientRequest.prototype, "emit", tracedEmit),
    patch(ClientRequest.prototype, "destroy", tracedDestroy),
    patch(Agent.prototype, "addRequest", notingAddress),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/** The request is about to be sent: in the context of the app's call, and before its headers are written. */
function start(context: InstrumentContext, request: TracedRequest): void {
  if (request[SPAN] !== undefined) return;
  request[SPAN] = null;
  try {
    const span = startClientSpan(context, sent(request));
    if (!span) return;
    request[SPAN] = span;
    if (request.headersSent) return;
    request.setHeader(SW8, context.tracer.inject(span));
    const correlation = span.segment.correlation.header;
    if (correlation) request.setHeader(SW8_CORRELATION, correlation);
  } catch (error) {
    context.log.throttled("send", "error", () => `Cannot trace a request: ${error}`);
  }
}

function sent(request: TracedRequest): SentRequest {
  const { method, path, protocol, host } = request;
  // The header may name another host than the one that is called.
  const header = request.getHeader("host");
  const port = request[PORT] ?? portOf(header) ?? (protocol === "https:" ? 443 : 80);
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const peer = `${name}:${port}`;
  return {
    method,
    path: withoutQuery(path),
    origin: `${protocol}//${typeof header === "string" ? header : peer}`,
    peer,
  };
}

function portOf(header: unknown): string | undefined {
  return typeof header === "string" ? /:(\d+)$/.exec(header)?.[1] : undefined;
}

/** The request itself does not keep its port. */
function notingAddress(addRequest: AnyFunction): AnyFunction {
  return function (...args) {
    const [request, options] = args as [TracedRequest | undefined, { port?: unknown } | undefined];
    if (request && options?.port) request[PORT] = options.port;
    return addRequest.apply(this, args);
  };
}

function tracedEmit(emit: AnyFunction): AnyFunction {
  return function (...args) {
    const span = (this as TracedRequest)[SPAN];
    if (span) onEvent(span, args[0], args[1]);
    return emit.apply(this, args);
  };
}

function onEvent(span: Span, event: unknown, argument: unknown): void {
  if (event === "response" || event === "upgrade" || event === "connect") {
    endWithStatus(span, (argument as IncomingMessage).statusCode);
  } else if (event === "error") {
    span.error(argument).end();
  } else if (event === "close") {
    endAborted(span, "The connection was closed before the response");
  }
}

/** Deno tries a destroyed request again and tells nobody (2.9.6). */
function tracedDestroy(destroy: AnyFunction): AnyFunction {
  return function (...args) {
    const result = destroy.apply(this, args);
    const span = (this as TracedRequest)[SPAN];
    if (!span) return result;
    if (args[0]) span.error(args[0]).end();
    else endAborted(span, "The request was destroyed before the response");
    return result;
  };
}
