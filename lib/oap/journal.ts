// SPDX-License-Identifier: Apache-2.0

import type { Endpoint, Instance, Service, Snapshot, StoredSegment, Task, TaskLog } from "./model.ts";

/** What a service, an instance and an endpoint have in common: an id, and that they are seen again and again. */
export type Entity =
  | { readonly kind: "service"; readonly value: Service }
  | { readonly kind: "instance"; readonly value: Instance }
  | { readonly kind: "endpoint"; readonly value: Endpoint };

/** All that a journal holds, each kind in the order it came. */
export interface Saved {
  readonly entities: Iterable<Entity>;
  readonly tasks: Iterable<Task>;
  readonly logs: Iterable<TaskLog>;
  readonly segments: Iterable<StoredSegment>;
  /** Those of a segment with the same stack share it. */
  readonly snapshots: Iterable<Snapshot>;
}

/** The ids of what is too old. */
export interface Expired {
  readonly entities: readonly { readonly kind: Entity["kind"]; readonly id: string }[];
  readonly segments: readonly string[];
  /** Segments whose snapshots are. */
  readonly recordings: readonly string[];
}

/**
 * Where a store writes down what it holds, so that it can be read back by the next one. It is told of everything
 * that comes and of everything that goes, and so is as bounded as the store. Nothing here throws but `read`: a disk
 * that is full must not keep agents from reporting.
 */
export interface Journal {
  /** @throws {Error} if what was written cannot be read */
  read(): Saved;
  putEntity(entity: Entity): void;
  addTask(task: Task): void;
  addLog(log: TaskLog): void;
  addSegment(segment: StoredSegment): void;
  /** @param snapshot whose stack is the same object for the same stack of a segment */
  addSnapshot(snapshot: Snapshot): void;
  removeEntity(kind: Entity["kind"], id: string): void;
  /** Its logs go with it. */
  removeTask(id: string): void;
  removeOldestLog(taskId: string): void;
  removeSegments(ids: readonly string[]): void;
  /** Removes all snapshots of a segment. */
  removeRecording(segmentId: string): void;
  /** What was written last before that time, in milliseconds since 1970. */
  olderThan(time: number): Expired;
  /** From here on, what was written outlives the process. */
  commit(): void;
  /** Commits and lets the file go. Idempotent. */
  close(): void;
}
