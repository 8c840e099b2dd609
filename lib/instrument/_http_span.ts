// SPDX-License-Identifier: Apache-2.0

import type { Span } from "../trace/span.ts";
import type { ReceivedHeaders } from "../trace/tracer.ts";
import type { InstrumentContext } from "./instrument_context.ts";

/** Ids of SkyWalking's `component-libraries.yml`. It has none for `fetch`, Bun or Deno. */
const HTTP_SERVER = 49;
const HTTP_CLIENT = 2;

/** In place of a span: the request is not traced, nor is what it starts. */
export const IGNORED: unique symbol = Symbol("ignored");

/** A request that was received. */
export interface ReceivedRequest extends ReceivedHeaders {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** The template the path was matched with, such as `/users/:id`; few names are better than many. */
  readonly route?: string | undefined;
  /** Scheme and authority. */
  readonly origin: string;
}

/** Starts the entry span of a request; `undefined` if nothing is traced any more. */
export function startServerSpan(
  { tracer, isIgnored }: InstrumentContext,
  request: ReceivedRequest,
): Span | typeof IGNORED | undefined {
  const { method, path } = request;
  if (isIgnored(method, path)) return IGNORED;
  const span = tracer.startEntry(`${method}:${request.route ?? path}`, request);
  if (!span) return undefined;
  span.component = HTTP_SERVER;
  span.layer = "http";
  // Without its query, which may hold what is nobody's business.
  return span.tag("http.method", method).tag("url", request.origin + path);
}

/** A request that is about to be sent. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly origin: string;
  /** `host:port`. */
  readonly peer: string;
}

/** Starts the exit span of a request; `undefined` if it is not traced. */
export function startClientSpan(
  { tracer }: InstrumentContext,
  { method, path, origin, peer }: SentRequest,
): Span | undefined {
  const span = tracer.startExit(`${method}:${path}`, peer);
  if (!span) return undefined;
  span.component = HTTP_CLIENT;
  span.layer = "http";
  return span.tag("http.method", method).tag("url", origin + path);
}

/** Ends a span with the response's status. From 400 on it is an error, as in SkyWalking's Node agent. */
export function endWithStatus(span: Span, status: number | undefined): void {
  if (span.endedAt !== undefined) return;
  if (status !== undefined) {
    span.tag("http.status_code", String(status));
    if (status >= 400) span.isError = true;
  }
  span.end();
}

/** Ends a span that got no response. */
export function endAborted(span: Span, message: string): void {
  if (span.endedAt !== undefined) return;
  span.isError = true;
  span.log([
    { key: "event", value: "error" },
    { key: "error.kind", value: "Aborted" },
    { key: "message", value: message },
  ]);
  span.end();
}

/** The part of a URL or a request target before its query. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
