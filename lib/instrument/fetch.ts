// SPDX-License-Identifier: Apache-2.0
import { SW8, SW8_CORRELATION } from "../trace/carrier.ts";
import type { Span } from "../trace/span.ts";
import { endWithStatus, startClientSpan } from "./_http_span.ts";
import { patch } from "./_patch.ts";
import type { InstrumentContext } from "./instrument_context.ts";

/**
 * Makes an exit span of each call of the global `fetch`, on all runtimes. It ends with the response's headers.
 * `Bun.fetch` is read-only and stays untraced.
 *
 * @returns a function that takes the patch off
 */
export function instrumentFetch(context: InstrumentContext): () => void {
  return patch(globalThis, "fetch", (fetch) => {
    return function (...args) {
      const call = prepare(context, args);
      if (!call) return fetch.apply(this, args);
      return settle(call.span, fetch.apply(this, call.args) as Promise<Response>);
    };
  });
}

/** In place of the app's promise, not beside it: a failure nobody handles stays one. */
function settle(span: Span, response: Promise<Response>): Promise<Response> {
  return response.then(
    (received) => {
      endWithStatus(span, received.status);
      return received;
    },
    (reason) => {
      span.error(reason).end();
      throw reason;
    },
  );
}

interface Call {
  readonly span: Span;
  readonly args: unknown[];
}

function prepare(context: InstrumentContext, args: readonly unknown[]): Call | undefined {
  try {
    const [input, init] = args as [unknown, RequestInit | undefined];
    const span = start(context, input, init);
    return span && { span, args: withHeaders(input, init, carriedBy(context, span)) };
  } catch {
    // What is not a URL or not a header, say. The app's own call will tell the app.
    return undefined;
  }
}

function start(context: InstrumentContext, input: unknown, init: RequestInit | undefined): Span | undefined {
  const request = input instanceof Request ? input : undefined;
  const url = new URL(request ? request.url : String(input));
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return startClientSpan(context, {
    method: (init?.method ?? request?.method ?? "GET").toUpperCase(),
    path: url.pathname,
    origin: url.origin,
    peer: `${url.hostname}:${port}`,
  });
}

function carriedBy({ tracer }: InstrumentContext, span: Span): [string, string][] {
  const correlation = span.segment.correlation.header;
  const sw8: [string, string] = [SW8, tracer.inject(span)];
  return correlation ? [sw8, [SW8_CORRELATION, correlation]] : [sw8];
}

function withHeaders(input: unknown, init: RequestInit | undefined, carried: [string, string][]): unknown[] {
  if (init && !isPlain(init)) {
    // A Request, say, whose members cannot be copied by their keys.
    const request = new Request(input as Request, init);
    for (const [name, value] of carried) request.headers.set(name, value);
    return [request];
  }
  const given = init?.headers ?? (input instanceof Request ? input.headers : undefined);
  return [input, { ...init, headers: merge(given, carried) }];
}

function merge(given: unknown, carried: [string, string][]): RequestInit["headers"] {
  const isOther = ([name]: [string, string]) => !carried.some(([own]) => own === name.toLowerCase());
  if (Array.isArray(given)) return [...(given as [string, string][]).filter(isOther), ...carried];
  // Kept as it is given, not as `Headers`: those lose the names' case, which Bun sends as it was written.
  if (isPlain(given)) return Object.fromEntries([...Object.entries(given).filter(isOther), ...carried]);
  const headers = new Headers(given as Headers | undefined);
  for (const [name, value] of carried) headers.set(name, value);
  return headers;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
