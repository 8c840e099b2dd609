// SPDX-License-Identifier: Apache-2.0
/**
 * When a profile task may be created. The texts are SkyWalking's own: command lines and their tests read them.
 *
 * @module
 */

import type { Task, TaskRequest } from "./model.ts";

const MINUTE_MS = 60_000;

/** When a task is over, in milliseconds since 1970. */
export function endOf(task: Pick<Task, "startTime" | "duration">): number {
  return task.startTime + task.duration * MINUTE_MS;
}

/**
 * Why a task may not be created, or `undefined` if it may. The first reason counts.
 *
 * @param request with its endpoint name trimmed and its start decided
 * @param tasks the tasks of the same service
 */
export function refusalOf(
  request: TaskRequest & { readonly startTime: number },
  tasks: readonly Task[],
): string | undefined {
  // SkyWalking accepts an empty id, which then breaks its list of tasks.
  if (request.serviceId === "") return "service cannot be null";
  if (request.endpointName === "") return "endpoint name cannot be empty";
  if (request.duration < 1) return "monitor duration must greater than 1 minutes";
  if (request.minDurationThreshold < 0) return "min duration threshold must greater than or equals zero";
  if (request.maxSamplingCount <= 0) return "max sampling count must greater than zero";
  if (request.duration > 15) return "The duration of the monitoring task cannot be greater than 15 minutes";
  if (request.dumpPeriod < 10) return "dump period must be greater than or equals 10 milliseconds";
  if (request.maxSamplingCount >= 10) return "max sampling count must less than 10";
  // Only the last task that starts before the new one's end is looked at, by the minute, whatever its
  // endpoint is; one that finished early blocks until its nominal end.
  const endMinute = Math.floor(endOf(request) / MINUTE_MS);
  const latest = tasks
    .filter((task) => Math.floor(task.startTime / MINUTE_MS) <= endMinute)
    .reduce<Task | undefined>((a, b) => (a !== undefined && a.startTime > b.startTime ? a : b), undefined);
  if (latest !== undefined && endOf(latest) >= request.startTime) {
    return "current service already has monitor task execute at this time";
  }
  return undefined;
}
