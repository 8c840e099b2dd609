// SPDX-License-Identifier: Apache-2.0

/** A map of limited size: where a new key finds it full, the one that was set longest ago goes. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #capacity: number;
  readonly #dropped: (key: K) => void;

  /**
   * @param capacity the most entries
   * @param dropped called for every entry that had to go
   */
  constructor(capacity: number, dropped: (key: K) => void) {
    this.#capacity = capacity;
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Sets the value and makes the key the newest. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) {
        this.#entries.delete(oldest.value);
        this.#dropped(oldest.value);
      }
    }
    this.#entries.set(key, value);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** The values, oldest first. */
  values(): V[] {
    return [...this.#entries.values()];
  }
}
