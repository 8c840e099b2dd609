// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { placeOf } from "../export/frame.ts";
import { type CallNode, isMatch } from "./call_tree.ts";
import { formatMs, formatShare } from "./format.ts";
import { STATES, StateBar } from "./summary.ts";

interface Props {
  readonly node: CallNode;
  /** Pixels from the top of all rows. */
  readonly top: number;
  readonly index: number;
  /** The depth of the element that is shown as the root. */
  readonly baseDepth: number;
  /** The time that is 100 %. */
  readonly whole: number;
  readonly search: string;
  readonly isOpen: boolean;
  readonly isSelected: boolean;
  readonly onPick: () => void;
  readonly onToggle: () => void;
  readonly onZoom: () => void;
}

/** Deeper elements are no further to the right: a stack of hundreds must stay readable. */
const MAX_INDENT = 24;

/** An element of a call tree. */
export function CallRow(props: Props): ComponentChild {
  const { node, top, index, baseDepth, whole, search, isOpen, isSelected, onPick, onToggle, onZoom } = props;
  const { frame, total, self, count, states } = node;
  const depth = node.depth - baseDepth;
  const place = placeOf(frame);
  return h(
    "div",
    {
      id: `call-${node.id}`,
      role: "row",
      class: `call ${frame.kind}${isSelected ? " selected" : ""}${isMatch(node.signature, search) ? " match" : ""}`,
      style: { top: `${top}px` },
      title: titleOf(node),
      "aria-level": depth + 1,
      "aria-rowindex": index + 1,
      "aria-selected": isSelected,
      ...(node.children.length > 0 && { "aria-expanded": isOpen }),
      onClick: onPick,
      onDblClick: onZoom,
    },
    h(
      "span",
      {
        role: "gridcell",
        class: "frame",
        style: { paddingInlineStart: `calc(var(--indent) * ${Math.min(depth, MAX_INDENT)})` },
      },
      h(
        "button",
        {
          type: "button",
          class: "toggle",
          tabIndex: -1,
          "aria-label": isOpen ? "Close" : "Open",
          disabled: node.children.length === 0,
          onClick: onToggle,
        },
        node.children.length === 0 ? "" : isOpen ? "▾" : "▸",
      ),
      h("span", { class: "name" }, frame.name),
      " ",
      place !== "" && h("span", { class: "place" }, place),
    ),
    h(
      "span",
      { role: "gridcell", class: "number" },
      formatMs(total),
      " ",
      h("small", null, formatShare(total, whole)),
    ),
    h("span", { role: "gridcell", class: "number self" }, formatMs(self)),
    h("span", { role: "gridcell", class: "number count" }, `${count}×`),
    STATES.map(([state, title]) =>
      h(
        "span",
        { role: "gridcell", class: "number state-time", key: state },
        h("span", { class: "hidden" }, title, " "),
        states[state] > 0 ? formatMs(states[state]) : "",
      ),
    ),
    h("span", { role: "gridcell", class: "parts" }, h(StateBar, { states, whole })),
  );
}

function titleOf({ signature, states, self }: CallNode): string {
  const parts = STATES.filter(([state]) => states[state] > 0).map(
    ([state, title]) => `${title} ${formatMs(states[state])}`,
  );
  return [signature, ...parts, `self ${formatMs(self)}`].join("\n");
}
