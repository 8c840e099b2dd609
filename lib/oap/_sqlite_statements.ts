// SPDX-License-Identifier: Apache-2.0

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Entity, Expired } from "./journal.ts";
import type { Snapshot, StoredSegment, Task, TaskLog } from "./model.ts";

/** The version of the tables; another one is not read. */
const VERSION = 1;

/**
 * The tables. Numbers that come from agents are REAL, which holds any of them; `at` is when a row was written, in
 * milliseconds since 1970. Rows are read in the order of their rowid, which is that in which they came.
 */
const TABLES = `
  CREATE TABLE entity (kind TEXT, id TEXT, at REAL, value TEXT, PRIMARY KEY (kind, id));
  CREATE TABLE task (id TEXT PRIMARY KEY, value TEXT);
  CREATE TABLE log (task TEXT, value TEXT);
  CREATE INDEX log_task ON log (task);
  CREATE TABLE segment (id TEXT PRIMARY KEY, at REAL, value TEXT);
  CREATE TABLE stack (id INTEGER PRIMARY KEY, segment TEXT, value TEXT);
  CREATE INDEX stack_segment ON stack (segment);
  CREATE TABLE snapshot (
    segment TEXT, task TEXT, sequence REAL, time REAL, at REAL, stack INTEGER,
    PRIMARY KEY (segment, task, sequence)
  );
  PRAGMA user_version = ${VERSION};
`;

/** How many rows are read at a time. */
const PAGE = 500;

interface Row {
  readonly [column: string]: unknown;
}

/** What a journal says to its database. */
export class SqliteStatements {
  readonly putEntity: StatementSync;
  readonly removeEntity: StatementSync;
  readonly addTask: StatementSync;
  readonly removeTask: StatementSync;
  readonly addLog: StatementSync;
  readonly removeOldestLog: StatementSync;
  readonly removeLogs: StatementSync;
  readonly addSegment: StatementSync;
  readonly removeSegment: StatementSync;
  readonly addStack: StatementSync;
  readonly removeStacks: StatementSync;
  readonly addSnapshot: StatementSync;
  readonly removeSnapshots: StatementSync;
  readonly #database: DatabaseSync;

  /** @throws {Error} if the database cannot be used */
  constructor(database: DatabaseSync) {
    this.#database = database;
    prepareTables(database);
    const sql = (text: string) => database.prepare(text);
    // REPLACE gives a row a new rowid: what was seen again is the newest.
    this.putEntity = sql("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?)");
    this.removeEntity = sql("DELETE FROM entity WHERE kind = ? AND id = ?");
    this.addTask = sql("INSERT OR REPLACE INTO task VALUES (?, ?)");
    this.removeTask = sql("DELETE FROM task WHERE id = ?");
    this.addLog = sql("INSERT INTO log VALUES (?, ?)");
    this.removeOldestLog = sql("DELETE FROM log WHERE rowid = (SELECT min(rowid) FROM log WHERE task = ?)");
    this.removeLogs = sql("DELETE FROM log WHERE task = ?");
    this.addSegment = sql("INSERT OR REPLACE INTO segment VALUES (?, ?, ?)");
    this.removeSegment = sql("DELETE FROM segment WHERE id = ?");
    this.addStack = sql("INSERT INTO stack (segment, value) VALUES (?, ?)");
    this.removeStacks = sql("DELETE FROM stack WHERE segment = ?");
    this.addSnapshot = sql("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?)");
    this.removeSnapshots = sql("DELETE FROM snapshot WHERE segment = ?");
  }

  readonly entities = (): Iterable<Entity> =>
    this.#rows("entity", (row) => ({ kind: row.kind, value: JSON.parse(String(row.value)) }) as Entity);

  readonly tasks = (): Iterable<Task> => this.#values<Task>("task");
  readonly logs = (): Iterable<TaskLog> => this.#values<TaskLog>("log");
  readonly segments = (): Iterable<StoredSegment> => this.#values<StoredSegment>("segment");

  readonly snapshots = (stackOf: (id: number, segmentId: string) => readonly string[]): Iterable<Snapshot> =>
    this.#rows("snapshot", ({ segment, task, sequence, time, stack }) => ({
      segmentId: String(segment),
      taskId: String(task),
      sequence: Number(sequence),
      time: Number(time),
      stack: stackOf(Number(stack), String(segment)),
    }));

  /** @throws {Error} if there is no such stack */
  stack(id: number): readonly string[] {
    const row = this.#database.prepare("SELECT value FROM stack WHERE id = ?").get(id) as Row | undefined;
    return JSON.parse(String(row?.value)) as readonly string[];
  }

  olderThan(time: number): Expired {
    const ids = (text: string) =>
      (this.#database.prepare(text).all(time) as Row[]).map(({ id }) => String(id));
    const entities = this.#database.prepare("SELECT kind, id FROM entity WHERE at < ?").all(time);
    return {
      entities: entities as unknown as Expired["entities"],
      segments: ids("SELECT id FROM segment WHERE at < ?"),
      recordings: ids("SELECT segment AS id FROM snapshot GROUP BY segment HAVING max(at) < ?"),
    };
  }

  #values<T>(table: string): Iterable<T> {
    return this.#rows(table, ({ value }) => JSON.parse(String(value)) as T);
  }

  /** Reads in pages, so that rows may be removed meanwhile. */
  *#rows<T>(table: string, read: (row: Row) => T): Generator<T> {
    const page = this.#database.prepare(
      `SELECT rowid AS at_row, * FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`,
    );
    for (let last = 0; ; ) {
      const rows = page.all(last) as Row[];
      for (const row of rows) yield read(row);
      if (rows.length < PAGE) return;
      last = Number(rows.at(-1)?.at_row);
    }
  }
}

function prepareTables(database: DatabaseSync): void {
  // Nobody else may have the file, whose content the store holds in memory.
  database.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE");
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as Row;
  const { count } = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get() as Row;
  if (version !== VERSION && (version !== 0 || count !== 0)) {
    throw new Error("it is the database of something else, or of another version");
  }
  // With a log of its own a commit needs no wait for the disk, and a kill leaves the last one whole.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  if (version !== VERSION) database.exec(`BEGIN; ${TABLES} COMMIT`);
}
