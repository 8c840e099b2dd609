// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type StackSnapshot, type TimedStack, timedStacks } from "../export/timed_stack.ts";
import { getProfiledRequests, getSnapshots, type ProfiledRequest, type Span } from "./api.ts";
import { callTree, matchedTime } from "./call_tree.ts";
import { CallTreeView } from "./call_tree_view.ts";
import { chartRows } from "./chart_layout.ts";
import { FlameChart } from "./flame_chart.ts";
import { formatMs, formatShare, formatTime } from "./format.ts";
import { type Picked, PickedFrame } from "./picked_frame.ts";
import type { RequestRoute, Route, RequestView as ViewName } from "./route.ts";
import { writeRoute } from "./route.ts";
import { within } from "./selection.ts";
import { ShareButtons } from "./share_buttons.ts";
import { type SpanRow, spanRows, type TimeRange, timeOf } from "./span_tree.ts";
import { Summary } from "./summary.ts";
import { usePolling } from "./use_polling.ts";
import { useTitle } from "./use_title.ts";
import { Waterfall } from "./waterfall.ts";

interface Props {
  readonly route: RequestRoute;
  readonly go: (route: Route) => void;
}

/** One profiled request: its spans, and what it did in the time of the selected one. */
export function RequestView({ route, go }: Props): ComponentChild {
  const { taskId, segmentId } = route;
  const { value: request, error } = usePolling(() => getRequest(taskId, segmentId), segmentId, 0);
  useTitle(request ? `${request.endpointNames.join(", ")} ${formatMs(request.duration)}` : "Request");
  const back = h("a", { href: writeRoute({ page: "task", taskId }) }, "← All requests of the task");
  if (!request) {
    const text = error ?? "Asking the backend …";
    return h("div", null, back, h("p", { class: "empty", role: error ? "alert" : "status" }, text));
  }
  const rows = spanRows(request.spans);
  const row = selectedRow(rows, route);
  return h(
    "div",
    null,
    back,
    h(
      "section",
      { class: "card" },
      h("h1", null, h("span", { class: "name" }, request.endpointNames.join(", "))),
      h(
        "p",
        { class: "muted" },
        `${formatMs(request.duration)} · ${formatTime(Number(request.start))} · ${request.instanceName}`,
      ),
      h(Waterfall, {
        rows,
        selected: row?.key ?? "",
        onSelect: (span: string) => go({ ...route, span, zoom: undefined, focus: 0 }),
      }),
    ),
    row && h(Recording, { key: row.span.segmentId, request, row, route, go }),
  );
}

async function getRequest(taskId: string, segmentId: string): Promise<ProfiledRequest> {
  const found = (await getProfiledRequests(taskId)).find(({ spans }) =>
    spans.some((span) => span.segmentId === segmentId),
  );
  if (!found) throw new Error("The backend knows no such request (any more).");
  return found;
}

function selectedRow(rows: readonly SpanRow<Span>[], route: RequestRoute): SpanRow<Span> | undefined {
  return (
    rows.find(({ key }) => key === route.span) ??
    rows.find(({ span }) => span.segmentId === route.segmentId) ??
    rows[0]
  );
}

interface RecordingProps extends Props {
  readonly request: ProfiledRequest;
  readonly row: SpanRow<Span>;
}

function Recording({ request, row, route, go }: RecordingProps): ComponentChild {
  const { segmentId } = row.span;
  const { snapshots, error } = useSnapshots(row.span);
  const stacks = useMemo(() => timedStacks(snapshots ?? []), [snapshots]);
  const ranges = timeOf(row.span, request.spans, route.children);
  if (!snapshots) return h("p", { class: "empty", role: "status" }, error ?? "Asking for the snapshots …");
  const name = `${request.endpointNames.join(", ")} ${formatMs(request.duration)}`;
  const link = new URL(writeRoute(route), location.href).href;
  return h(
    "section",
    { class: "card" },
    h(
      "div",
      { class: "bar" },
      h("h2", null, "What it did"),
      h(ShareButtons, { name, link, segmentId, request, snapshots, stacks }),
    ),
    stacks.length === 0
      ? h("p", { class: "muted" }, "This span's segment has no snapshots.")
      : h(Selected, { stacks, ranges, route, go }),
  );
}

