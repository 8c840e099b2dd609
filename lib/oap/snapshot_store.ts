// SPDX-License-Identifier: Apache-2.0

import type { Snapshot } from "./model.ts";

/** Limits of a {@link SnapshotStore}. */
export interface SnapshotStoreOptions {
  /** The most snapshots of all segments together. */
  readonly maxSnapshots: number;
  /** The most characters of all distinct stacks together. */
  readonly maxChars: number;
  /** Called with the number of snapshots that were given up, and the segment if it lost all of its own. */
  readonly dropped: (count: number, segmentId?: string) => void;
}

interface Recording {
  readonly snapshots: Snapshot[];
  /** The sequence numbers received, by task. */
  readonly sequences: Map<string, Set<number>>;
  /** A stack that many snapshots share is stored once. */
  readonly stacks: Map<string, readonly string[]>;
  chars: number;
  isSorted: boolean;
}

/**
 * The snapshots of profiled segments. Where they grow too many, the segment that was profiled first loses all of
 * its own, as half a recording would show wrong times.
 */
export class SnapshotStore {
  readonly #recordings = new Map<string, Recording>();
  readonly #options: SnapshotStoreOptions;
  #size = 0;
  #chars = 0;

  constructor(options: SnapshotStoreOptions) {
    this.#options = options;
  }

  /** How many snapshots are stored. */
  get size(): number {
    return this.#size;
  }

  has(segmentId: string): boolean {
    return this.#recordings.has(segmentId);
  }

  /**
   * Stores a snapshot. One with the task, segment and sequence of an earlier one adds nothing.
   *
   * @returns what was stored, if anything was: its stack is the same object as an equal one of the segment
   */
  add(snapshot: Snapshot): Snapshot | undefined {
    const { taskId, segmentId, sequence } = snapshot;
    const recording = this.#recordings.get(segmentId) ?? {
      snapshots: [],
      sequences: new Map<string, Set<number>>(),
      stacks: new Map<string, readonly string[]>(),
      chars: 0,
      isSorted: true,
    };
    if (recording.sequences.get(taskId)?.has(sequence)) return undefined;
    const key = snapshot.stack.join("\0");
    const known = recording.stacks.get(key);
    const chars = known === undefined ? key.length : 0;
    if (!this.#makeRoom(recording, chars)) {
      this.#options.dropped(1);
      return undefined;
    }
    const stored = { ...snapshot, stack: known ?? snapshot.stack };
    this.#recordings.set(segmentId, recording);
    recording.stacks.set(key, stored.stack);
    const sequences = recording.sequences.get(taskId) ?? new Set();
    recording.sequences.set(taskId, sequences.add(sequence));
    recording.isSorted &&= sequence >= (recording.snapshots.at(-1)?.sequence ?? sequence);
    recording.snapshots.push(stored);
    recording.chars += chars;
    this.#chars += chars;
    this.#size++;
    return stored;
  }

  /** Gives up all snapshots of a segment and returns how many these were. */
  remove(segmentId: string): number {
    const recording = this.#recordings.get(segmentId);
    if (recording === undefined) return 0;
    this.#recordings.delete(segmentId);
    this.#size -= recording.snapshots.length;
    this.#chars -= recording.chars;
    return recording.snapshots.length;
  }

  /** A segment's snapshots by ascending sequence; of one sequence, the first received first. */
  of(segmentId: string): readonly Snapshot[] {
    const recording = this.#recordings.get(segmentId);
    if (recording === undefined) return [];
    if (!recording.isSorted) {
      recording.snapshots.sort((a, b) => a.sequence - b.sequence);
      recording.isSorted = true;
    }
    return recording.snapshots;
  }

  /** The segments that a task profiled: those whose sequence 0 came. Oldest first. */
  segmentIdsOf(taskId: string): string[] {
    const ids: string[] = [];
    for (const [segmentId, { sequences }] of this.#recordings) {
      if (sequences.get(taskId)?.has(0)) ids.push(segmentId);
    }
    return ids;
  }

  #makeRoom(recording: Recording, chars: number): boolean {
    const { maxSnapshots, maxChars, dropped } = this.#options;
    const isFull = () => this.#size >= maxSnapshots || this.#chars + chars > maxChars;
    for (const [segmentId, oldest] of this.#recordings) {
      if (!isFull()) return true;
      if (oldest === recording) continue;
      dropped(this.remove(segmentId), segmentId);
    }
    return !isFull();
  }
}
