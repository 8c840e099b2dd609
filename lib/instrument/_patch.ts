// SPDX-License-Identifier: Apache-2.0

/** A function about which nothing is known. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Shared by all copies of the agent in a process: a second one finds the first one's patches and adds none. */
const PATCHED: unique symbol = Symbol.for("@sw/agent.patched");

/**
 * Replaces a method by what `wrap` makes of it, unless it is patched already or missing.
 *
 * Wrappers call the original by its own `apply`: JavaScriptCore has a frame for `Reflect.apply`, which a profile
 * would then name as what the app waits for.
 *
 * @returns a function that puts the original back, unless somebody else has patched over it
 */
export function patch(target: object, key: string, wrap: (original: AnyFunction) => AnyFunction): () => void {
  const found: unknown = Reflect.get(target, key);
  if (typeof found !== "function" || PATCHED in found) return () => {};
  const isOwn = Object.hasOwn(target, key);
  const wrapped = wrap(isOwn ? (found as AnyFunction) : inherited(target, key));
  disguise(wrapped, found);
  Object.defineProperty(wrapped, PATCHED, { value: true });
  if (!Reflect.set(target, key, wrapped)) return () => {};
  return () => {
    if (Reflect.get(target, key) !== wrapped) return;
    if (isOwn) Reflect.set(target, key, found);
    else Reflect.deleteProperty(target, key);
  };
}

/** Gives a wrapper the name, the length and the other properties of what it wraps (`fetch.preconnect` on Bun). */
export function disguise(wrapper: object, original: object): void {
  for (const key of Reflect.ownKeys(original)) {
    const property = Object.getOwnPropertyDescriptor(original, key);
    if (property && Object.getOwnPropertyDescriptor(wrapper, key)?.configurable !== false) {
      Object.defineProperty(wrapper, key, property);
    }
  }
}

/** Looks the method up with each call: others patch the parent as well, later than we do. */
function inherited(target: object, key: string): AnyFunction {
  const parent: object = Object.getPrototypeOf(target);
  return function (...args) {
    return (Reflect.get(parent, key) as AnyFunction).apply(this, args);
  };
}
