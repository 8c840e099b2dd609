// SPDX-License-Identifier: Apache-2.0

import { BoundedMap } from "./bounded_map.ts";
import type { Task, TaskLog, TaskRequest } from "./model.ts";
import { endOf, refusalOf } from "./profile_task.ts";

/** Limits of a {@link TaskStore}. */
export interface TaskStoreOptions {
  readonly maxTasks: number;
  /** For each task. */
  readonly maxLogs: number;
  /** Called with the id of a task that had to go. */
  readonly dropped: (taskId: string) => void;
  /** Called with the id of a task whose oldest log had to go. */
  readonly droppedLog: (taskId: string) => void;
}

/** Profile tasks, with what happened to them. */
export class TaskStore {
  readonly #tasks: BoundedMap<string, { readonly task: Task; readonly logs: TaskLog[] }>;
  readonly #options: TaskStoreOptions;
  #lastCreateTime = 0;

  constructor(options: TaskStoreOptions) {
    this.#options = options;
    this.#tasks = new BoundedMap(options.maxTasks, options.dropped);
  }

  /**
   * A task as it may be added, or why not.
   *
   * @param now milliseconds since 1970
   */
  prepare(request: TaskRequest, now: number): { task: Task } | { errorReason: string } {
    const { serviceId } = request;
    const startTime = request.startTime !== undefined && request.startTime > 0 ? request.startTime : now;
    const wanted = { ...request, endpointName: request.endpointName.trim(), startTime };
    const errorReason = refusalOf(wanted, this.list(serviceId));
    if (errorReason !== undefined) return { errorReason };
    // An agent is told of what was created after the last task it saw, so the times must rise even where
    // the clock does not. SkyWalking relies on the clock.
    const createTime = Math.max(now, this.#lastCreateTime + 1);
    return { task: { ...wanted, id: `${createTime}_${serviceId}`, createTime } };
  }

  add(task: Task): void {
    this.#lastCreateTime = Math.max(this.#lastCreateTime, task.createTime);
    this.#tasks.set(task.id, { task, logs: [] });
  }

  get(taskId: string): Task | undefined {
    return this.#tasks.get(taskId)?.task;
  }

  /** The tasks of a service, or of all; the one that starts last comes first. */
  list(serviceId?: string): Task[] {
    return this.#tasks
      .values()
      .map(({ task }) => task)
      .filter((task) => serviceId === undefined || task.serviceId === serviceId)
      .sort((a, b) => b.startTime - a.startTime);
  }

  /** Gives up the tasks that ended before that time, in milliseconds since 1970. Returns their ids. */
  removeEnded(time: number): string[] {
    const ids = this.list()
      .filter((task) => endOf(task) < time)
      .map(({ id }) => id);
    for (const id of ids) this.#tasks.delete(id);
    return ids;
  }

  /** Notes what happened to a task, and returns whether there is such a task. */
  addLog(log: TaskLog): boolean {
    const logs = this.#tasks.get(log.taskId)?.logs;
    if (logs === undefined) return false;
    if (logs.length >= this.#options.maxLogs) {
      logs.shift();
      this.#options.droppedLog(log.taskId);
    }
    logs.push(log);
    return true;
  }

  /** What happened to a task, the latest first. */
  logs(taskId: string): TaskLog[] {
    const logs = this.#tasks.get(taskId)?.logs ?? [];
    return logs.toReversed().sort((a, b) => b.operationTime - a.operationTime);
  }
}
