// SPDX-License-Identifier: Apache-2.0

import { type StackState, stateOf } from "../oap/export/frame.ts";
import type { TimedStack } from "../oap/export/timed_stack.ts";
import type { Analysis, StackElement } from "./backend.ts";

/** Milliseconds by what the request did. */
export type StateTimes = Readonly<Record<StackState, number>>;

/** A node of a call tree. Times are milliseconds. */
export interface CallNode {
  readonly codeSignature: string;
  /** What the request does while this is its innermost frame. */
  readonly state: StackState;
  readonly duration: number;
  /** Without the children; the backend's estimate can be negative, this is not. */
  readonly self: number;
  readonly count: number;
  /** How `self` and that of all below divide. */
  readonly times: StateTimes;
  /** The one that takes longest first. */
  readonly children: readonly CallNode[];
}

/** Makes trees of the backend's lists of elements. */
export function callTrees(analysis: Analysis): CallNode[] {
  return longestFirst(
    analysis.trees.flatMap(({ elements }) => {
      const children = new Map<string, StackElement[]>();
      for (const element of elements) {
        const siblings = children.get(String(element.parentId));
        if (siblings) siblings.push(element);
        else children.set(String(element.parentId), [element]);
      }
      const build = (id: string, path: readonly string[]): CallNode[] =>
        (children.get(id) ?? []).map((element) => {
          const { codeSignature, duration, durationChildExcluded, count } = element;
          const stack = [...path, codeSignature];
          const below = longestFirst(build(String(element.id), stack));
          const self = Math.max(0, durationChildExcluded);
          const state = stateOf(stack);
          const times = sumOf([{ ...NO_TIMES, [state]: self }, ...below.map((child) => child.times)]);
          return { codeSignature, state, duration, self, count, times, children: below };
        });
      return build("0", []);
    }),
  );
}

/** How the time of several trees divides. */
export function timesOf(trees: readonly CallNode[]): StateTimes {
  return sumOf(trees.map(({ times }) => times));
}

/**
 * Lays trees out as stretches of time, for formats that want stacks: the backend tells how long each node took, not
 * when. A node's children come first, longest first, and then what it took itself.
 *
 * @param start milliseconds since 1970
 */
export function stacksOf(trees: readonly CallNode[], start: number): TimedStack[] {
  const stacks: TimedStack[] = [];
  let at = start;
  const visit = ({ codeSignature, self, count, children }: CallNode, path: readonly string[]): void => {
    const stack = [...path, codeSignature];
    for (const child of children) visit(child, stack);
    const own = Math.max(0, count - children.reduce((sum, child) => sum + child.count, 0));
    if (self === 0 && own === 0) return;
    stacks.push({ from: at, to: at + self, stack, count: own });
    at += self;
  };
  for (const tree of trees) visit(tree, []);
  return stacks;
}

const NO_TIMES: StateTimes = { running: 0, waiting: 0, held: 0 };

function sumOf(all: readonly StateTimes[]): StateTimes {
  return all.reduce(
    (sum, { running, waiting, held }) => ({
      running: sum.running + running,
      waiting: sum.waiting + waiting,
      held: sum.held + held,
    }),
    NO_TIMES,
  );
}

function longestFirst(nodes: readonly CallNode[]): CallNode[] {
  return nodes.toSorted((a, b) => b.duration - a.duration);
}
