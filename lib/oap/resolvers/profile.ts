// SPDX-License-Identifier: Apache-2.0

import { type AnalyzeQuery, analyze } from "../analyzer.ts";
import { instanceNameOf, serviceNameOf } from "../ids.ts";
import type { Task, TaskLog, TaskRequest } from "../model.ts";
import { type ProfiledRequest, profiledRequests } from "../profiled_segments.ts";
import type { Store } from "../store.ts";
import type { Resolvers } from "./resolver.ts";
import { type SpanView, toSpanView } from "./trace.ts";

interface CreationRequest extends Omit<TaskRequest, "startTime"> {
  readonly startTime?: number | null;
}

/** Creates profile tasks, and answers what they caught. */
export function profileResolvers(store: Store): Resolvers {
  return {
    createProfileTask: ({ creationRequest }: { creationRequest?: CreationRequest | null }) => {
      // The schema of SkyWalking lets it be null, where it then fails too.
      if (!creationRequest) throw new TypeError("Cannot create a profile task: creationRequest is null");
      const result = store.createTask({
        ...creationRequest,
        startTime: creationRequest.startTime ?? undefined,
      });
      return "task" in result ? { id: result.task.id } : result;
    },
    getProfileTaskList: (args: { serviceId?: string | null; endpointName?: string | null }) =>
      store
        .tasks(args.serviceId || undefined)
        .filter(({ endpointName }) => !args.endpointName || endpointName === args.endpointName)
        .map((task) => toTask(task, store.taskLogs(task.id))),
    getProfileTaskLogs: ({ taskID }: { taskID?: string | null }) =>
      store.taskLogs(taskID ?? "").map(toTaskLog),
    getProfileTaskSegments: ({ taskID }: { taskID: string }) =>
      profiledRequests(store.profiledSegmentIds(taskID), store).map(toTraceSegments),
    getSegmentsProfileAnalyze: ({ queries }: { queries: readonly AnalyzeQuery[] }) =>
      analyze(queries, (segmentId) => store.snapshots(segmentId)),
  };
}

interface TaskView extends Task {
  readonly serviceName: string;
  readonly logs: readonly TaskLogView[];
}

function toTask(task: Task, logs: readonly TaskLog[]): TaskView {
  return { ...task, serviceName: serviceNameOf(task.serviceId), logs: logs.map(toTaskLog) };
}

interface TaskLogView extends TaskLog {
  readonly id: string;
  readonly instanceName: string;
}

/** The numbers of the operations within a log's id. */
const OPERATION_CODES: Readonly<Record<TaskLog["operationType"], number>> = {
  NOTIFIED: 1,
  EXECUTION_FINISHED: 2,
};

function toTaskLog(log: TaskLog): TaskLogView {
  const { taskId, instanceId, operationType, operationTime } = log;
  return {
    ...log,
    id: `${taskId}_${instanceId}_${OPERATION_CODES[operationType]}_${operationTime}`,
    instanceName: instanceNameOf(instanceId),
  };
}

interface TraceSegmentsView extends Omit<ProfiledRequest, "spans" | "startTime"> {
  /** Milliseconds since 1970; a string in this place of the schema only. */
  readonly start: string;
  readonly spans: readonly (SpanView & { readonly profiled: boolean })[];
}

function toTraceSegments({ spans, startTime, ...request }: ProfiledRequest): TraceSegmentsView {
  return {
    ...request,
    start: String(startTime),
    spans: spans.map(({ segment, span, refs, profiled }) => ({
      ...toSpanView(segment, span),
      refs,
      profiled,
    })),
  };
}
