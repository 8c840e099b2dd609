// SPDX-License-Identifier: Apache-2.0
/**
 * Which requests a profile task caught, as SkyWalking's ProfileTaskQueryService tells it.
 *
 * @module
 */

import { instanceNameOf } from "./ids.ts";
import type { SpanRef, StoredSegment, StoredSpan } from "./model.ts";

/** A span of a profiled request. */
export interface ProfiledSpan {
  readonly segment: StoredSegment;
  readonly span: StoredSpan;
  /** Without those to other processes, whose spans are never part of the request here. */
  readonly refs: readonly SpanRef[];
  /** Whether its segment has snapshots: of the segment as a whole, not of the span's time. */
  readonly profiled: boolean;
}

/** A request in one process: a segment, and those that its other threads made. */
export interface ProfiledRequest {
  readonly traceId: string;
  readonly instanceId: string;
  readonly instanceName: string;
  readonly endpointNames: readonly string[];
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly spans: readonly ProfiledSpan[];
}

/** Where the segments come from. */
export interface SegmentSource {
  segment(segmentId: string): StoredSegment | undefined;
  trace(traceId: string): readonly StoredSegment[];
}

/**
 * The requests that contain one of the segments, by start.
 *
 * @param profiledIds segments that have snapshots; what was not reported as a segment as well is left out
 */
export function profiledRequests(profiledIds: readonly string[], source: SegmentSource): ProfiledRequest[] {
  const profiled = new Set(profiledIds);
  const groups = new Map<string, readonly StoredSegment[]>();
  for (const segmentId of profiled) {
    const segment = source.segment(segmentId);
    if (segment === undefined) continue;
    const { traceId, instanceId } = segment;
    const key = `${traceId}\0${instanceId}`;
    if (groups.has(key)) continue;
    groups.set(
      key,
      source.trace(traceId).filter((other) => other.instanceId === instanceId),
    );
  }
  return [...groups.values()]
    .flatMap((segments) => mergeThreads(segments))
    .filter(({ segments }) => segments.some(({ segmentId }) => profiled.has(segmentId)))
    .map((merged) => toRequest(merged, profiled))
    .sort((a, b) => a.startTime - b.startTime);
}

/** A segment and those merged into it, itself included. */
interface Merged {
  readonly root: StoredSegment;
  readonly segments: StoredSegment[];
}

/** Joins segments that refer to one another as threads of a process do. */
function mergeThreads(segments: readonly StoredSegment[]): Merged[] {
  const entries = new Map<string, Merged>();
  for (const segment of segments) entries.set(segment.segmentId, { root: segment, segments: [segment] });
  const requests: Merged[] = [];
  for (const segment of segments) {
    const own = entries.get(segment.segmentId);
    if (own === undefined) continue;
    const parent = parentOf(segment, entries);
    if (parent === undefined || parent === own) {
      // `parent === own`: threads that are each other's parent in a circle. SkyWalking loses them.
      requests.push(own);
      continue;
    }
    parent.segments.push(...own.segments);
    for (const { segmentId } of own.segments) entries.set(segmentId, parent);
  }
  return requests;
}

/** The first ref that decides: one to another process makes a request of its own, one to a missing parent is skipped. */
function parentOf(segment: StoredSegment, entries: ReadonlyMap<string, Merged>): Merged | undefined {
  for (const { refs } of segment.spans) {
    const ref = refs[0];
    if (ref === undefined) continue;
    if (ref.type === "CROSS_PROCESS") return undefined;
    const parent = entries.get(ref.parentSegmentId);
    if (parent !== undefined) return parent;
  }
  return undefined;
}

function toRequest({ root, segments }: Merged, profiled: ReadonlySet<string>): ProfiledRequest {
  return {
    traceId: root.traceId,
    instanceId: root.instanceId,
    instanceName: instanceNameOf(root.instanceId),
    endpointNames: [root.endpointName],
    duration: root.duration,
    startTime: root.startTime,
    spans: segments.flatMap((segment) =>
      segment.spans.map((span) => ({
        segment,
        span,
        refs: span.refs.filter(({ type }) => type !== "CROSS_PROCESS"),
        profiled: profiled.has(segment.segmentId),
      })),
    ),
  };
}
