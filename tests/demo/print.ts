// SPDX-License-Identifier: Apache-2.0
import type { StackElement } from "../support/backend_client.ts";
import { Tree } from "../support/call_tree.ts";
import type { Truth } from "../support/profiled_app.ts";
import type { Figure } from "./forms.ts";

const NAME_WIDTH = 78;

/** A call tree, a line an element: its time, the truth where the app measured it, and how often it was seen. */
export function renderTree(elements: readonly StackElement[], truth: Truth): string[] {
  const tree = new Tree(elements);
  const lines = [
    `  ${"".padEnd(NAME_WIDTH)} ${"told".padStart(8)} ${"truth".padStart(8)} ${"count".padStart(6)}`,
  ];
  const visit = (element: StackElement, depth: number): void => {
    const name = `${"  ".repeat(depth)}${element.codeSignature}`;
    const known =
      truth[element.codeSignature.split(" ", 1)[0] ?? ""] ?? (depth === 0 ? truth.request : undefined);
    const shown = name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name.padEnd(NAME_WIDTH);
    lines.push(
      `  ${shown} ${ms(element.duration)} ${known === undefined ? "".padStart(8) : ms(known)} ${String(element.count).padStart(6)}`,
    );
    for (const child of tree.children(element.id)) visit(child, depth + 1);
  };
  for (const root of tree.children("0")) visit(root, 0);
  return lines;
}

/** The medians of several requests' figures beside the truth, a line each, and whether all are near enough. */
export function renderFigures(requests: readonly (readonly Figure[])[]): { lines: string[]; ok: boolean } {
  const lines: string[] = [];
  let ok = true;
  for (const [i, { name, tolerance }] of (requests[0] ?? []).entries()) {
    const all = requests.map((figures) => figures[i]).filter((figure) => figure !== undefined);
    const error = median(all.map(({ told, truth }) => told - truth));
    const near = Math.abs(error) <= tolerance;
    ok &&= near;
    const told = median(all.map((figure) => figure.told));
    const truth = median(all.map((figure) => figure.truth));
    lines.push(
      `  ${near ? "ok  " : "OFF "} ${name.padEnd(16)} told ${ms(told)}  truth ${ms(truth)}  error ${error.toFixed(1).padStart(6)}  (at most ${tolerance})`,
    );
  }
  return { lines, ok };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function ms(value: number): string {
  return value.toFixed(value % 1 ? 1 : 0).padStart(8);
}
