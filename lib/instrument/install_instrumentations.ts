// SPDX-License-Identifier: Apache-2.0
import { instrumentBunServe } from "./bun_serve.ts";
import { instrumentDenoServe } from "./deno_serve.ts";
import { instrumentFetch } from "./fetch.ts";
import { instrumentHttpClient } from "./http_client.ts";
import type { InstrumentContext } from "./instrument_context.ts";
import { instrumentNodeHttp } from "./node_http.ts";

/** Puts an instrumentation on; the returned function takes it off. */
export type Instrumentation = (context: InstrumentContext) => () => void;

/** Every instrumentation, by the name that turns it off. */
export const INSTRUMENTATIONS: Readonly<Record<string, Instrumentation>> = {
  http: instrumentNodeHttp,
  http_client: instrumentHttpClient,
  fetch: instrumentFetch,
  bun_serve: instrumentBunServe,
  deno_serve: instrumentDenoServe,
};

/**
 * Puts all instrumentations on but those that are `disabled`. Must be done before the app is loaded.
 *
 * @returns a function that takes them off
 */
export function installInstrumentations(context: InstrumentContext, disabled: readonly string[]): () => void {
  const undo: (() => void)[] = [];
  for (const [name, instrument] of Object.entries(INSTRUMENTATIONS)) {
    if (disabled.includes(name)) continue;
    try {
      undo.push(instrument(context));
    } catch (error) {
      context.log.error(`Cannot instrument ${name}: ${error}`);
    }
  }
  for (const name of disabled) {
    if (!Object.hasOwn(INSTRUMENTATIONS, name))
      context.log.warn(`Cannot disable ${name}: there is no such plugin`);
  }
  return () => {
    for (const each of undo.splice(0).reverse()) each();
  };
}
