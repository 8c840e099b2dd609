// SPDX-License-Identifier: Apache-2.0
/**
 * The web page: services and their endpoints, profile tasks, and what these caught.
 *
 * @module
 */

import { type ComponentChild, h, render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { HomeView } from "./home_view.ts";
import { RequestView } from "./request_view.ts";
import { type Route, readRoute, writeRoute } from "./route.ts";
import { TaskView } from "./task_view.ts";

/** Browsers refuse an address that changes more often, as it would while somebody drags. */
const ADDRESS_MS = 300;

function Page(): ComponentChild {
  const [route, setRoute] = useState<Route>(() => readRoute(location.hash));
  const pending = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    const read = (): void => {
      clearTimeout(pending.current);
      setRoute(readRoute(location.hash));
    };
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  const place = route.page === "home" ? "" : route.page === "task" ? route.taskId : route.segmentId;
  const main = useRef<HTMLElement>(null);
  const shown = useRef(place);
  // Another place begins at its top for those who walk by keys or listen, too.
  useEffect(() => {
    if (shown.current !== place) main.current?.focus({ preventScroll: true });
    shown.current = place;
  }, [place]);
  const go = (next: Route): void => {
    const hash = writeRoute(next);
    clearTimeout(pending.current);
    setRoute(next);
    // A step within the request is no step of the history: `back` leaves the request.
    if (next.page === "request" && route.page === "request" && next.segmentId === route.segmentId) {
      pending.current = setTimeout(() => history.replaceState(null, "", hash), ADDRESS_MS);
      return;
    }
    history.pushState(null, "", hash);
    scrollTo(0, 0);
  };
  return h(
    "div",
    { class: "page" },
    h(
      "header",
      { class: "top" },
      h("a", { href: "#/", class: "brand" }, "SkyWalking ", h("span", null, "trace profiles")),
    ),
    h("main", { ref: main, tabIndex: -1 }, viewOf(route, go)),
  );
}

function viewOf(route: Route, go: (next: Route) => void): ComponentChild {
  switch (route.page) {
    case "home":
      return h(HomeView, { go });
    case "task":
      return h(TaskView, { key: route.taskId, taskId: route.taskId });
    case "request":
      return h(RequestView, { key: route.segmentId, route, go });
  }
}

const root = document.getElementById("page");
if (root) {
  root.replaceChildren();
  render(h(Page, null), root);
}
