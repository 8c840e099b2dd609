// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { useState } from "preact/hooks";
import { getOverview, getTasks, type Task } from "./api.ts";
import type { EndpointOverview, Overview, ServiceOverview } from "./data.ts";
import { count, formatMs, formatStart } from "./format.ts";
import { type Route, writeRoute } from "./route.ts";
import { TaskForm } from "./task_form.ts";
import { progressOf } from "./task_progress.ts";
import { usePolling } from "./use_polling.ts";
import { useTitle } from "./use_title.ts";

const PERIOD_MS = 2000;
/** A service may have thousands of endpoints; the slowest are those that somebody looks for. */
const SHOWN_ENDPOINTS = 50;
const SHOWN_TASKS = 10;

/** Services, their endpoints by the slowest request, and the latest tasks. */
export function HomeView({ go }: { readonly go: (route: Route) => void }): ComponentChild {
  const { value, error } = usePolling(
    async () => ({ overview: await getOverview(), tasks: await getTasks() }),
    "home",
    PERIOD_MS,
  );
  useTitle("");
  const [search, setSearch] = useState("");
  const [profiled, setProfiled] = useState<{ service: ServiceOverview; endpoint: string } | undefined>();
  if (!value) return h("p", { class: "empty", role: "status" }, error ?? "Asking the backend …");
  const { overview, tasks } = value;
  return h(
    "div",
    null,
    error !== undefined && h("p", { class: "error", role: "alert" }, error),
    overview.services.length === 0
      ? h(NoService, { overview })
      : h(
          "input",
          {
            type: "search",
            class: "search",
            placeholder: "Find an endpoint",
            "aria-label": "Find an endpoint",
            value: search,
            onInput: (event: Event) => setSearch((event.currentTarget as HTMLInputElement).value),
          },
          null,
        ),
    overview.services.map((service) =>
      h(ServiceSection, {
        key: service.id,
        service,
        search: search.toLowerCase(),
        onProfile: (endpoint: string) => setProfiled({ service, endpoint }),
      }),
    ),
    tasks.length > 0 && h(TaskSection, { tasks: tasks.slice(0, SHOWN_TASKS) }),
    profiled &&
      h(TaskForm, {
        serviceId: profiled.service.id,
        serviceName: profiled.service.name,
        endpointName: profiled.endpoint,
        onClose: () => setProfiled(undefined),
        onCreated: (taskId: string) => go({ page: "task", taskId }),
      }),
  );
}

function NoService({ overview }: { readonly overview: Overview }): ComponentChild {
  return h(
    "section",
    { class: "empty" },
    h("h2", null, "No service has reported yet"),
    h("p", null, "Start an app with the agent and this backend:"),
    h("pre", null, `SW_AGENT_COLLECTOR_BACKEND_SERVICES=${overview.grpcAddress}\nSW_AGENT_NAME=my-service`),
    h("p", null, "It appears here once it has answered a request."),
  );
}

interface ServiceProps {
  readonly service: ServiceOverview;
  readonly search: string;
  readonly onProfile: (endpoint: string) => void;
}

function ServiceSection({ service, search, onProfile }: ServiceProps): ComponentChild {
  const [isAll, setAll] = useState(false);
  const found = service.endpoints.filter(({ name }) => name.toLowerCase().includes(search));
  if (search !== "" && found.length === 0) return null;
  const shown = isAll ? found : found.slice(0, SHOWN_ENDPOINTS);
  const runtimes = [
    ...new Set(service.instances.map(({ runtime }) => runtime).filter((name) => name !== "")),
  ];
  return h(
    "section",
    { class: "card" },
    h("h2", null, service.name),
    h(
      "p",
      { class: "muted" },
      [
        count(service.instances.length, "instance"),
        count(service.endpoints.length, "endpoint"),
        ...runtimes,
      ].join(" · "),
    ),
    shown.length === 0
      ? h("p", { class: "muted" }, "No request yet.")
      : h(
          "table",
          { class: "figures" },
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              h("th", { scope: "col" }, "Endpoint"),
              ["Slowest", "95 %", "Median", "Requests", "Errors"].map((title) =>
                h("th", { scope: "col", class: "number" }, title),
              ),
              h("th", { scope: "col" }, h("span", { class: "hidden" }, "Profile")),
            ),
          ),
          h(
            "tbody",
            null,
            shown.map((endpoint) =>
              h(EndpointRow, { key: endpoint.name, endpoint, onProfile: () => onProfile(endpoint.name) }),
            ),
          ),
        ),
    shown.length < found.length &&
      h(
        "button",
        { type: "button", class: "link", onClick: () => setAll(true) },
        `Show all ${found.length} endpoints`,
      ),
  );
}

function EndpointRow({
  endpoint,
  onProfile,
}: {
  readonly endpoint: EndpointOverview;
  readonly onProfile: () => void;
}): ComponentChild {
  const { name, requests, errors, median, p95, slowest } = endpoint;
  const cell = (title: string, text: string) => h("td", { class: "number", "data-title": title }, text);
  const time = (ms: number) => (requests > 0 ? formatMs(ms) : "–");
  return h(
    "tr",
    null,
    h("th", { scope: "row", class: "name" }, name),
    cell("Slowest", time(slowest)),
    cell("95 %", time(p95)),
    cell("Median", time(median)),
    cell("Requests", String(requests)),
    cell("Errors", String(errors)),
    h(
      "td",
      { class: "action" },
      h("button", { type: "button", onClick: onProfile, "aria-label": `Profile ${name}` }, "Profile"),
    ),
  );
}

function TaskSection({ tasks }: { readonly tasks: readonly Task[] }): ComponentChild {
  return h(
    "section",
    { class: "card" },
    h("h2", null, "Profile tasks"),
    h(
      "ul",
      { class: "links" },
      tasks.map((task) =>
        h(
          "li",
          { key: task.id },
          h(
            "a",
            { href: writeRoute({ page: "task", taskId: task.id }) },
            h("span", { class: "name" }, task.endpointName),
            h(
              "span",
              { class: "muted" },
              `${task.serviceName} · ${formatStart(task.startTime, Date.now())} · ${progressOf(task, Date.now()).title}`,
            ),
          ),
        ),
      ),
    ),
  );
}
