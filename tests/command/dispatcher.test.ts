// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import type { ProfileTaskCommand } from "../../lib/command/command.ts";
import { Dispatcher } from "../../lib/command/dispatcher.ts";
import { createLogger } from "../../lib/log.ts";

const task: ProfileTaskCommand = {
  kind: "profile-task",
  taskId: "1",
  endpointName: "GET:/",
  durationMs: 60_000,
  minDurationThresholdMs: 0,
  dumpPeriodMs: 10,
  maxSamplingCount: 1,
  startTime: 1,
  createTime: 1,
};

test("hands a command to its executor and drops unknown ones with a note", () => {
  const lines: string[] = [];
  const executed: ProfileTaskCommand[] = [];
  const log = createLogger({ level: "debug", write: (line) => lines.push(line), now: () => 0 });
  const dispatcher = new Dispatcher({ profileTask: (command) => executed.push(command) }, log);
  dispatcher.dispatch({ kind: "unknown", name: "PprofTaskQuery" });
  dispatcher.dispatch(task);
  expect(executed).toEqual([task]);
  expect(lines).toEqual(["[sw-agent] DEBUG Cannot execute the command PprofTaskQuery: it is unknown"]);
});
