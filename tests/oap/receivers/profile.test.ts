// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { serviceIdOf } from "../../../lib/oap/ids.ts";
import { type Oap, startOap } from "../../../lib/oap/mod.ts";
import { type AgentClient, askFor, createTask, grpcClient, streamOf } from "../support.ts";

const START = 1_700_000_000_000;
const MINUTE_MS = 60_000;

let now = START;
let oap: Oap;
let url: string;
let agent: AgentClient;

beforeAll(async () => {
  oap = await startOap({ now: () => now });
  url = `http://127.0.0.1:${oap.restPort}/graphql`;
  agent = grpcClient(oap.grpcPort);
});
afterAll(() => oap.close());

async function commandsFor(service: string, lastCommandTime = 0): Promise<Record<string, string>[]> {
  const { commands } = await agent.profile.getProfileTaskCommands({
    service,
    serviceInstance: "i",
    lastCommandTime: BigInt(lastCommandTime),
  });
  return commands.map(({ command, args }) => ({
    command,
    ...Object.fromEntries(args.map(({ key, value }) => [key, value])),
  }));
}

describe("commands", () => {
  test("a task is told with all of its arguments as text, in the protocol's order", async () => {
    const taskId = await createTask(url, "args", { startTime: START + MINUTE_MS, minDurationThreshold: 500 });
    const [first] = await commandsFor("args");
    const { SerialNumber, ...rest } = first ?? {};
    expect(SerialNumber).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const createTime = taskId.slice(0, taskId.indexOf("_"));
    expect(Object.entries(rest)).toEqual(
      Object.entries({
        command: "ProfileTaskQuery",
        TaskId: taskId,
        EndpointName: "POST:/buy",
        Duration: "5",
        MinDurationThreshold: "500",
        DumpPeriod: "10",
        MaxSamplingCount: "3",
        StartTime: String(START + MINUTE_MS),
        CreateTime: createTime,
      }),
    );
    const [second] = await commandsFor("args");
    expect(second?.SerialNumber).not.toBe(SerialNumber);
  });

  test("only what was created after the last command's time is told, and each time is logged", async () => {
    const taskId = await createTask(url, "polls");
    const createTime = Number(taskId.slice(0, taskId.indexOf("_")));
    expect(await commandsFor("polls", createTime - 1)).toHaveLength(1);
    expect(await commandsFor("polls", createTime)).toEqual([]);
    expect(await commandsFor("polls", 0)).toHaveLength(1);
    expect(await commandsFor("another service")).toEqual([]);
    const logs = await askFor<unknown[]>(
      url,
      "query($t: String) { getProfileTaskLogs(taskID: $t) { id operationType operationTime } }",
      { t: taskId },
    );
    expect(logs).toHaveLength(2);
    expect(logs[0]).toEqual({
      id: `${taskId}_${serviceIdOf("polls")}_aQ==_1_${START}`,
      operationType: "NOTIFIED",
      operationTime: START,
    });
  });

  test("a task is told until its end and not at it", async () => {
    await createTask(url, "ends", { duration: 1 });
    try {
      now = START + MINUTE_MS - 1;
      expect(await commandsFor("ends")).toHaveLength(1);
      now = START + MINUTE_MS;
      expect(await commandsFor("ends")).toEqual([]);
    } finally {
      now = START;
    }
  });

  test("the finish of an unknown task is ignored", async () => {
    await agent.profile.reportTaskFinish({ service: "s", serviceInstance: "i", taskId: "none" });
    expect(await askFor<unknown[]>(url, '{ getProfileTaskLogs(taskID: "none") { id } }')).toEqual([]);
  });

  test("a profile of Go is accepted and has no effect", async () => {
    const answer = await agent.profile.goProfileReport(streamOf([{ taskId: "t", isLast: true }]));
    expect(answer.commands).toEqual([]);
  });
});
