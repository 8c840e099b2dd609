// SPDX-License-Identifier: Apache-2.0
/**
 * The commands that ask a backend: any SkyWalking backend, or the embedded one.
 *
 * @module
 */

import { timedStacks } from "../oap/export/timed_stack.ts";
import { Backend, type ProfiledRequest, type Task } from "./backend.ts";
import { callTrees, stacksOf } from "./call_tree.ts";
import { CliError } from "./cli_error.ts";
import { followTask } from "./follow_task.ts";
import { Progress, refuseBinary, writeResult } from "./output.ts";
import { formatProfiles, type Profile, type ProfileFormat } from "./profile_format.ts";
import { type Column, table } from "./table.ts";
import { outputTerminal } from "./terminal.ts";
import { dateText } from "./text.ts";

interface BackendOptions {
  readonly url: string;
  readonly authorization?: string;
}

/** What a task is created with. */
export interface TaskOptions {
  readonly endpoint: string;
  readonly service: string;
  /** Minutes. */
  readonly duration: number;
  /** Milliseconds. */
  readonly threshold: number;
  /** Milliseconds. */
  readonly period: number;
  readonly samples: number;
}

interface WatchOptions {
  readonly watch?: boolean;
}

interface TableOptions {
  readonly format: "table" | "json";
}

interface ShowOptions {
  readonly format: ProfileFormat;
  readonly output?: string;
}

/** The tasks among whose segments one is looked for, the latest first. */
const MAX_SEARCHED_TASKS = 50;

/** How far another machine's clock may be ahead. */
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Creates a task from the options of the command line, and returns its id. */
export function createTaskOf(backend: Backend, options: TaskOptions): Promise<string> {
  return backend.createTask({
    service: options.service,
    endpointName: options.endpoint,
    duration: options.duration,
    minDurationThreshold: options.threshold,
    dumpPeriod: options.period,
    maxSamplingCount: options.samples,
  });
}

/** `profile create` */
export async function createTask(options: BackendOptions & TaskOptions & WatchOptions): Promise<void> {
  const backend = backendOf(options);
  const id = await createTaskOf(backend, options);
  await writeResult(`${id}\n`, undefined);
  if (options.watch) await followTask(backend, await taskOf(backend, id), new Progress());
}

/** `profile list` */
export async function listTasks(
  options: BackendOptions & TableOptions & { readonly service?: string },
): Promise<void> {
  const tasks = await backendOf(options).tasks(options.service);
  const columns: Column[] = [
    { title: "task" },
    { title: "service", least: 7 },
    { title: "endpoint", least: 10 },
    { title: "start" },
    { title: "minutes", align: "right", optional: true },
    { title: "threshold", align: "right", optional: true },
    { title: "period", align: "right", optional: true },
    { title: "samples", align: "right", optional: true },
    { title: "notified", align: "right", optional: true },
    { title: "finished", align: "right", optional: true },
  ];
  await writeTable(options, columns, tasks, (task) => [
    task.id,
    task.serviceName,
    task.endpointName,
    dateText(task.startTime),
    String(task.duration),
    `${task.minDurationThreshold} ms`,
    `${task.dumpPeriod} ms`,
    String(task.maxSamplingCount),
    String(task.logs.filter(({ operationType }) => operationType === "NOTIFIED").length),
    String(task.logs.filter(({ operationType }) => operationType === "EXECUTION_FINISHED").length),
  ]);
}

/** `profile segments` */
export async function showRequests(
  taskId: string,
  options: BackendOptions & TableOptions & WatchOptions,
): Promise<void> {
  const backend = backendOf(options);
  if (options.watch) await followTask(backend, await taskOf(backend, taskId), new Progress());
  const requests = await backend.requests(taskId);
  // An id that nobody knows is not the same as a task that caught nothing yet.
  if (requests.length === 0) await taskOf(backend, taskId);
  const columns: Column[] = [
    { title: "segment" },
    { title: "duration", align: "right" },
    { title: "start" },
    { title: "endpoint", least: 10, optional: true },
    { title: "instance", least: 8, optional: true },
    { title: "trace", least: 8, optional: true },
  ];
  await writeTable(options, columns, requests, (request) => [
    request.segmentId,
    `${request.end - request.start} ms`,
    dateText(request.start),
    request.endpointName,
    request.instanceName,
    request.traceId,
  ]);
}

/** `profile show` */
export async function showProfiles(
  id: string,
  options: BackendOptions & ShowOptions & WatchOptions,
): Promise<void> {
  refuseBinary(options.format, options.output);
  const backend = backendOf(options);
  if (options.watch) await followTask(backend, await taskOf(backend, id), new Progress());
  const profiles = await profilesOf(backend, id);
  await writeResult(await formatProfiles(options.format, profiles, outputTerminal()), options.output);
}

/** The profiles of a task or of a segment. The backend tells only by a task when a segment was. */
async function profilesOf(backend: Backend, id: string): Promise<Profile[]> {
  const tasks = await backend.tasks();
  const task = tasks.find((candidate) => candidate.id === id);
  const requests = await backend.requests(id);
  if (task !== undefined && requests.length === 0) {
    throw new CliError(`Cannot show the task ${id}: no request of ${task.endpointName} was profiled yet`);
  }
  for (const { id: taskId } of requests.length > 0 ? [] : tasks.slice(0, MAX_SEARCHED_TASKS)) {
    const found = (await backend.requests(taskId)).find(({ segmentId }) => segmentId === id);
    if (found === undefined) continue;
    requests.push(found);
    break;
  }
  const profiles: Profile[] = [];
  for (const request of requests) profiles.push(await profileOf(backend, request));
  if (profiles.length > 0) return profiles;
  const alone = await profileOf(
    backend,
    { segmentId: id, traceId: "", endpointName: "", instanceName: "", start: 0, end: 0 },
    { start: 0, end: Date.now() + DAY_MS },
  );
  if (alone.trees.length > 0) return [alone];
  throw new CliError(`Cannot show ${id}: the backend at ${backend.url} has no such task or profiled segment`);
}

/** What a request did in a range of time, as the backend analyses it. */
export async function profileOf(
  backend: Backend,
  request: ProfiledRequest,
  range: { readonly start: number; readonly end: number } = request,
): Promise<Profile> {
  const { segmentId, start } = request;
  const analysis = await backend.analyze(segmentId, range.start, range.end);
  const trees = callTrees(analysis);
  const snapshots = await backend.snapshots(segmentId);
  return {
    request,
    trees,
    stacks: snapshots === undefined ? stacksOf(trees, start) : timedStacks(snapshots),
    ...(analysis.tip && { tip: analysis.tip }),
  };
}

async function taskOf(backend: Backend, id: string): Promise<Task> {
  const task = (await backend.tasks()).find((candidate) => candidate.id === id);
  if (task === undefined) throw noTask(backend, id);
  return task;
}

function noTask(backend: Backend, id: string): CliError {
  return new CliError(`Cannot find the task ${id}: the backend at ${backend.url} has no such task`);
}

async function writeTable<T>(
  { format }: TableOptions,
  columns: readonly Column[],
  items: readonly T[],
  row: (item: T) => readonly string[],
): Promise<void> {
  const lines =
    format === "json"
      ? [JSON.stringify(items, undefined, 2)]
      : table(columns, items.map(row), outputTerminal());
  await writeResult(`${lines.join("\n")}\n`, undefined);
}

function backendOf({ url, authorization }: BackendOptions): Backend {
  return new Backend(url, authorization);
}
