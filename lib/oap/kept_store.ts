// SPDX-License-Identifier: Apache-2.0

import { openSqliteJournal } from "./sqlite_journal.ts";
import { Store, type StoreOptions } from "./store.ts";

const DAY_MS = 86_400_000;
const DEFAULT_KEEP_MS = 7 * DAY_MS;
/** The longest time between two looks for what is too old. */
const EXPIRE_MS = 3_600_000;

/** How a store's content is kept. */
export interface KeepOptions {
  /** An SQLite file. @default in memory only */
  readonly dataFile?: string;
  /** How long the file keeps what came, in milliseconds. @default 7 days */
  readonly keepMs?: number;
  /** Called when the file could not be written, once until it can be again. */
  readonly onError?: (error: Error) => void;
}

/** A store, and its file if it has one. */
export interface KeptStore {
  readonly store: Store;
  /** Lets the file go; the store can still be read. Idempotent. */
  close(): void;
}

/**
 * Opens a store, with what the last one left in the file.
 *
 * @throws {Error} if the file cannot be used
 */
export async function openKeptStore(
  { dataFile, keepMs = DEFAULT_KEEP_MS, onError }: KeepOptions,
  options: StoreOptions,
): Promise<KeptStore> {
  if (dataFile === undefined) return { store: new Store(options), close: () => {} };
  const { now } = options;
  const journal = await openSqliteJournal({ file: dataFile, now, ...(onError && { onError }) });
  let store: Store;
  try {
    store = new Store({ ...options, journal });
    store.expire(now() - keepMs);
  } catch (error) {
    journal.close();
    throw new Error(`Cannot read ${dataFile}: ${error instanceof Error ? error.message : error}`);
  }
  const timer = setInterval(() => store.expire(now() - keepMs), Math.min(Math.max(keepMs, 1000), EXPIRE_MS));
  timer.unref();
  return {
    store,
    close() {
      clearInterval(timer);
      journal.close();
    },
  };
}
