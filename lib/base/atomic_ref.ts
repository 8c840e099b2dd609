// SPDX-License-Identifier: Apache-2.0

/**
 * A reference that changes hands only if it is still what the caller saw.
 *
 * JavaScript has no threads, but it has late callbacks: a timer set for one task may fire when the next one
 * runs. It then finds that the reference is no longer its own, and does nothing.
 */
export class AtomicRef<T> {
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
  }

  /** Sets `next` if the value is identical to `expected`, and says whether it was. */
  compareAndSet(expected: T, next: T): boolean {
    if (this.#value !== expected) return false;
    this.#value = next;
    return true;
  }
}
