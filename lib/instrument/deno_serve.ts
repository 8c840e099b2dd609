// SPDX-License-Identifier: Apache-2.0
import { overlay, tracedErrorHandler, tracedHandler } from "./_fetch_handler.ts";
import { type AnyFunction, patch } from "./_patch.ts";
import type { InstrumentContext } from "./instrument_context.ts";

/** The options of `Deno.serve` that hold handlers. */
interface ServeOptions {
  readonly handler?: unknown;
  readonly onError?: unknown;
}

/**
 * Makes an entry span of each request to `Deno.serve`, in all three of its call forms, and to the
 * `export default { fetch }` of `deno serve`, which calls it. Does nothing on other runtimes.
 *
 * The request's `signal` is never read: on Deno that alone prints a warning. So a request whose client has
 * gone ends with its handler, as any other.
 *
 * @returns a function that takes the patch off; servers that run stay traced
 */
export function instrumentDenoServe(context: InstrumentContext): () => void {
  const deno: object | undefined = Reflect.get(globalThis, "Deno");
  if (!deno) return () => {};
  return patch(deno, "serve", (serve) => {
    return function (...args) {
      return Reflect.apply(
        serve,
        this,
        args.map((arg) => traced(context, arg)),
      );
    };
  });
}

function traced(context: InstrumentContext, arg: unknown): unknown {
  try {
    if (isFunction(arg)) return tracedHandler(context, arg);
    if (typeof arg !== "object" || arg === null) return arg;
    const { handler, onError } = arg as ServeOptions;
    const members: Record<string, unknown> = {};
    if (isFunction(handler)) members.handler = tracedHandler(context, handler);
    if (isFunction(onError)) members.onError = tracedErrorHandler(context, onError);
    return overlay(arg, members);
  } catch (error) {
    context.log.error(`Cannot trace a server: ${error}`);
    return arg;
  }
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}
