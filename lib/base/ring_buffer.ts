// SPDX-License-Identifier: Apache-2.0

/** A queue of limited size: where it is full, the oldest item makes room and is counted. */
export class RingBuffer<T> {
  readonly capacity: number;
  readonly #slots: (T | undefined)[];
  #first = 0;
  #size = 0;
  #dropped = 0;

  /**
   * @param capacity the most items, at least 1
   * @throws {RangeError} if the capacity is not a positive integer
   */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`Cannot create a ring buffer: the capacity is ${capacity}`);
    }
    this.capacity = capacity;
    this.#slots = [];
  }

  /** How many items wait. */
  get size(): number {
    return this.#size;
  }

  /** How many items were dropped since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds an item. Returns `false` if the oldest one had to go for it. */
  push(item: T): boolean {
    const end = (this.#first + this.#size) % this.capacity;
    this.#slots[end] = item;
    if (this.#size < this.capacity) {
      this.#size++;
      return true;
    }
    this.#first = (this.#first + 1) % this.capacity;
    this.#dropped++;
    return false;
  }

  /** Takes the oldest items out, oldest first; all of them without a `max`. */
  drain(max: number = this.#size): T[] {
    const items: T[] = [];
    while (items.length < max && this.#size > 0) {
      items.push(this.#slots[this.#first] as T);
      this.#slots[this.#first] = undefined;
      this.#first = (this.#first + 1) % this.capacity;
      this.#size--;
    }
    return items;
  }
}
