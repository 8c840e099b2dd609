// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { useState } from "preact/hooks";
import type { Span } from "./api.ts";
import { formatMs } from "./format.ts";
import type { SpanRow } from "./span_tree.ts";

/** A request may have thousands of spans; beyond these, a button shows the others. */
const SHOWN_SPANS = 200;

interface Props {
  readonly rows: readonly SpanRow<Span>[];
  /** The key of the selected span. */
  readonly selected: string;
  readonly onSelect: (key: string) => void;
}

/** The spans of a request over its time; a click selects one. */
export function Waterfall({ rows, selected, onSelect }: Props): ComponentChild {
  const [isAll, setAll] = useState(false);
  const start = rows.reduce((least, { span }) => Math.min(least, span.startTime), Number.POSITIVE_INFINITY);
  const end = rows.reduce((greatest, { span }) => Math.max(greatest, span.endTime), 0);
  const percent = (ms: number) => `${end > start ? (ms / (end - start)) * 100 : 0}%`;
  const shown = isAll ? rows : rows.slice(0, SHOWN_SPANS);
  return h(
    "div",
    { class: "waterfall", role: "group", "aria-label": "Spans" },
    shown.map(({ key, span, depth }) =>
      h(
        "button",
        {
          type: "button",
          key,
          class: "span",
          "aria-pressed": key === selected,
          title: titleOf(span),
          onClick: () => onSelect(key),
        },
        h(
          "span",
          { class: "span-name", style: { paddingInlineStart: `${Math.min(depth, 12) * 0.9}rem` } },
          h("span", { class: "kind" }, span.type),
          h("span", { class: "name" }, span.endpointName ?? ""),
          span.isError && h("strong", { class: "bad" }, " error"),
        ),
        h("span", { class: "time" }, formatMs(span.endTime - span.startTime)),
        h(
          "span",
          { class: "track", "aria-hidden": true },
          h("span", {
            class: span.profiled ? "profiled" : "",
            style: {
              insetInlineStart: percent(span.startTime - start),
              width: percent(span.endTime - span.startTime),
            },
          }),
        ),
      ),
    ),
    shown.length < rows.length &&
      h(
        "button",
        { type: "button", class: "link", onClick: () => setAll(true) },
        `Show all ${rows.length} spans`,
      ),
  );
}

function titleOf({ component, peer, layer, tags, profiled }: Span): string {
  return [
    [layer, component, peer].filter((part) => part).join(" · "),
    ...tags.map(({ key, value }) => `${key}: ${value ?? ""}`),
    profiled ? "" : "not profiled",
  ]
    .filter((line) => line !== "")
    .join("\n");
}
