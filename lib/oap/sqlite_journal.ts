// SPDX-License-Identifier: Apache-2.0

import type { DatabaseSync } from "node:sqlite";
import { SqliteStatements } from "./_sqlite_statements.ts";
import type { Entity, Expired, Journal, Saved } from "./journal.ts";
import type { Snapshot, StoredSegment, Task, TaskLog } from "./model.ts";

/** The longest time that what came waits to be written, if no call was answered meanwhile. */
const COMMIT_MS = 100;

/** How often it is written that a service, an instance or an endpoint was seen again. */
const SEEN_MS = 60_000;

/** What {@link openSqliteJournal} needs. */
export interface SqliteJournalOptions {
  /** The file; it is made if there is none. Beside it SQLite keeps one with `-wal` at its end. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called when something could not be written, once until writing works again. */
  readonly onError?: (error: Error) => void;
}

/**
 * Opens a journal in an SQLite file. A kill at any time leaves all that was committed, and nothing by half.
 *
 * @throws {Error} if the runtime has no SQLite, or the file cannot be opened, is in use, or is not such a journal
 */
export async function openSqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  const { file } = options;
  let sqlite: typeof import("node:sqlite");
  try {
    // Node before 22.13 has none. Deno has it, and so has Bun, where it is as fast as its own `bun:sqlite`.
    sqlite = await import("node:sqlite");
  } catch {
    throw new Error(`Cannot keep data in ${file}: this needs Node 22.13 or newer, Bun or Deno`);
  }
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(file);
    return new SqliteJournal(options, database, new SqliteStatements(database));
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    const isUsed = reason.includes("database is locked");
    throw new Error(`Cannot open ${file}: ${isUsed ? "another backend has it open" : reason}`);
  }
}

class SqliteJournal implements Journal {
  readonly #options: SqliteJournalOptions;
  readonly #database: DatabaseSync;
  readonly #sql: SqliteStatements;
  /** The rows of a segment's stacks, by the object that its snapshots share. */
  readonly #stackIds = new Map<string, WeakMap<readonly string[], number>>();
  /** What was last written of an entity, and when. */
  readonly #entities = new Map<string, { readonly value: string; readonly at: number }>();
  #state: "idle" | "writing" | "closed" = "idle";
  #isFailing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SqliteJournalOptions, database: DatabaseSync, sql: SqliteStatements) {
    this.#options = options;
    this.#database = database;
    this.#sql = sql;
  }

  read(): Saved {
    const { entities, tasks, logs, segments, snapshots } = this.#sql;
    const stacks = new Map<number, readonly string[]>();
    const stackOf = (id: number, segmentId: string): readonly string[] => {
      const stack = stacks.get(id) ?? this.#sql.stack(id);
      stacks.set(id, stack);
      this.#stackIdsOf(segmentId).set(stack, id);
      return stack;
    };
    return {
      entities: entities(),
      tasks: tasks(),
      logs: logs(),
      segments: segments(),
      snapshots: snapshots(stackOf),
    };
  }

  putEntity({ kind, value }: Entity): void {
    const key = `${kind} ${value.id}`;
    const text = JSON.stringify(value);
    const at = this.#options.now();
    const last = this.#entities.get(key);
    if (last?.value === text && Math.abs(at - last.at) < SEEN_MS) return;
    this.#write((sql) => {
      sql.putEntity.run(kind, value.id, at, text);
      this.#entities.set(key, { value: text, at });
    });
  }

  addTask(task: Task): void {
    this.#write((sql) => sql.addTask.run(task.id, JSON.stringify(task)));
  }

  addLog(log: TaskLog): void {
    this.#write((sql) => sql.addLog.run(log.taskId, JSON.stringify(log)));
  }

  addSegment(segment: StoredSegment): void {
    this.#write((sql) => sql.addSegment.run(segment.segmentId, this.#options.now(), JSON.stringify(segment)));
  }

  addSnapshot({ segmentId, taskId, sequence, time, stack }: Snapshot): void {
    this.#write((sql) => {
      const stackIds = this.#stackIdsOf(segmentId);
      let stackId = stackIds.get(stack);
      if (stackId === undefined) {
        stackId = Number(sql.addStack.run(segmentId, JSON.stringify(stack)).lastInsertRowid);
        stackIds.set(stack, stackId);
      }
      sql.addSnapshot.run(segmentId, taskId, sequence, time, this.#options.now(), stackId);
    });
  }

  removeEntity(kind: Entity["kind"], id: string): void {
    this.#entities.delete(`${kind} ${id}`);
    this.#write((sql) => sql.removeEntity.run(kind, id));
  }

  removeTask(id: string): void {
    this.#write((sql) => {
      sql.removeTask.run(id);
      sql.removeLogs.run(id);
    });
  }

  removeOldestLog(taskId: string): void {
    this.#write((sql) => sql.removeOldestLog.run(taskId));
  }

  removeSegments(ids: readonly string[]): void {
    this.#write((sql) => {
      for (const id of ids) sql.removeSegment.run(id);
    });
  }

  removeRecording(segmentId: string): void {
    this.#stackIds.delete(segmentId);
    this.#write((sql) => {
      sql.removeSnapshots.run(segmentId);
      sql.removeStacks.run(segmentId);
    });
  }

  olderThan(time: number): Expired {
    return this.#sql.olderThan(time);
  }

  commit(): void {
    if (this.#state !== "writing") return;
    this.#state = "idle";
    clearTimeout(this.#timer);
    try {
      this.#database.exec("COMMIT");
      this.#isFailing = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    this.commit();
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#database.close();
  }

  #stackIdsOf(segmentId: string): WeakMap<readonly string[], number> {
    const known = this.#stackIds.get(segmentId) ?? new WeakMap<readonly string[], number>();
    this.#stackIds.set(segmentId, known);
    return known;
  }

  /** Writes within the transaction that the next commit ends. */
  #write(act: (sql: SqliteStatements) => void): void {
    if (this.#state === "closed") return;
    try {
      if (this.#state === "idle") {
        this.#database.exec("BEGIN");
        this.#state = "writing";
        this.#timer = setTimeout(() => this.commit(), COMMIT_MS);
        this.#timer.unref();
      }
      act(this.#sql);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes back what was not committed. The store still has it, in memory. */
  #fail(error: unknown): void {
    this.#state = "idle";
    clearTimeout(this.#timer);
    // SQLite has done so already where the disk is full.
    if (this.#database.isTransaction !== false) {
      try {
        this.#database.exec("ROLLBACK");
      } catch {}
    }
    // Rows that these remember may be among it.
    this.#stackIds.clear();
    this.#entities.clear();
    if (this.#isFailing) return;
    this.#isFailing = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onError?.(new Error(`Cannot write to ${this.#options.file}: ${reason}`));
  }
}
