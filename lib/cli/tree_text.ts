// SPDX-License-Identifier: Apache-2.0

import type { StackState } from "../oap/export/frame.ts";
import { type CallNode, type StateTimes, timesOf } from "./call_tree.ts";
import type { Profile } from "./profile_format.ts";
import { type Style, styled, type Terminal } from "./terminal.ts";
import { cut, dateText, plainText } from "./text.ts";

/** How time of a kind looks: by its character where there are no colours. */
const LOOKS: Readonly<Record<StackState, { readonly character: string; readonly style: Style }>> = {
  running: { character: "█", style: "yellow" },
  waiting: { character: "░", style: "cyan" },
  held: { character: "▒", style: "magenta" },
};
const STATES: readonly StackState[] = ["running", "waiting", "held"];

/** Columns of a bar that stands for the whole request, and the least of a terminal that shows all figures. */
const BAR_WIDTH = 20;
const WIDE_TERMINAL = 72;
const LEAST_NAME = 12;

/** Draws a profiled request: what it is, how its time divides, and its call tree with bars and times. */
export function treeText({ request, trees, tip }: Profile, terminal: Terminal): string[] {
  const { endpointName, start, end, instanceName, segmentId } = request;
  const clip = (line: string): string => (terminal.width === undefined ? line : cut(line, terminal.width));
  const facts = [...(end > start ? [`${end - start} ms`] : []), ...(start > 0 ? [dateText(start)] : [])];
  const title = [endpointName, ...facts].filter((part) => part !== "").join("  ");
  return [
    ...(title === "" ? [] : [styled(terminal, "bold", clip(plainText(title)))]),
    styled(terminal, "dim", clip(plainText(`segment ${segmentId}`))),
    ...(instanceName === "" ? [] : [styled(terminal, "dim", clip(plainText(`instance ${instanceName}`)))]),
    ...(tip ? [clip(plainText(tip))] : []),
    ...(trees.length === 0 ? ["The backend has no snapshots of it."] : body(trees, terminal)),
  ];
}

function body(trees: readonly CallNode[], terminal: Terminal): string[] {
  const total = trees.reduce((sum, { duration }) => sum + duration, 0);
  const layout = layoutFor(trees, terminal);
  const lines = [...legend(timesOf(trees), terminal), "", styled(terminal, "dim", layout.head)];
  const visit = (node: CallNode, depth: number): void => {
    lines.push(layout.line(node, depth, total));
    for (const child of node.children) visit(child, depth + 1);
  };
  for (const tree of trees) visit(tree, 0);
  return lines;
}

/** What the characters of bars mean, with the sums: in one line, or a line each where that is too wide. */
function legend(times: StateTimes, terminal: Terminal): string[] {
  const sum = Math.max(1, times.running + times.waiting + times.held);
  const parts = STATES.map((state) => {
    const share = Math.round((times[state] / sum) * 100);
    return { state, text: `${LOOKS[state].character} ${state} ${times[state]} ms (${share} %)` };
  });
  const width = parts.reduce((all, { text }) => all + text.length + 2, -2);
  const shown = parts.map(({ state, text }) => styled(terminal, LOOKS[state].style, text));
  return terminal.width !== undefined && width > terminal.width ? shown : [shown.join("  ")];
}

interface Layout {
  readonly head: string;
  line(node: CallNode, depth: number, total: number): string;
}

function layoutFor(trees: readonly CallNode[], terminal: Terminal): Layout {
  const figures = [
    { title: "time", of: ({ duration }: CallNode) => `${duration} ms` },
    { title: "self", of: ({ self }: CallNode) => (self > 0 ? `${self} ms` : "") },
    { title: "count", of: ({ count }: CallNode) => String(count) },
  ];
  const { width } = terminal;
  const isWide = width === undefined || width >= WIDE_TERMINAL;
  const widest = (of: (node: CallNode) => string, nodes: readonly CallNode[]): number =>
    nodes.reduce((width, node) => Math.max(width, of(node).length, widest(of, node.children)), 0);
  const columns = (isWide ? figures : figures.slice(0, 1)).map(({ title, of }) => ({
    title,
    of,
    width: Math.max(title.length, widest(of, trees)),
  }));
  const barWidth = isWide ? BAR_WIDTH : Math.max(4, Math.floor(width / 6));
  const before = columns.reduce((sum, column) => sum + column.width + 2, barWidth + 2);
  const nameWidth = width === undefined ? undefined : Math.max(LEAST_NAME, width - before);
  return {
    head: columns
      .map((column) => column.title.padStart(column.width))
      .join("  ")
      .trimEnd(),
    line(node, depth, total) {
      const numbers = columns.map((column) => column.of(node).padStart(column.width)).join("  ");
      const name = plainText(node.codeSignature);
      const style = node.state === "running" ? undefined : LOOKS[node.state].style;
      const indent = nameWidth === undefined ? depth * 2 : Math.min(depth * 2, nameWidth >> 1);
      const shown = nameWidth === undefined ? name : cut(name, nameWidth - indent);
      return `${numbers}  ${bar(node, total, barWidth, terminal)}  ${" ".repeat(indent)}${styled(terminal, style, shown)}`;
    },
  };
}

/** As long as the node's share of the request, divided as its time is; whatever took time is seen. */
function bar({ duration, times }: CallNode, total: number, width: number, terminal: Terminal): string {
  const exact = total > 0 ? Math.min(1, duration / total) * width : 0;
  const length = duration > 0 ? Math.max(1, Math.round(exact)) : 0;
  const sum = times.running + times.waiting + times.held;
  let text = "";
  let used = 0;
  let passed = 0;
  for (const state of STATES) {
    passed += times[state];
    const end = sum > 0 ? Math.round((passed / sum) * length) : 0;
    text += styled(terminal, LOOKS[state].style, LOOKS[state].character.repeat(end - used));
    used = end;
  }
  return text + " ".repeat(width - used);
}
