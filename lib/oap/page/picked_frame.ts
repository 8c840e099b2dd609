// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { frameOf, placeOf } from "../export/frame.ts";
import type { CallNode } from "./call_tree.ts";
import { CopyButton } from "./copy_button.ts";
import { formatMs } from "./format.ts";
import type { RequestRoute } from "./route.ts";
import { STATES } from "./summary.ts";

/** A frame that somebody picked, in the tree or the chart. */
export interface Picked {
  readonly signature: string;
  readonly ms: number;
  /** Milliseconds since the selection began; a tree has no such time. */
  readonly at?: number;
  /** What the request did in it; a moment in a chart is of one kind. */
  readonly states?: CallNode["states"];
  /** What shows nothing but the frame. */
  readonly target: Pick<RequestRoute, "focus"> | Pick<RequestRoute, "zoom">;
}

interface Props {
  readonly picked: Picked | undefined;
  readonly onZoom: (target: Picked["target"]) => void;
  readonly onFind: (text: string) => void;
}

/** The picked frame in full, and what can be done with it. */
export function PickedFrame({ picked, onZoom, onFind }: Props): ComponentChild {
  if (!picked) {
    return h(
      "p",
      { class: "picked muted", "aria-live": "polite" },
      "Pick a frame to see it in full. A double click zooms in.",
    );
  }
  const frame = frameOf(picked.signature);
  const place = placeOf(frame);
  const at = picked.at === undefined ? "" : ` from ${formatMs(picked.at)} on`;
  const { states } = picked;
  const parts = STATES.filter(([state]) => states && states[state] > 0).map(
    ([state, title]) => `${title} ${formatMs(states?.[state] ?? 0)}`,
  );
  return h(
    "div",
    { class: "picked", "aria-live": "polite" },
    h(
      "p",
      null,
      h("strong", { class: "name" }, frame.name),
      place !== "" && h("span", { class: "place" }, ` ${place}`),
      h("span", { class: "muted" }, ` ${[`${formatMs(picked.ms)}${at}`, ...parts].join(" · ")}`),
    ),
    h(
      "div",
      { class: "buttons" },
      h(CopyButton, { text: picked.signature, label: "Copy frame" }),
      h("button", { type: "button", class: "quiet", onClick: () => onZoom(picked.target) }, "Zoom to it"),
      h("button", { type: "button", class: "quiet", onClick: () => onFind(picked.signature) }, "Find all"),
    ),
  );
}
