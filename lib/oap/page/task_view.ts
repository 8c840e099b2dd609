// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { getProfiledRequests, getTasks, type ProfiledRequest, type Task } from "./api.ts";
import { count, formatMs, formatStart, formatTime } from "./format.ts";
import { requestRoute, writeRoute } from "./route.ts";
import { type Notified, type Progress, progressOf } from "./task_progress.ts";
import { usePolling } from "./use_polling.ts";
import { useTitle } from "./use_title.ts";

const PERIOD_MS = 1000;

/** A task while it runs and after: who has it, and what it caught. */
export function TaskView({ taskId }: { readonly taskId: string }): ComponentChild {
  const { value, error } = usePolling(() => getTask(taskId), taskId, PERIOD_MS);
  useTitle(value?.task ? `Task for ${value.task.endpointName}` : "Task");
  if (!value) return h("p", { class: "empty", role: "status" }, error ?? "Asking the backend …");
  const { task, requests } = value;
  if (!task) return h("p", { class: "empty", role: "alert" }, "The backend knows no such task (any more).");
  const progress = progressOf(task, Date.now());
  return h(
    "div",
    null,
    error !== undefined && h("p", { class: "error", role: "alert" }, error),
    h(
      "section",
      { class: "card" },
      h("h1", null, h("span", { class: "name" }, task.endpointName)),
      h(
        "p",
        { class: "muted" },
        [
          task.serviceName,
          `${task.duration} min from ${formatStart(task.startTime, Date.now())}`,
          task.minDurationThreshold > 0 ? `slower than ${task.minDurationThreshold} ms` : "all requests",
          `every ${task.dumpPeriod} ms`,
          `at most ${task.maxSamplingCount} for each instance`,
        ].join(" · "),
      ),
      h(ProgressBar, { progress }),
      h(
        "p",
        { role: "status", class: `state ${progress.state}` },
        sentenceOf(task, progress, requests.length),
      ),
      progress.notified.length > 0 && h(NotifiedList, { notified: progress.notified }),
    ),
    h(
      "section",
      { class: "card" },
      h("h2", null, "Profiled requests", h("span", { class: "muted" }, " slowest first")),
      requests.length === 0 ? h("p", { class: "muted" }, "None yet.") : h(RequestList, { taskId, requests }),
    ),
  );
}

async function getTask(
  taskId: string,
): Promise<{ readonly task: Task | undefined; readonly requests: readonly ProfiledRequest[] }> {
  const task = (await getTasks()).find(({ id }) => id === taskId);
  return { task, requests: task ? await getProfiledRequests(taskId) : [] };
}

function sentenceOf(task: Task, { state, title, notified }: Progress, requests: number): string {
  const caught = `${count(requests, "request")} profiled so far`;
  switch (state) {
    case "scheduled":
      return `The task ${title}.`;
    case "waiting":
      return `Waiting for an agent: ${title}. Agents ask for tasks every 20 seconds, unless told otherwise.`;
    case "running":
      return requests === 0
        ? `${capital(title)}. Send requests to ${task.endpointName} now.`
        : `${capital(title)}. ${capital(caught)}.`;
    case "finished":
      if (notified.length === 0)
        return "Finished: no instance ever had it. Is the app running, with the agent?";
      return `Finished: ${count(requests, "request")} profiled.`;
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function ProgressBar({ progress }: { readonly progress: Progress }): ComponentChild {
  const percent = Math.round(progress.share * 100);
  return h(
    "div",
    {
      class: "progress",
      role: "progressbar",
      "aria-label": "Time of the task",
      "aria-valuenow": percent,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    h("div", { style: { width: `${percent}%` } }),
  );
}

function NotifiedList({ notified }: { readonly notified: readonly Notified[] }): ComponentChild {
  return h(
    "ul",
    { class: "instances" },
    notified.map(({ instanceId, instanceName, notifiedAt, finishedAt }) =>
      h(
        "li",
        { key: instanceId },
        h("span", { class: "name" }, instanceName),
        h(
          "span",
          { class: "muted" },
          `notified ${formatTime(notifiedAt).slice(0, 8)}`,
          finishedAt !== undefined && `, finished ${formatTime(finishedAt).slice(0, 8)}`,
        ),
      ),
    ),
  );
}

/** The segment of a request that has snapshots, by which the request is known. */
export function segmentOf({ spans }: Pick<ProfiledRequest, "spans">): string {
  return spans.find(({ profiled }) => profiled)?.segmentId ?? "";
}

function RequestList({
  taskId,
  requests,
}: {
  readonly taskId: string;
  readonly requests: readonly ProfiledRequest[];
}): ComponentChild {
  const slowest = requests[0]?.duration ?? 0;
  return h(
    "ul",
    { class: "links requests" },
    requests.map((request) => {
      const segmentId = segmentOf(request);
      const isError = request.spans.some((span) => span.isError);
      return h(
        "li",
        { key: segmentId },
        h(
          "a",
          { href: writeRoute(requestRoute(taskId, segmentId)) },
          h("span", { class: "time" }, formatMs(request.duration)),
          h(
            "span",
            { class: "share", "aria-hidden": true },
            h("span", { style: { width: `${slowest > 0 ? (request.duration / slowest) * 100 : 0}%` } }),
          ),
          h(
            "span",
            { class: "muted" },
            `${formatTime(Number(request.start))} · ${request.instanceName}`,
            isError && h("strong", { class: "bad" }, " · error"),
          ),
        ),
      );
    }),
  );
}
