// SPDX-License-Identifier: Apache-2.0
import { RingBuffer } from "../base/ring_buffer.ts";
import type { Fate, Outbox } from "./outbox.ts";

/** More than the tasks an agent may have accepted (16) can profile (9 each). */
const PROFILED_CAPACITY = 256;

/** A finished segment, encoded. */
export interface FinishedSegment {
  /** As `SegmentClient.collect` takes it. */
  readonly bytes: Uint8Array;
  /** Whether it is profiled. */
  readonly watched: boolean;
}

/**
 * Finished segments that wait to be sent. Where too many wait, the oldest go. Profiled ones have a place of their
 * own and go first: without its segment the backend shows no snapshot of it.
 */
export class SegmentBuffer implements Outbox<FinishedSegment> {
  readonly #profiled = new RingBuffer<FinishedSegment>(PROFILED_CAPACITY);
  readonly #others: RingBuffer<FinishedSegment>;
  #taken: readonly FinishedSegment[] = [];
  #gone = 0;

  /** @throws {RangeError} if the capacity is not a positive integer */
  constructor(capacity: number) {
    this.#others = new RingBuffer(capacity);
  }

  get size(): number {
    return this.#profiled.size + this.#others.size + this.#taken.length;
  }

  get dropped(): number {
    return this.#profiled.dropped + this.#others.dropped + this.#gone;
  }

  push(segment: FinishedSegment): void {
    (segment.watched ? this.#profiled : this.#others).push(segment);
  }

  take(max: number): readonly FinishedSegment[] {
    const profiled = this.#profiled.drain(max);
    this.#taken = [...profiled, ...this.#others.drain(max - profiled.length)];
    return this.#taken;
  }

  settle(fate: Fate): void {
    const taken = this.#taken;
    this.#taken = [];
    if (fate === "lost") this.#gone += taken.length;
    if (fate !== "kept") return;
    // Behind the older ones: so what came meanwhile stays if not all find room.
    const newer = [...this.#profiled.drain(), ...this.#others.drain()];
    for (const segment of [...taken, ...newer]) this.push(segment);
  }

  clear(): void {
    this.#gone += this.#profiled.drain().length + this.#others.drain().length;
  }
}
