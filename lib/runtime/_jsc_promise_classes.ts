// SPDX-License-Identifier: Apache-2.0
import { attempt } from "./_attempt.ts";

/** A class of promises of its own. */
export interface PromiseClass {
  readonly type: PromiseConstructor;
  /** What a wait for one of its promises is called. */
  readonly kind: string;
}

/**
 * What Bun's own clients give: a query of `Bun.SQL`, a command of `Bun.$`.
 *
 * Bun loads a client when something first asks for it. Nothing tells whether the app has, so this may take 10 ms and
 * 4 MB where it has not.
 */
export function promiseClasses(): PromiseClass[] {
  // What another version of Bun does otherwise is not followed.
  const bun: unknown = Reflect.get(globalThis, "Bun");
  const candidates = [
    { kind: "Bun.$", type: attempt(() => shellPromise(bun)) },
    { kind: "Bun.SQL", type: attempt(() => query(bun)) },
  ];
  return candidates.flatMap(({ kind, type }) => (isPromiseClass(type) ? [{ kind, type }] : []));
}

function shellPromise(bun: unknown): unknown {
  const shell: unknown = Reflect.get(bun as object, "$");
  return Reflect.get(shell as object, "ShellPromise");
}

/** Bun gives this one no name; but a query has it, and one that is not awaited does not connect. */
function query(bun: unknown): unknown {
  const SQL = Reflect.get(bun as object, "SQL") as new (url: string) => { unsafe(text: string): object };
  return new SQL("postgres://sw-agent@127.0.0.1:1/none").unsafe("").constructor;
}

function isPromiseClass(type: unknown): type is PromiseConstructor {
  return typeof type === "function" && Object.getPrototypeOf(type) === Promise;
}
