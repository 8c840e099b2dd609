// SPDX-License-Identifier: Apache-2.0
import type { Segment } from "../trace/segment.ts";
import { type SegmentPage, SegmentPages } from "./_segment_pages.ts";
import type { EncodeSegment } from "./encode_segment.ts";
import type { Fate, Outbox } from "./outbox.ts";

/** More than the tasks an agent may have accepted (16) can profile (9 each). */
const PROFILED_CAPACITY = 256;

/**
 * Finished segments that wait to be sent, encoded. Where too many wait, the oldest go. Profiled ones have a place of
 * their own and go first: without its segment the backend shows no snapshot of it.
 */
export class SegmentBuffer implements Outbox<Uint8Array> {
  readonly #profiled: SegmentPages;
  readonly #others: SegmentPages;
  #taken: { readonly profiled: SegmentPage[]; readonly others: SegmentPage[] } = { profiled: [], others: [] };
  #gone = 0;

  /** @throws {RangeError} if the capacity is not a positive integer */
  constructor(capacity: number, encode: EncodeSegment) {
    this.#profiled = new SegmentPages(PROFILED_CAPACITY, encode);
    this.#others = new SegmentPages(capacity, encode);
  }

  get size(): number {
    const { profiled, others } = this.#taken;
    return this.#profiled.size + this.#others.size + countOf(profiled) + countOf(others);
  }

  get dropped(): number {
    return this.#profiled.dropped + this.#others.dropped + this.#gone;
  }

  /** Adds a segment; throws what encoding it throws. */
  push(segment: Segment): void {
    (segment.watched ? this.#profiled : this.#others).push(segment);
  }

  /** Pages of segments, `max` of these or a few more in all; fewer where they are large. */
  take(max: number): readonly Uint8Array[] {
    const profiled = this.#profiled.take(max);
    const others = this.#others.take(max - countOf(profiled));
    this.#taken = { profiled, others };
    return [...profiled, ...others].map(({ bytes }) => bytes);
  }

  settle(fate: Fate): void {
    const { profiled, others } = this.#taken;
    this.#taken = { profiled: [], others: [] };
    if (fate === "lost") this.#gone += countOf(profiled) + countOf(others);
    if (fate !== "kept") return;
    this.#profiled.putBack(profiled);
    this.#others.putBack(others);
  }

  clear(): void {
    for (const pages of [this.#profiled, this.#others]) {
      while (pages.size > 0) this.#gone += countOf(pages.take(Infinity));
    }
  }
}

function countOf(pages: readonly SegmentPage[]): number {
  let sum = 0;
  for (const { count } of pages) sum += count;
  return sum;
}
