// SPDX-License-Identifier: Apache-2.0
import { overlay, tracedErrorHandler, tracedHandler } from "./_fetch_handler.ts";
import { type AnyFunction, patch } from "./_patch.ts";
import type { InstrumentContext } from "./instrument_context.ts";

/** The options of `Bun.serve` that hold handlers. */
interface ServeOptions {
  readonly fetch?: unknown;
  readonly routes?: unknown;
  readonly error?: unknown;
}

/**
 * Makes an entry span of each request that reaches a handler of `Bun.serve`: `fetch` and `routes`, also those
 * of `export default { fetch }` and of `server.reload`. Static routes never reach JavaScript. A route with
 * parameters and no wildcard names the endpoint: `GET:/users/:id`. Does nothing on other runtimes.
 *
 * @returns a function that takes the patch off; servers that run stay traced
 */
export function instrumentBunServe(context: InstrumentContext): () => void {
  const bun: object | undefined = Reflect.get(globalThis, "Bun");
  if (!bun) return () => {};
  return patch(bun, "serve", (serve) => {
    return function (options, ...rest) {
      const server = Reflect.apply(serve, this, [traced(context, options), ...rest]);
      // It bypasses `serve`.
      patch(server as object, "reload", (reload) => {
        return function (options) {
          return Reflect.apply(reload, this, [traced(context, options)]);
        };
      });
      return server;
    };
  });
}

function traced(context: InstrumentContext, options: unknown): unknown {
  if (typeof options !== "object" || options === null) return options;
  try {
    const { fetch, routes, error } = options as ServeOptions;
    const members: Record<string, unknown> = {};
    if (isFunction(fetch)) members.fetch = tracedHandler(context, fetch, { isAborted });
    if (isPlain(routes))
      members.routes = mapValues(routes, (route, path) => tracedRoute(context, route, path));
    if (isFunction(error)) members.error = tracedErrorHandler(context, error);
    return overlay(options, members);
  } catch (error) {
    context.log.error(`Cannot trace a server: ${error}`);
    return options;
  }
}

function tracedRoute(context: InstrumentContext, route: unknown, path: string): unknown {
  const template = path.includes(":") && !path.includes("*") ? path : undefined;
  const handler = (value: unknown) =>
    isFunction(value) ? tracedHandler(context, value, { route: template, isAborted }) : value;
  return isPlain(route) ? mapValues(route, handler) : handler(route);
}

function isAborted(request: Request): boolean {
  return request.signal.aborted;
}

function mapValues(object: object, map: (value: unknown, key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}

/** An object of handlers; a `Response`, an HTML import or a file is an instance of something. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
