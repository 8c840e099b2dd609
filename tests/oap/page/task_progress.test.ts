// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import type { TaskLog } from "../../../lib/oap/page/api.ts";
import { progressOf } from "../../../lib/oap/page/task_progress.ts";

const START = 1_700_000_000_000;
const MINUTE = 60_000;

function at(
  minutes: number,
  ...logs: readonly [instance: string, type: TaskLog["operationType"], minute: number][]
) {
  const task = {
    startTime: START,
    duration: 5,
    logs: logs.map(([instanceId, operationType, minute]) => ({
      instanceId,
      instanceName: instanceId,
      operationType,
      operationTime: START + minute * MINUTE,
    })),
  };
  return progressOf(task, START + minutes * MINUTE);
}

test("a task that starts later is scheduled", () => {
  expect(at(-1)).toMatchObject({ state: "scheduled", title: "starts in 1 min", share: 0 });
});

test("a task that nobody has waits for an agent until its end", () => {
  expect(at(1)).toMatchObject({ state: "waiting", share: 0.2 });
  expect(at(4.999)).toMatchObject({ state: "waiting" });
  expect(at(5)).toMatchObject({ state: "finished", share: 1, notified: [] });
});

test("a task runs while an instance that has it has not finished", () => {
  const notified = ["a", "NOTIFIED", 0.5] as const;
  expect(at(1, [...notified])).toMatchObject({ state: "running", title: "1 instance on it, 4 min left" });
  const one = at(2, [...notified], ["b", "NOTIFIED", 1], ["a", "EXECUTION_FINISHED", 2]);
  expect(one.state).toBe("running");
  expect(one.notified).toEqual([
    {
      instanceId: "a",
      instanceName: "a",
      notifiedAt: START + 0.5 * MINUTE,
      finishedAt: START + 2 * MINUTE,
    },
    { instanceId: "b", instanceName: "b", notifiedAt: START + MINUTE, finishedAt: undefined },
  ]);
  const all = at(
    3,
    ["b", "EXECUTION_FINISHED", 3],
    [...notified],
    ["a", "EXECUTION_FINISHED", 2],
    ["b", "NOTIFIED", 1],
  );
  expect(all).toMatchObject({ state: "finished", share: 1 });
});

test("an instance that is told again keeps its first time", () => {
  expect(at(2, ["a", "NOTIFIED", 1], ["a", "NOTIFIED", 0.5]).notified).toMatchObject([
    { notifiedAt: START + 0.5 * MINUTE },
  ]);
});
