// SPDX-License-Identifier: Apache-2.0
import type { Segment } from "../trace/segment.ts";
import { FieldWriter } from "./_field_writer.ts";
import type { EncodeSegment } from "./encode_segment.ts";

/** Encoded segments that stand one after the other. */
export interface SegmentPage {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** A buffer has at least so many pages when it is full: the oldest page goes as a whole. */
const PAGES = 16;
/** What is taken at once must be sent before a call's deadline, also where segments are large and the way is slow. */
const MAX_TAKEN_BYTES = 4 * 1024 * 1024;

/** A bounded queue of encoded segments, kept in pages: one object for many of them. */
export class SegmentPages {
  readonly #capacity: number;
  readonly #pageCapacity: number;
  readonly #encode: EncodeSegment;
  readonly #writer = new FieldWriter(() => this.#turn());
  #pages: SegmentPage[] = [];
  /** How many are in the page that is written. */
  #written = 0;
  #size = 0;
  #dropped = 0;

  /**
   * @param capacity the most segments, at least 1
   * @throws {RangeError} if the capacity is not a positive integer
   */
  constructor(capacity: number, encode: EncodeSegment) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`Cannot create a segment buffer: the capacity is ${capacity}`);
    }
    this.#capacity = capacity;
    this.#pageCapacity = Math.ceil(capacity / PAGES);
    this.#encode = encode;
  }

  get size(): number {
    return this.#size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a segment; throws what encoding it throws. */
  push(segment: Segment): void {
    this.#encode(segment, this.#writer);
    this.#written++;
    this.#size++;
    if (this.#written >= this.#pageCapacity) this.#turn();
    if (this.#size > this.#capacity) this.#shrink();
  }

  /** Takes the oldest pages out, until they hold `max` segments or 4 MiB, or more. */
  take(max: number): SegmentPage[] {
    this.#turn();
    let taken = 0;
    let size = 0;
    let count = 0;
    for (const page of this.#pages) {
      if (taken >= max || size >= MAX_TAKEN_BYTES) break;
      taken += page.count;
      size += page.bytes.length;
      count++;
    }
    this.#size -= taken;
    return this.#pages.splice(0, count);
  }

  /** Puts pages back before all others. */
  putBack(pages: readonly SegmentPage[]): void {
    this.#pages = [...pages, ...this.#pages];
    for (const { count } of pages) this.#size += count;
    this.#shrink();
  }

  #turn(): void {
    if (this.#written === 0) return;
    this.#pages.push({ bytes: this.#writer.take(), count: this.#written });
    this.#written = 0;
  }

  #shrink(): void {
    while (this.#size > this.#capacity) {
      if (this.#pages.length === 0) this.#turn();
      const count = this.#pages.shift()?.count ?? 0;
      this.#size -= count;
      this.#dropped += count;
    }
  }
}
