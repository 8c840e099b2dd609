// SPDX-License-Identifier: Apache-2.0
import type { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "./span.ts";

const UNTRACED = Symbol("untraced");

/** The span of the running code, which follows it across its awaits. */
export class Active {
  readonly #storage: AsyncLocalStorage<Span | typeof UNTRACED | undefined>;

  /** Takes AsyncLocalStorage here, not by an import, which on Bun would settle what the app sees of the module. */
  constructor() {
    const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");
    this.#storage = new AsyncLocalStorage();
  }

  /** The span of the running code; it may have ended. */
  current(): Span | undefined {
    const store = this.#storage.getStore();
    return store === UNTRACED ? undefined : store;
  }

  /** Whether the running code must not be traced: the agent's own, or an ignored request's. */
  isUntraced(): boolean {
    return this.#storage.getStore() === UNTRACED;
  }

  /**
   * Calls `fn` as the code of `span`. Always enters anew, whatever context is there: a dynamic `import()` on
   * Deno leaves the context of one request behind for all later ones.
   */
  apply<A extends unknown[], T>(span: Span, fn: (...args: A) => T, self: unknown, args: A): T {
    return this.#storage.run(span, Reflect.apply<unknown, A, T>, fn, self, args);
  }

  /** Calls `fn` without a span. */
  exit<T>(fn: () => T): T {
    return this.#storage.run(undefined, fn);
  }

  /** Calls `fn` so that neither it nor what it starts is traced. */
  untraced<A extends unknown[], T>(fn: (...args: A) => T, self: unknown, args: A): T {
    return this.#storage.run(UNTRACED, Reflect.apply<unknown, A, T>, fn, self, args);
  }
}
