// SPDX-License-Identifier: Apache-2.0

/** A place in a {@link SlotTable}. */
export interface Slot {
  /** Frees the place; safe to call again. */
  release(): void;
}

/** A fixed number of places: the most values that may be in use at once. */
export class SlotTable<T> {
  readonly capacity: number;
  readonly #taken = new Map<Slot, T>();

  /**
   * @param capacity the number of places, at least 1
   * @throws {RangeError} if the capacity is not a positive integer
   */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`Cannot create a slot table: the capacity is ${capacity}`);
    }
    this.capacity = capacity;
  }

  /** How many places are taken. */
  get size(): number {
    return this.#taken.size;
  }

  /** Takes a place for `value`; `undefined` if none is free. */
  tryAcquire(value: T): Slot | undefined {
    if (this.#taken.size >= this.capacity) return undefined;
    const slot: Slot = { release: () => void this.#taken.delete(slot) };
    this.#taken.set(slot, value);
    return slot;
  }

  /** The values in use, as a copy: releasing while iterating is safe. */
  values(): T[] {
    return [...this.#taken.values()];
  }
}
