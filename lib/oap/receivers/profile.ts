// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { type CommandSchema, CommandsSchema } from "../../../proto/gen/common_pb.ts";
import type { ProfileTask } from "../../../proto/gen/profile_pb.ts";
import { instanceIdOf, serviceIdOf } from "../ids.ts";
import type { Task } from "../model.ts";
import { endOf } from "../profile_task.ts";
import type { Store } from "../store.ts";

/**
 * Hands out profile tasks and receives what they yield.
 *
 * @param now milliseconds since 1970
 */
export function profileReceiver(store: Store, now: () => number): ServiceImpl<typeof ProfileTask> {
  return {
    /**
     * Differs from SkyWalking in two ways. A task is visible at once: there, a cache makes it wait up to 10 s, or
     * until 5 min before its start, and hides it from agents that start later than 5 min into it. And a
     * task whose end has passed is not handed out: there, an agent that restarts runs it again.
     */
    getProfileTaskCommands({ service, serviceInstance, lastCommandTime }) {
      // The raw name, uncut: so a service whose name is longer than the limit finds no tasks, as in SkyWalking.
      const serviceId = serviceIdOf(service);
      const commands: MessageInitShape<typeof CommandSchema>[] = [];
      for (const task of store.tasks(serviceId)) {
        if (task.createTime <= Number(lastCommandTime) || endOf(task) <= now()) continue;
        store.logTask(task.id, instanceIdOf(serviceId, serviceInstance), "NOTIFIED");
        commands.push(toCommand(task));
      }
      store.commit();
      return create(CommandsSchema, { commands });
    },
    async collectSnapshot(snapshots) {
      for await (const { taskId, traceSegmentId, time, sequence, stack } of snapshots) {
        store.addSnapshot({
          taskId,
          segmentId: traceSegmentId,
          time: Number(time),
          sequence,
          stack: stack?.codeSignatures ?? [],
        });
      }
      store.commit();
      return create(CommandsSchema);
    },
    async goProfileReport(parts) {
      // Profiles of Go are not shown here; reading them keeps such an agent from failing.
      for await (const _ of parts);
      return create(CommandsSchema);
    },
    reportTaskFinish({ service, serviceInstance, taskId }) {
      store.logTask(taskId, instanceIdOf(serviceIdOf(service), serviceInstance), "EXECUTION_FINISHED");
      store.commit();
      return create(CommandsSchema);
    },
  };
}

function toCommand(task: Task): MessageInitShape<typeof CommandSchema> {
  const args = {
    // New in each answer, so it does not tell commands apart: the task's id does.
    SerialNumber: randomUUID(),
    TaskId: task.id,
    EndpointName: task.endpointName,
    Duration: task.duration,
    MinDurationThreshold: task.minDurationThreshold,
    DumpPeriod: task.dumpPeriod,
    MaxSamplingCount: task.maxSamplingCount,
    StartTime: task.startTime,
    CreateTime: task.createTime,
  };
  return {
    command: "ProfileTaskQuery",
    args: Object.entries(args).map(([key, value]) => ({ key, value: String(value) })),
  };
}