/** An agent sends what it has of a request after the request's spans: for so long there may be more to come. */
const SETTLE_MS = 20_000;
const PERIOD_MS = 1500;

function useSnapshots({ segmentId, endTime }: Span): {
  readonly snapshots: readonly StackSnapshot[] | undefined;
  readonly error: string | undefined;
} {
  const known = useRef<readonly StackSnapshot[] | undefined>(undefined);
  const isSettled = Date.now() - endTime > SETTLE_MS;
  const { value, error } = usePolling(
    async () => {
      const snapshots = await getSnapshots(segmentId);
      // The same object where nothing is new, so that nothing is reckoned and drawn anew.
      if (snapshots.length !== known.current?.length) known.current = snapshots;
      return known.current ?? snapshots;
    },
    segmentId,
    isSettled ? 0 : PERIOD_MS,
  );
  return { snapshots: value, error };
}

interface SelectedProps extends Props {
  readonly stacks: readonly TimedStack[];
  readonly ranges: readonly TimeRange[];
}

function Selected({ stacks, ranges, route, go }: SelectedProps): ComponentChild {
  const { search, view } = route;
  const [picked, setPicked] = useState<Picked | undefined>();
  const key = ranges.join();
  // By the key, as the ranges are new objects each time.
  const selected = useMemo(() => within(stacks, ranges), [stacks, key]);
  const tree = useMemo(() => callTree(selected), [selected]);
  const rows = useMemo(() => chartRows(selected), [selected]);
  useEffect(() => setPicked(undefined), [selected]);
  const start = ranges[0]?.[0] ?? 0;
  const end = ranges.at(-1)?.[1] ?? start;
  const found = search === "" ? undefined : matchedTime(selected, search);
  return h(
    "div",
    null,
    h(Summary, { tree, withChildren: route.children, onChildren: (children) => step({ children }) }),
    h(
      "div",
      { class: "bar" },
      h(Tabs, { view, onView: (view: ViewName) => go({ ...route, view }) }),
      h("input", {
        type: "search",
        class: "search",
        placeholder: "Find a frame",
        "aria-label": "Find a frame",
        value: search,
        onInput: (event: Event) => go({ ...route, search: (event.currentTarget as HTMLInputElement).value }),
      }),
      found !== undefined &&
        h(
          "span",
          { class: "muted", role: "status" },
          `in ${formatMs(found)}, ${formatShare(found, tree.total)}`,
        ),
    ),
    view === "tree"
      ? h(CallTreeView, {
          key,
          tree,
          search,
          focus: route.focus,
          onFocus: (focus: number) => go({ ...route, focus }),
          onPick: ({ id: focus, signature, total, states }) =>
            setPicked({ signature, ms: total, states, target: { focus } }),
        })
      : h(FlameChart, {
          rows,
          start,
          end,
          search,
          zoom: route.zoom,
          onZoom: (zoom: RequestRoute["zoom"]) => go({ ...route, zoom }),
          onPick: ({ signature, from, to }) =>
            setPicked({
              signature,
              ms: to - from,
              at: from - start,
              target: { zoom: [from - start, to - start] },
            }),
        }),
    h(PickedFrame, {
      picked,
      onZoom: (target) => go({ ...route, ...target }),
      onFind: (search) => go({ ...route, search }),
    }),
  );

  function step(change: Partial<RequestRoute>): void {
    go({ ...route, ...change, zoom: undefined, focus: 0 });
  }
}

const TABS: readonly (readonly [view: ViewName, title: string])[] = [
  ["tree", "Call tree"],
  ["chart", "Flame chart"],
];

function Tabs({
  view,
  onView,
}: {
  readonly view: ViewName;
  readonly onView: (view: ViewName) => void;
}): ComponentChild {
  return h(
    "div",
    { class: "tabs", role: "group", "aria-label": "View" },
    TABS.map(([name, title]) =>
      h(
        "button",
        { type: "button", key: name, "aria-pressed": view === name, onClick: () => onView(name) },
        title,
      ),
    ),
  );
}
