// SPDX-License-Identifier: Apache-2.0

import { type Frame, frameOf, type StackState, stateOf } from "../export/frame.ts";
import type { TimedStack } from "../export/timed_stack.ts";

/** An element of a call tree: a frame with all callers above it the same. Times are milliseconds. */
export interface CallNode {
  /** Counts from 1, in the order in which the elements first appeared. */
  readonly id: number;
  readonly signature: string;
  readonly frame: Frame;
  readonly parent: CallNode | undefined;
  readonly depth: number;
  readonly children: readonly CallNode[];
  /** With all that it called and awaited. */
  readonly total: number;
  readonly self: number;
  /** How many snapshots have it. */
  readonly count: number;
  /** `total` by what the request did. */
  readonly states: Readonly<Record<StackState, number>>;
}

interface GrowingNode extends CallNode {
  readonly children: GrowingNode[];
  readonly byName: Map<string, GrowingNode>;
  total: number;
  self: number;
  count: number;
  readonly states: Record<StackState, number>;
}

/** A call tree. */
export interface CallTree {
  /** By time, as all children are. */
  readonly roots: readonly CallNode[];
  /** At index `id - 1`. */
  readonly nodes: readonly CallNode[];
  readonly total: number;
}

/** Folds stretches of time into a tree. */
export function callTree(stacks: readonly TimedStack[]): CallTree {
  const nodes: GrowingNode[] = [];
  const roots: GrowingNode[] = [];
  const rootsByName = new Map<string, GrowingNode>();
  for (const { from, to, stack, count } of stacks) {
    const state = stateOf(stack);
    const ms = to - from;
    let parent: GrowingNode | undefined;
    for (const signature of stack) {
      const siblings: Map<string, GrowingNode> = parent?.byName ?? rootsByName;
      let node = siblings.get(signature);
      if (node === undefined) {
        node = newNode(nodes.length + 1, signature, parent);
        nodes.push(node);
        siblings.set(signature, node);
        (parent?.children ?? roots).push(node);
      }
      node.total += ms;
      node.count += count;
      node.states[state] += ms;
      parent = node;
    }
    if (parent) parent.self += ms;
  }
  const byTime = (a: CallNode, b: CallNode) => b.total - a.total || b.count - a.count;
  for (const { children } of nodes) children.sort(byTime);
  roots.sort(byTime);
  return { roots, nodes, total: roots.reduce((sum, { total }) => sum + total, 0) };
}

function newNode(id: number, signature: string, parent: GrowingNode | undefined): GrowingNode {
  return {
    id,
    signature,
    frame: frameOf(signature),
    parent,
    depth: parent === undefined ? 0 : parent.depth + 1,
    children: [],
    byName: new Map(),
    total: 0,
    self: 0,
    count: 0,
    states: { running: 0, waiting: 0, held: 0 },
  };
}

/** The elements to open at first: the way down to where the time goes, until it parts. */
export function hotPath({ roots, total }: CallTree): Set<number> {
  const open = new Set<number>();
  const visit = (nodes: readonly CallNode[]): void => {
    for (const node of nodes) {
      if (node.total < total * HOT_SHARE || open.size >= MAX_OPEN) continue;
      open.add(node.id);
      visit(node.children);
    }
  };
  visit(roots);
  return open;
}

const HOT_SHARE = 0.05;
const MAX_OPEN = 100;

/**
 * The rows of a tree as far as its elements are open. Where something is searched for, these are the ways to what
 * matches, and below a match what is open.
 */
export function treeRows(roots: readonly CallNode[], open: ReadonlySet<number>, search: string): CallNode[] {
  const rows: CallNode[] = [];
  const wanted = search === "" ? undefined : waysTo(roots, search);
  // Not by recursion: a stack may be hundreds of frames deep, and an engine's own limit is not ours to test.
  const todo = roots.map((node) => ({ node, isBelow: false })).reverse();
  for (let next = todo.pop(); next; next = todo.pop()) {
    const { node } = next;
    if (wanted && !next.isBelow && !wanted.has(node.id)) continue;
    rows.push(node);
    const isBelow = next.isBelow || isMatch(node.signature, search);
    const isOpen = open.has(node.id) && (isBelow || !wanted);
    for (const child of node.children.toReversed()) {
      if (isOpen || wanted?.has(child.id)) todo.push({ node: child, isBelow });
    }
  }
  return rows;
}

/** Whether a frame is searched for, case aside. */
export function isMatch(signature: string, search: string): boolean {
  return search !== "" && signature.toLowerCase().includes(search.toLowerCase());
}

function waysTo(roots: readonly CallNode[], search: string): Set<number> {
  const wanted = new Set<number>();
  const todo = [...roots];
  for (let node = todo.pop(); node; node = todo.pop()) {
    if (isMatch(node.signature, search)) {
      for (let on: CallNode | undefined = node; on && !wanted.has(on.id); on = on.parent) wanted.add(on.id);
    }
    todo.push(...node.children);
  }
  return wanted;
}

/** Time in frames that match, each moment once. */
export function matchedTime(stacks: readonly TimedStack[], search: string): number {
  return stacks
    .filter(({ stack }) => stack.some((signature) => isMatch(signature, search)))
    .reduce((sum, { from, to }) => sum + to - from, 0);
}
