// SPDX-License-Identifier: Apache-2.0
/**
 * What the page shows, as the part of its address behind `#`: whoever opens the address sees the same.
 *
 * @module
 */

/** How a profiled request is drawn. */
export type RequestView = "tree" | "chart";

/** A profiled request, and what of it is looked at. */
export interface RequestRoute {
  readonly page: "request";
  readonly taskId: string;
  /** The request's own segment. */
  readonly segmentId: string;
  /** `segment id/span id` of the selected span; empty is the request's first one. */
  readonly span: string;
  /** Whether the time of the span's children counts. */
  readonly children: boolean;
  readonly view: RequestView;
  readonly search: string;
  /** The part of the chart that fills its width, in milliseconds since the selection began; empty is all. */
  readonly zoom: readonly [from: number, to: number] | undefined;
  /** The element of the tree that is shown as its root; 0 is all. */
  readonly focus: number;
}

/** A place in the page. */
export type Route =
  | { readonly page: "home" }
  | { readonly page: "task"; readonly taskId: string }
  | RequestRoute;

/** The first view of a request. */
export function requestRoute(taskId: string, segmentId: string): RequestRoute {
  return {
    page: "request",
    taskId,
    segmentId,
    span: "",
    children: true,
    view: "tree",
    search: "",
    zoom: undefined,
    focus: 0,
  };
}

/** Writes a place as the part behind `#`; what is as at first is left out. */
export function writeRoute(route: Route): string {
  if (route.page === "home") return "#/";
  const task = `#/task/${encodeURIComponent(route.taskId)}`;
  if (route.page === "task") return task;
  const query = new URLSearchParams();
  if (route.span !== "") query.set("span", route.span);
  if (!route.children) query.set("children", "0");
  if (route.view !== "tree") query.set("view", route.view);
  if (route.search !== "") query.set("search", route.search);
  if (route.zoom) query.set("zoom", route.zoom.map((ms) => String(Math.round(ms * 100) / 100)).join("-"));
  if (route.focus > 0) query.set("focus", String(route.focus));
  const text = query.toString();
  return `${task}/request/${encodeURIComponent(route.segmentId)}${text && `?${text}`}`;
}

/** Reads the part behind `#`; what is not understood is the home page. */
export function readRoute(hash: string): Route {
  const [path = "", text = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [kind, task, part, segment] = path.split("/").map(decode);
  if (kind !== "task" || !task) return { page: "home" };
  if (part !== "request" || !segment) return { page: "task", taskId: task };
  const query = new URLSearchParams(text);
  const focus = Number(query.get("focus"));
  return {
    ...requestRoute(task, segment),
    span: query.get("span") ?? "",
    children: query.get("children") !== "0",
    view: query.get("view") === "chart" ? "chart" : "tree",
    search: query.get("search") ?? "",
    zoom: zoomOf(query.get("zoom") ?? ""),
    focus: Number.isSafeInteger(focus) && focus > 0 ? focus : 0,
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

function zoomOf(text: string): readonly [number, number] | undefined {
  const [, from, to] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const zoom = [Number(from), Number(to)] as const;
  return zoom[0] < zoom[1] ? zoom : undefined;
}
