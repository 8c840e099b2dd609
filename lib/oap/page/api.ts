// SPDX-License-Identifier: Apache-2.0
/** What the page asks its backend. Times are milliseconds since 1970, durations milliseconds. */

import type { StackSnapshot } from "../export/timed_stack.ts";
import type { Overview, Recording } from "./data.ts";

export interface Task {
  readonly id: string;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly endpointName: string;
  readonly startTime: number;
  /** Minutes. */
  readonly duration: number;
  readonly minDurationThreshold: number;
  readonly dumpPeriod: number;
  readonly maxSamplingCount: number;
  readonly logs: readonly TaskLog[];
}

export interface TaskLog {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly operationType: "NOTIFIED" | "EXECUTION_FINISHED";
  readonly operationTime: number;
}

export interface Span {
  readonly spanId: number;
  readonly parentSpanId: number;
  readonly segmentId: string;
  readonly refs: readonly { readonly parentSegmentId: string; readonly parentSpanId: number }[];
  readonly startTime: number;
  readonly endTime: number;
  readonly endpointName: string | null;
  readonly type: string;
  readonly peer: string | null;
  readonly component: string | null;
  readonly isError: boolean | null;
  readonly layer: string | null;
  readonly tags: readonly { readonly key: string; readonly value: string | null }[];
  readonly profiled: boolean;
}

export interface ProfiledRequest {
  readonly traceId: string;
  readonly instanceName: string;
  readonly endpointNames: readonly string[];
  readonly duration: number;
  readonly start: string;
  readonly spans: readonly Span[];
}

export interface TaskRequest {
  readonly serviceId: string;
  readonly endpointName: string;
  readonly duration: number;
  readonly minDurationThreshold: number;
  readonly dumpPeriod: number;
  readonly maxSamplingCount: number;
}

/** All services with their endpoints. */
export function getOverview(): Promise<Overview> {
  return getJson("/page/overview");
}

/** A segment's snapshots by ascending sequence. */
export async function getSnapshots(segmentId: string): Promise<readonly StackSnapshot[]> {
  const path = `/page/snapshots?segmentId=${encodeURIComponent(segmentId)}`;
  const { signatures, stacks, snapshots } = await getJson<Recording>(path);
  // One array object for a stack, which makes comparing them cheap.
  const read = stacks.map((frames) => frames.map((index) => signatures[index] ?? ""));
  return snapshots.map(([time, sequence, stack]) => ({ time, sequence, stack: read[stack] ?? [] }));
}

const TASK = `id serviceId serviceName endpointName startTime duration minDurationThreshold dumpPeriod
  maxSamplingCount logs { instanceId instanceName operationType operationTime }`;

/** All tasks; the one that starts last comes first. */
export async function getTasks(): Promise<readonly Task[]> {
  return await ask<readonly Task[]>(`{ result: getProfileTaskList { ${TASK} } }`);
}

/** The requests that a task caught, the slowest first. */
export async function getProfiledRequests(taskId: string): Promise<readonly ProfiledRequest[]> {
  const found = await ask<readonly ProfiledRequest[]>(
    `query ($id: ID!) { result: getProfileTaskSegments(taskID: $id) {
      traceId instanceName endpointNames duration start
      spans { spanId parentSpanId segmentId refs { parentSegmentId parentSpanId } startTime endTime
        endpointName type peer component isError layer tags { key value } profiled }
    } }`,
    { id: taskId },
  );
  return found.toSorted((a, b) => b.duration - a.duration);
}

/**
 * Creates a task.
 *
 * @returns its id
 * @throws {Error} with the backend's own words
 */
export async function createTask(request: TaskRequest): Promise<string> {
  const { id, errorReason } = await ask<{ id: string | null; errorReason: string | null }>(
    `mutation ($request: ProfileTaskCreationRequest) {
      result: createProfileTask(creationRequest: $request) { id errorReason }
    }`,
    { request },
  );
  if (id === null) throw new Error(errorReason ?? "The backend created no task");
  return id;
}

async function ask<T>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<T> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as {
    readonly data?: { readonly result: T };
    readonly errors?: readonly { readonly message: string }[];
  };
  if (data === undefined || errors?.length) {
    throw new Error(
      errors?.map(({ message }) => message).join("; ") || `The backend answered ${response.status}`,
    );
  }
  return data.result;
}

async function getJson<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`The backend answered ${response.status}`);
  return (await response.json()) as T;
}
