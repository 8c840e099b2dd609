// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Backend, ProfiledRequest, Task, TaskLog } from "./backend.ts";
import type { Progress } from "./output.ts";
import { counted } from "./text.ts";

const MINUTE_MS = 60_000;
const POLL_MS = 1_000;

/** What the agents caught may still be on its way when a task is over. */
const SETTLE_MS = 2_000;

/** An instance that ended without a word is not waited for. */
const GRACE_MS = 10_000;

/** Follows a task to its end, and tells its state. Resolves when there is nothing more to come. */
export async function followTask(backend: Backend, task: Task, progress: Progress): Promise<void> {
  const end = task.startTime + task.duration * MINUTE_MS;
  try {
    for (;;) {
      const [tasks, requests] = await Promise.all([
        backend.tasks(task.serviceName),
        backend.requests(task.id),
      ]);
      const logs = tasks.find(({ id }) => id === task.id)?.logs ?? [];
      const left = end - Date.now();
      progress.update(stateText(task, logs, requests), leftText(left));
      if (isOver(task, logs, requests) || left < -GRACE_MS) break;
      await sleep(POLL_MS);
    }
    await sleep(SETTLE_MS);
  } finally {
    progress.end();
  }
}

function isOver(task: Task, logs: readonly TaskLog[], requests: readonly ProfiledRequest[]): boolean {
  const notified = instancesWith("NOTIFIED", logs);
  const finished = instancesWith("EXECUTION_FINISHED", logs);
  // Each instance profiles as many as the task allows; the agent tells the end only when the time is over.
  const isDone = (name: string): boolean =>
    finished.has(name) ||
    requests.filter(({ instanceName }) => instanceName === name).length >= task.maxSamplingCount;
  return notified.size > 0 && [...notified].every(isDone);
}

function stateText(task: Task, logs: readonly TaskLog[], requests: readonly ProfiledRequest[]): string {
  const notified = instancesWith("NOTIFIED", logs).size;
  const finished = instancesWith("EXECUTION_FINISHED", logs).size;
  const who =
    notified === 0
      ? `no instance of ${task.serviceName} has the task yet`
      : `${counted(notified, "instance")} notified, ${finished} finished`;
  return `${task.endpointName}: ${who}, ${counted(requests.length, "request")} profiled`;
}

function instancesWith(operation: TaskLog["operationType"], logs: readonly TaskLog[]): Set<string> {
  return new Set(
    logs.filter(({ operationType }) => operationType === operation).map(({ instanceName }) => instanceName),
  );
}

function leftText(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`;
}
