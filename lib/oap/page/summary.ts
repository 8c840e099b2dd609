// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import type { StackState } from "../export/frame.ts";
import type { CallTree } from "./call_tree.ts";
import { formatMs, formatShare } from "./format.ts";

/** The states of a request in the order in which they are drawn, and what they mean. */
export const STATES: readonly (readonly [state: StackState, title: string, meaning: string])[] = [
  ["running", "running", "on the CPU"],
  ["waiting", "waiting", "for a timer, the network, a file …"],
  ["held", "held", "ready, but something else had the thread"],
];

interface Props {
  readonly tree: CallTree;
  readonly withChildren: boolean;
  readonly onChildren: (withChildren: boolean) => void;
}

/** How the selected time is made up, which is also the legend, and whether child spans count. */
export function Summary({ tree, withChildren, onChildren }: Props): ComponentChild {
  const sums = STATES.map(
    ([state]) => [state, tree.roots.reduce((sum, root) => sum + root.states[state], 0)] as const,
  );
  return h(
    "div",
    { class: "summary" },
    h(StateBar, { states: Object.fromEntries(sums) as Record<StackState, number>, whole: tree.total }),
    h(
      "ul",
      { class: "legend" },
      STATES.map(([state, title, meaning], i) => {
        const ms = sums[i]?.[1] ?? 0;
        return h(
          "li",
          { key: state },
          h("span", { class: `swatch ${state}`, "aria-hidden": true }),
          h("strong", null, title),
          ` ${formatMs(ms)}, ${formatShare(ms, tree.total)} `,
          h("span", { class: "muted" }, meaning),
        );
      }),
    ),
    h(
      "label",
      { class: "check" },
      h("input", {
        type: "checkbox",
        checked: withChildren,
        onChange: (event: Event) => onChildren((event.currentTarget as HTMLInputElement).checked),
      }),
      "Include the time of child spans",
    ),
  );
}

/** Time by state, as parts of a whole that fills the width. */
export function StateBar({
  states,
  whole,
}: {
  readonly states: Readonly<Record<StackState, number>>;
  readonly whole: number;
}): ComponentChild {
  return h(
    "span",
    { class: "state-bar", "aria-hidden": true },
    STATES.map(([state]) =>
      states[state] > 0 && whole > 0
        ? h("span", { key: state, class: state, style: { width: `${(states[state] / whole) * 100}%` } })
        : null,
    ),
  );
}
