// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Span } from "../trace/span.ts";
import {
  endAborted,
  endWithStatus,
  IGNORED,
  type ReceivedRequest,
  startServerSpan,
  withoutQuery,
} from "./_http_span.ts";
import { type AnyFunction, patch } from "./_patch.ts";
import type { InstrumentContext } from "./instrument_context.ts";

/** The span of a response. Not the async context: `finish` and `close` of pipelined requests run in another's. */
const SPAN: unique symbol = Symbol("span");

type TracedResponse = ServerResponse & { [SPAN]?: Span | typeof IGNORED | undefined };

/**
 * Makes an entry span of each request that servers of `node:http` and `node:https` receive, on all runtimes.
 * It ends when `response.end()` returns, or as an error when the connection is closed before.
 *
 * @returns a function that takes the patches off
 */
export function instrumentNodeHttp(context: InstrumentContext): () => void {
  const http = process.getBuiltinModule("node:http");
  const https = process.getBuiltinModule("node:https");
  const undo = [
    patch(http.Server.prototype, "emit", (emit) => tracedEmit(emit, context)),
    // Not a subclass of the other one, except on Bun, where it is the same.
    patch(https.Server.prototype, "emit", (emit) => tracedEmit(emit, context)),
    patch(http.ServerResponse.prototype, "end", tracedEnd),
  ];
  return () => {
    for (const each of undo) each();
  };
}

function tracedEmit(emit: AnyFunction, context: InstrumentContext): AnyFunction {
  return function (...args) {
    const [event, request, response] = args;
    if (event !== "request" && event !== "checkContinue") return emit.apply(this, args);
    const span = start(context, request as IncomingMessage, response as TracedResponse);
    if (span === undefined) return emit.apply(this, args);
    if (span === IGNORED) return context.tracer.applyUntraced(emit, this, args);
    try {
      return context.tracer.apply(span, emit, this, args);
    } catch (error) {
      // The app may still answer, from an `uncaughtException` handler: the end stays the response's.
      span.error(error);
      throw error;
    }
  };
}

function start(
  context: InstrumentContext,
  request: IncomingMessage,
  response: TracedResponse,
): Span | typeof IGNORED | undefined {
  try {
    // Emitted again: by the app's `checkContinue`, or to hand the request to another server.
    if (response[SPAN] !== undefined) return undefined;
    const span = startServerSpan(context, received(request));
    response[SPAN] = span;
    if (span !== undefined && span !== IGNORED) response.on("close", onClose);
    return span;
  } catch (error) {
    context.log.throttled("start", "error", () => `Cannot trace a received request: ${error}`);
    return undefined;
  }
}

function received({ method = "GET", url = "/", headers, socket }: IncomingMessage): ReceivedRequest {
  const origin = `${Reflect.get(socket, "encrypted") ? "https" : "http"}://${headers.host ?? ""}`;
  const target = withoutQuery(url);
  return {
    method,
    // Proxies are sent the whole URL.
    path: target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/]*/i, "") || "/",
    origin,
    sw8: headers.sw8 as string | undefined,
    correlation: headers["sw8-correlation"] as string | undefined,
  };
}

function tracedEnd(end: AnyFunction): AnyFunction {
  return function (...args) {
    const result = end.apply(this, args);
    const response = this as TracedResponse;
    const span = response[SPAN];
    if (span !== undefined && span !== IGNORED) endWithStatus(span, response.statusCode);
    return result;
  };
}

function onClose(this: TracedResponse): void {
  const span = this[SPAN];
  if (span !== undefined && span !== IGNORED)
    endAborted(span, "The connection was closed before the response ended");
}
