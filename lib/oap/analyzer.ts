// SPDX-License-Identifier: Apache-2.0
/**
 * Folds snapshots into call trees with times, as SkyWalking's ProfileAnalyzer does, its quirks included: what
 * an operator sees here is what the real backend would show.
 *
 * @module
 */

import type { Snapshot } from "./model.ts";

/** The most sequence numbers that one query covers. */
export const MAX_ANALYZED_SNAPSHOTS = 12_000;

/** A part of a segment's recording; both ends are milliseconds since 1970 and inclusive. */
export interface AnalyzeQuery {
  readonly segmentId: string;
  readonly timeRange: { readonly start: number; readonly end: number };
}

/** A node of a call tree. Durations are milliseconds. */
export interface StackElement {
  /** Counts from 1 within the tree, breadth first. */
  readonly id: number;
  /** The id of the caller; 0 for the root. */
  readonly parentId: number;
  readonly codeSignature: string;
  readonly duration: number;
  /** `duration` without that of the children; not clamped, so it can be negative. */
  readonly durationChildExcluded: number;
  /** How many snapshots have the node. */
  readonly count: number;
}

/** The call tree of the stacks with one root. */
export interface StackTree {
  readonly elements: readonly StackElement[];
}

/** The answer to an operator. */
export interface Analysis {
  /** Says that not all snapshots were analyzed. */
  readonly tip: string | undefined;
  /** In the order in which the roots appeared; SkyWalking leaves the order open. */
  readonly trees: readonly StackTree[];
}

/**
 * Analyzes parts of recordings.
 *
 * @param snapshotsOf a segment's snapshots by ascending sequence; of one sequence, the first received first
 * @param maxSnapshots the most sequence numbers that one query covers
 */
export function analyze(
  queries: readonly AnalyzeQuery[],
  snapshotsOf: (segmentId: string) => readonly Snapshot[],
  maxSnapshots: number = MAX_ANALYZED_SNAPSHOTS,
): Analysis {
  let total = 0;
  // Keyed by sequence alone: SkyWalking takes two snapshots for the same if their sequence is, be they of
  // different segments, and keeps the first. A query of several segments thus loses most of the later ones.
  const bySequence = new Map<number, Snapshot>();
  for (const { segmentId, timeRange } of queries) {
    const snapshots = snapshotsOf(segmentId);
    let first = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const { time, sequence } of snapshots) {
      if (time < timeRange.start || time > timeRange.end) continue;
      first = Math.min(first, sequence);
      last = Math.max(last, sequence);
    }
    if (last < 0) continue;
    // The limit's count is that of sequence numbers, holes included, and holds for each query by itself.
    total += last + 1 - first;
    const end = Math.min(last + 1, first + maxSnapshots);
    for (const snapshot of snapshots) {
      // Time only chose the range of sequences: what lies between its ends counts whatever its time is.
      const { sequence } = snapshot;
      if (sequence >= first && sequence < end && !bySequence.has(sequence))
        bySequence.set(sequence, snapshot);
    }
  }
  const tip =
    total > maxSnapshots
      ? `Out of snapshot analyze limit, ${total} snapshots found, but analysis first ${maxSnapshots} snapshots only.`
      : undefined;
  const roots = new Map<string, Node>();
  for (const snapshot of bySequence.values()) addStack(roots, snapshot);
  return { tip, trees: [...roots.values()].map(toTree) };
}

interface Node {
  readonly codeSignature: string;
  readonly children: Map<string, Node>;
  readonly snapshots: Snapshot[];
}

function addStack(roots: Map<string, Node>, snapshot: Snapshot): void {
  let level = roots;
  for (const codeSignature of snapshot.stack) {
    let node = level.get(codeSignature);
    if (node === undefined) {
      node = { codeSignature, children: new Map(), snapshots: [] };
      level.set(codeSignature, node);
    }
    node.snapshots.push(snapshot);
    level = node.children;
  }
}

function toTree(root: Node): StackTree {
  const elements: StackElement[] = [];
  const queue: { node: Node; parentId: number; duration: number }[] = [
    { node: root, parentId: 0, duration: durationOf(root) },
  ];
  for (const { node, parentId, duration } of queue) {
    const id = elements.length + 1;
    let ofChildren = 0;
    for (const child of node.children.values()) {
      const childDuration = durationOf(child);
      ofChildren += childDuration;
      queue.push({ node: child, parentId: id, duration: childDuration });
    }
    elements.push({
      id,
      parentId,
      codeSignature: node.codeSignature,
      duration,
      durationChildExcluded: duration - ofChildren,
      count: node.snapshots.length,
    });
  }
  return { elements };
}

/** Each unbroken run of sequence numbers counts from its first snapshot to its last; a lone one counts nothing. */
function durationOf(node: Node): number {
  const snapshots = node.snapshots.toSorted((a, b) => a.sequence - b.sequence);
  let duration = 0;
  let previous: Snapshot | undefined;
  for (const snapshot of snapshots) {
    if (previous !== undefined && snapshot.sequence === previous.sequence + 1) {
      duration += snapshot.time - previous.time;
    }
    previous = snapshot;
  }
  return duration;
}
