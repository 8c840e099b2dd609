// SPDX-License-Identifier: Apache-2.0
import type { ThreadSnapshot } from "../profile/snapshot.ts";

/**
 * Snapshots that wait to be sent, bounded.
 *
 * Where it is full, whole ends of segments go: the snapshots that come are dropped, and with one of a segment
 * all later ones of it. A hole would cost the backend's durations more than a missing end, because it only
 * adds up consecutive sequences. Sequence 0 is never dropped, because a segment is listed by it: there are at
 * most nine a task, so it may exceed the capacity.
 */
export class SnapshotBuffer {
  readonly capacity: number;
  readonly #cut = new Set<string>();
  #waiting: ThreadSnapshot[] = [];
  #dropped = 0;

  /** @throws {RangeError} if the capacity is not a positive integer */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`Cannot create a snapshot buffer: the capacity is ${capacity}`);
    }
    this.capacity = capacity;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** How many were dropped since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  push(snapshot: ThreadSnapshot): void {
    const { traceSegmentId, sequence } = snapshot;
    if (sequence === 0) this.#cut.delete(traceSegmentId);
    else if (this.#cut.has(traceSegmentId) || this.#waiting.length >= this.capacity) {
      if (this.#cut.size >= MAX_CUT) this.#cut.clear();
      this.#cut.add(traceSegmentId);
      this.#dropped++;
      return;
    }
    this.#waiting.push(snapshot);
  }

  /** Takes out at most `max`, the oldest first. */
  drain(max: number): ThreadSnapshot[] {
    return this.#waiting.splice(0, max);
  }

  /** Puts back what was taken out and was not sent; it is sent first. */
  restore(snapshots: readonly ThreadSnapshot[]): void {
    this.#waiting = [...snapshots, ...this.#waiting];
  }
}

/** Segments whose end is known to be cut. */
const MAX_CUT = 1_000;
