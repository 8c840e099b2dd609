// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../support/spawn.ts";

/** What autocannon is told. */
export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  /** How many requests; either this or `duration`. */
  readonly amount?: number;
  /** Seconds. */
  readonly duration?: number;
  /** Requests a second. @default as many as are answered */
  readonly overallRate?: number;
  /** Requests that a connection sends before it waits for an answer. @default {1} */
  readonly pipelining?: number;
}

/** What autocannon tells. */
export interface LoadResult {
  /** Milliseconds, the 99th percentile. */
  readonly p99: number;
  readonly sent: number;
}

/**
 * Sends requests from a process of its own.
 *
 * @throws {Error} if not all of them were answered well
 */
export async function sendLoad(options: LoadOptions): Promise<LoadResult> {
  const node = join(ROOT, "node_modules/node24/bin/node");
  const program = join(ROOT, "tests/bench/load.mjs");
  const { stdout } = await promisify(execFile)(node, [program, JSON.stringify(options)]);
  const { errors, non2xx, ...result } = JSON.parse(stdout) as LoadResult & { errors: number; non2xx: number };
  if (errors + non2xx > 0) throw new Error(`Cannot measure: ${errors} errors, ${non2xx} bad answers`);
  return result;
}
