// SPDX-License-Identifier: Apache-2.0

/** A function of the runtime, or of the app. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

const MARK: unique symbol = Symbol.for("@sw/agent.primitive");

/** Whether a function is a wrapper. */
export function isWrapper(found: object): boolean {
  return MARK in found;
}

/** A module of the runtime, without settling what the app will see of it. */
export function builtin(id: string): object | undefined {
  return process.getBuiltinModule(id) as object | undefined;
}

/** The prototype of a class that `owner` has. */
export function prototypeOf(owner: object | undefined, key: string): object | undefined {
  const type: unknown = owner && Reflect.get(owner, key);
  return typeof type === "function" ? (Reflect.get(type, "prototype") as object | undefined) : undefined;
}

/** Puts a wrapper in the place of a function, unless there is none, or it cannot be, or it has been done. */
export type Replace = (
  target: object,
  key: PropertyKey,
  wrap: (original: AnyFunction) => AnyFunction,
) => void;

/** What is one function in several places (`setTimeout`, `timers.setTimeout`) stays one. */
export function createReplace(): Replace {
  const wrappers = new WeakMap<object, AnyFunction>();
  return (target, key, wrap) => {
    const original: unknown = Reflect.get(target, key);
    if (typeof original !== "function" || isWrapper(original)) return;
    const owner = ownerOf(target, key);
    const own = owner && Object.getOwnPropertyDescriptor(owner, key);
    if (!owner || !own || !("value" in own)) return;
    let wrapped = wrappers.get(original);
    if (!wrapped) {
      wrapped = wrap(original as AnyFunction);
      disguise(wrapped, original);
      wrappers.set(original, wrapped);
    }
    if (own.configurable) Object.defineProperty(owner, key, { ...own, value: wrapped });
    else if (own.writable) Reflect.set(owner, key, wrapped);
  };
}

/** `target`, or the one of its prototypes that has the property. */
function ownerOf(target: object, key: PropertyKey): object | null {
  let owner: object | null = target;
  while (owner && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner);
  return owner;
}

/** Gives a wrapper the properties of what it wraps (`setTimeout`'s `util.promisify.custom`, say). */
export function disguise(wrapper: AnyFunction, original: object): void {
  for (const key of Reflect.ownKeys(original)) {
    const property = Object.getOwnPropertyDescriptor(original, key);
    const own = Object.getOwnPropertyDescriptor(wrapper, key);
    if (property && own?.configurable !== false) Object.defineProperty(wrapper, key, property);
  }
  Object.defineProperty(wrapper, MARK, { value: true });
  // Of an async function it is another one.
  const prototype: unknown = Object.getPrototypeOf(original);
  if (Object.getPrototypeOf(wrapper) !== prototype) Object.setPrototypeOf(wrapper, prototype as object);
}

/** A method has no `prototype` and is no constructor, as what the runtime has built in. */
export function method({ call }: { call: AnyFunction }): AnyFunction {
  return call;
}
