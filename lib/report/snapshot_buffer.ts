// SPDX-License-Identifier: Apache-2.0
import type { ThreadSnapshot } from "../profile/snapshot.ts";
import type { Fate, Outbox } from "./outbox.ts";

/** More first snapshots than the tasks an agent may have accepted (16) can give (9 each). */
const FIRST_CAPACITY = 256;

/** What waits of one segment. */
interface Series {
  readonly snapshots: ThreadSnapshot[];
  /** How many of them are in the batch that is being sent. */
  taken: number;
}

/**
 * Snapshots that wait to be sent.
 *
 * The backend lists a segment by its sequence 0 and adds up only what is consecutive, so a segment never gets a
 * hole: what does not find room is the *end* of the segment that comes. Its sequence 0 always does, beyond the
 * capacity if need be, for up to 256 segments. Likewise, when a batch is lost, the rest of its segments goes too:
 * whatever arrived is then a whole beginning.
 */
export class SnapshotBuffer implements Outbox<ThreadSnapshot> {
  readonly #capacity: number;
  /** One for each segment, the oldest first. */
  #waiting: Series[] = [];
  #size = 0;
  #dropped = 0;

  /** @throws {RangeError} if the capacity is not a positive integer */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`Cannot create a snapshot buffer: the capacity is ${capacity}`);
    }
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Takes all the snapshots of one segment, in sequence order. */
  push(snapshots: readonly ThreadSnapshot[]): void {
    const least = this.#size < this.#capacity + FIRST_CAPACITY ? 1 : 0;
    const room = Math.max(this.#capacity - this.#size, least);
    const kept = snapshots.slice(0, room);
    this.#dropped += snapshots.length - kept.length;
    if (kept.length === 0) return;
    this.#waiting.push({ snapshots: kept, taken: 0 });
    this.#size += kept.length;
  }

  take(max: number): readonly ThreadSnapshot[] {
    const batch: ThreadSnapshot[] = [];
    for (const series of this.#waiting) {
      series.taken = Math.min(series.snapshots.length, max - batch.length);
      if (series.taken === 0) break;
      for (let index = 0; index < series.taken; index++)
        batch.push(series.snapshots[index] as ThreadSnapshot);
    }
    return batch;
  }

  settle(fate: Fate): void {
    for (const series of this.#waiting) {
      if (series.taken === 0) break;
      const done = fate === "kept" ? 0 : fate === "lost" ? series.snapshots.length : series.taken;
      series.snapshots.splice(0, done);
      series.taken = 0;
      this.#size -= done;
      if (fate === "lost") this.#dropped += done;
    }
    this.#waiting = this.#waiting.filter(({ snapshots }) => snapshots.length > 0);
  }

  clear(): void {
    this.#dropped += this.#size;
    this.#size = 0;
    this.#waiting = [];
  }
}
