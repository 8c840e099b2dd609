// SPDX-License-Identifier: Apache-2.0
/**
 * A SkyWalking backend in one process, in memory or on a file, for development and tests: agents report segments
 * and snapshots to it, and `swctl` or any GraphQL client creates profile tasks and reads what they caught.
 *
 * @module
 */

export { type Analysis, type AnalyzeQuery, analyze, type StackElement, type StackTree } from "./analyzer.ts";
export type { Entity, Expired, Journal, Saved } from "./journal.ts";
export type {
  Endpoint,
  Instance,
  KeyValue,
  Service,
  Snapshot,
  SpanLog,
  SpanRef,
  StoredSegment,
  StoredSpan,
  Task,
  TaskLog,
  TaskRequest,
} from "./model.ts";
export { type Oap, type OapOptions, startOap } from "./oap.ts";
export type { Store, StoreOptions } from "./store.ts";
export type { Stored, StoreLimits } from "./store_limits.ts";
