// SPDX-License-Identifier: Apache-2.0
import type { Span } from "../trace/span.ts";
import { endWithStatus, IGNORED, startServerSpan, withoutQuery } from "./_http_span.ts";
import { type AnyFunction, disguise } from "./_patch.ts";
import type { InstrumentContext } from "./instrument_context.ts";

/** How a server of web-standard requests differs from the others. */
export interface FetchHandlerOptions {
  /** The template that the request's path matched. */
  readonly route?: string | undefined;
  /** Whether the client has gone; asked when the handler is done. */
  readonly isAborted?: ((request: Request) => boolean) | undefined;
}

/** The spans of what handlers threw, for the server's error handler, which is not told the request. */
const failed = new WeakMap<object, Span>();

/**
 * Makes an entry span of each call of a handler that gets a `Request` and gives a `Response`. It ends when the
 * response is given: what of its body is still to be streamed is not part of it.
 */
export function tracedHandler(
  context: InstrumentContext,
  handler: AnyFunction,
  { route, isAborted }: FetchHandlerOptions = {},
): AnyFunction {
  const end = (span: Span, request: Request, response: unknown) => {
    if (isAborted?.(request)) span.isError = true;
    endWithStatus(span, response instanceof Response ? response.status : undefined);
  };
  const traced: AnyFunction = function (...args) {
    const request = args[0] as Request;
    const span = start(context, request, route);
    if (span === undefined) return handler.apply(this, args);
    if (span === IGNORED) return context.tracer.applyUntraced(handler, this, args);
    try {
      const result = context.tracer.apply(span, handler, this, args);
      // Beside the server's promise: its own reaction to a rejection is not lost by ours.
      if (!(result instanceof Promise)) end(span, request, result);
      else {
        result.then(
          (response) => end(span, request, response),
          (reason) => fail(span, reason),
        );
      }
      return result;
    } catch (error) {
      fail(span, error);
      throw error;
    }
  };
  disguise(traced, handler);
  // Deno gives a handler that declares no parameter no request either, and the wrapper needs one.
  Object.defineProperty(traced, "length", { value: Math.max(1, handler.length), configurable: true });
  return traced;
}

/** Calls a server's error handler as the code of the request that failed. */
export function tracedErrorHandler({ tracer }: InstrumentContext, handler: AnyFunction): AnyFunction {
  const traced: AnyFunction = function (...args) {
    const [reason] = args;
    const span = isObject(reason) ? failed.get(reason) : undefined;
    return span ? tracer.apply(span, handler, this, args) : handler.apply(this, args);
  };
  disguise(traced, handler);
  return traced;
}

/** `options` with some members replaced; the others, inherited ones too, are read through. */
export function overlay<T extends object>(options: T, members: Readonly<Record<string, unknown>>): T {
  const properties: PropertyDescriptorMap = {};
  for (const [key, value] of Object.entries(members)) {
    properties[key] = { value, enumerable: true, configurable: true, writable: true };
  }
  return Object.create(options, properties);
}

function start(
  context: InstrumentContext,
  request: Request,
  route: string | undefined,
): Span | typeof IGNORED | undefined {
  try {
    const { method, headers } = request;
    const url = withoutQuery(request.url);
    const slash = url.indexOf("/", url.indexOf("://") + 3);
    return startServerSpan(context, {
      method,
      path: slash < 0 ? "/" : url.slice(slash),
      route,
      origin: slash < 0 ? url : url.slice(0, slash),
      sw8: headers.get("sw8") ?? undefined,
      correlation: headers.get("sw8-correlation") ?? undefined,
    });
  } catch (error) {
    context.log.throttled("start", "error", () => `Cannot trace a received request: ${error}`);
    return undefined;
  }
}

/** The server answers what a handler throws with 500, or its error handler does, which comes later. */
function fail(span: Span, reason: unknown): void {
  if (isObject(reason)) failed.set(reason, span);
  endWithStatus(span.error(reason), 500);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
