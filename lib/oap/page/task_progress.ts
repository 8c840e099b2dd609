// SPDX-License-Identifier: Apache-2.0

import type { Task, TaskLog } from "./api.ts";
import { count, formatSeconds } from "./format.ts";

/** An instance that a task was handed to. */
export interface Notified {
  readonly instanceId: string;
  readonly instanceName: string;
  /** Milliseconds since 1970. */
  readonly notifiedAt: number;
  readonly finishedAt: number | undefined;
}

/** How far a task is. */
export interface Progress {
  readonly state: "scheduled" | "waiting" | "running" | "finished";
  /** In words. */
  readonly title: string;
  /** From 0 to 1, by time. */
  readonly share: number;
  readonly notified: readonly Notified[];
}

const MINUTE_MS = 60_000;

/** @param now milliseconds since 1970 */
export function progressOf(task: Pick<Task, "startTime" | "duration" | "logs">, now: number): Progress {
  const notified = notifiedBy(task.logs);
  const end = task.startTime + task.duration * MINUTE_MS;
  const finished = notified.filter(({ finishedAt }) => finishedAt !== undefined);
  const isFinished = now >= end || (notified.length > 0 && finished.length === notified.length);
  const share = isFinished ? 1 : Math.min(1, Math.max(0, (now - task.startTime) / (end - task.startTime)));
  const left = formatSeconds(Math.max(0, Math.ceil((end - now) / 1000)));
  if (isFinished) return { state: "finished", title: "finished", share, notified };
  if (now < task.startTime) {
    const until = formatSeconds(Math.ceil((task.startTime - now) / 1000));
    return { state: "scheduled", title: `starts in ${until}`, share, notified };
  }
  if (notified.length === 0)
    return { state: "waiting", title: `no instance has it yet, ${left} left`, share, notified };
  return {
    state: "running",
    title: `${count(notified.length, "instance")} on it, ${left} left`,
    share,
    notified,
  };
}

function notifiedBy(logs: readonly TaskLog[]): Notified[] {
  const byInstance = new Map<string, Notified>();
  for (const { instanceId, instanceName, operationType, operationTime } of logs.toSorted(
    (a, b) => a.operationTime - b.operationTime,
  )) {
    const known = byInstance.get(instanceId);
    const finishedAt = operationType === "EXECUTION_FINISHED" ? operationTime : undefined;
    // An agent that asks again is told again: the first time counts.
    if (known && finishedAt === undefined) continue;
    const notifiedAt = known?.notifiedAt ?? operationTime;
    byInstance.set(instanceId, { instanceId, instanceName, notifiedAt, finishedAt });
  }
  return [...byInstance.values()];
}
