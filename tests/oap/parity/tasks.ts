// SPDX-License-Identifier: Apache-2.0

import { serviceIdOf } from "../../../lib/oap/ids.ts";
import { timeText } from "../../support/time_text.ts";
import { askFor } from "../support.ts";
import { byKey, type Comparison, create, type Side } from "./comparison.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const TASK = `id serviceId serviceName endpointName startTime duration minDurationThreshold dumpPeriod maxSamplingCount`;

/** Limits, their order, and when tasks of a service are in each other's way. */
export async function compareCreations(comparison: Comparison): Promise<void> {
  const { noon, random } = comparison;
  const numbers = {
    duration: [-1, 0, 1, 15, 16],
    minDurationThreshold: [-1, 0],
    dumpPeriod: [9, 10],
    maxSamplingCount: [0, 1, 9, 10],
  };
  const options: Record<string, unknown>[] = [
    { endpointName: "" },
    { endpointName: " \t" },
    { endpointName: " a " },
  ];
  for (const [key, list] of Object.entries(numbers)) options.push(...list.map((value) => ({ [key]: value })));
  for (let n = 0; n < 60; n++) {
    const wrong = Object.entries(numbers).map(([key, list]) => [key, list[random(list.length)]]);
    options.push(Object.fromEntries([...wrong, ["endpointName", random(4) === 0 ? "" : "a"]]));
  }
  for (const [index, option] of options.entries()) {
    const request = comparison.request(`limits-${index}`, option);
    await comparison.once(`creation ${JSON.stringify(option)}`, async (side) => {
      const { id, errorReason } = await create(side, request);
      return errorReason ?? (id !== null && "created");
    });
  }
  // One service: its last task that starts by the minute of the new one's end is in the way or not.
  const minute = Math.ceil(noon / MINUTE_MS) * MINUTE_MS;
  const starts: [start: number, minutes: number][] = [
    [minute + 30_000, 1],
    [minute + 90_000, 1],
    [minute + 90_001, 1],
    [minute - 60_000, 1],
    [minute - 60_001, 1],
    [minute + 60 * MINUTE_MS, 15],
    [minute + 30 * MINUTE_MS, 15],
    [minute + 45 * MINUTE_MS, 5],
  ];
  for (let n = 0; n < 25; n++) starts.push([minute + random(240) * 15_000, 1 + random(15)]);
  for (const [index, [startTime, duration]] of starts.entries()) {
    const request = comparison.request("overlap", { startTime, duration });
    await comparison.once(`overlap ${index}`, async (side) => (await create(side, request)).errorReason);
  }
  await comparison.settled("list of tasks", async (side) => {
    const tasks = await askFor<{ id: string }[]>(
      side.url,
      `query($s: ID) { getProfileTaskList(serviceId: $s) { ${TASK} } }`,
      {
        s: serviceIdOf(comparison.name("overlap")),
      },
    );
    return tasks.map(({ id, ...task }) => ({ ...task, id: id.replace(/^\d+/, "") }));
  });
}

/** What an agent is told of a task, what is logged of it, and what an instance tells of itself. */
export async function compareCommands(comparison: Comparison): Promise<void> {
  const service = comparison.name("commands");
  const names = { service, serviceInstance: "i-1" };
  await comparison.onBoth((side) =>
    side.agent.management.reportInstanceProperties({
      ...names,
      properties: [
        { key: "language", value: "nodejs" },
        { key: "ipv4", value: "10.0.0.1" },
        { key: "ipv4", value: "10.0.0.2" },
        { key: "OS Name", value: "Linux" },
      ],
    }),
  );
  await comparison.onBoth((side) => side.agent.management.keepAlive(names));
  const tasks = await comparison.createTasks("commands", { minDurationThreshold: 7 });
  const told = new Map<Side, unknown>();
  await comparison.settled("command", async (side) => {
    if (told.has(side)) return told.get(side);
    const { commands } = await side.agent.profile.getProfileTaskCommands({ ...names, lastCommandTime: 0n });
    if (commands.length === 0) return undefined;
    const own = new Set(["SerialNumber", "TaskId", "CreateTime"]);
    const shown = commands.map(({ command, args }) => ({
      command,
      args: args.map(({ key, value }) => [key, own.has(key) ? "" : value]),
    }));
    told.set(side, shown);
    return shown;
  });
  await comparison.onBoth((side) =>
    side.agent.profile.reportTaskFinish({ ...names, taskId: tasks.get(side) ?? "" }),
  );
  await comparison.settled("logs", async (side) => {
    const logs = await askFor<{ id: string }[]>(
      side.url,
      "query($t: String) { getProfileTaskLogs(taskID: $t) { id instanceId instanceName operationType } }",
      { t: tasks.get(side) },
    );
    // The real backend on H2 puts the table's name in front.
    const plain = (id: string) => id.replace("profile_task_log_", "").replaceAll(/\d{13}/g, "");
    return logs.map(({ id, ...log }) => ({ ...log, id: plain(id) }));
  });
  await comparison.settled("instance", async (side) => {
    const instances = await askFor<{ instanceUUID: string; attributes: { name: string }[] }[]>(
      side.url,
      `query($s: ID!, $d: Duration!) { listInstances(serviceId: $s, duration: $d) {
        id name language instanceUUID attributes { name value }
      } }`,
      {
        s: serviceIdOf(service),
        d: {
          start: timeText(comparison.now - DAY_MS, "DAY"),
          end: timeText(comparison.now + DAY_MS, "DAY"),
          step: "DAY",
        },
      },
    );
    return instances.map((one) => ({ ...one, attributes: byKey(one.attributes, ({ name }) => name) }));
  });
}
