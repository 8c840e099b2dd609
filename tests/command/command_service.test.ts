// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import type { Command, PlainCommand } from "../../lib/command/command.ts";
import { CommandService } from "../../lib/command/command_service.ts";
import { createLogger } from "../../lib/log.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

function profileTask(taskId: string, createTime: number | string): PlainCommand {
  const args = {
    TaskId: taskId,
    EndpointName: "GET:/",
    Duration: "1",
    MinDurationThreshold: "0",
    DumpPeriod: "10",
    MaxSamplingCount: "1",
    StartTime: "1",
    CreateTime: String(createTime),
  };
  return { command: "ProfileTaskQuery", args: Object.entries(args).map(([key, value]) => ({ key, value })) };
}

/** A service whose backend answers with `answers` in turn, and then with nothing. */
function setup(answers: (readonly PlainCommand[] | Error | Promise<readonly PlainCommand[]>)[] = []) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const asked: number[] = [];
  const dispatched: Command[] = [];
  const state = { failure: undefined as Error | undefined };
  const service = new CommandService({
    async fetch(lastCommandTime) {
      asked.push(lastCommandTime);
      const answer = answers.shift() ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    dispatcher: {
      dispatch(command) {
        dispatched.push(command);
        if (state.failure) throw state.failure;
      },
    },
    intervalMs: 20_000,
    clock,
    timers: clock,
    random: () => 1,
    log: createLogger({ level: "debug", write: (line) => lines.push(line), now: () => clock.now() }),
  });
  const taskIds = () => dispatched.map((command) => (command.kind === "profile-task" ? command.taskId : "?"));
  return { clock, lines, asked, dispatched, taskIds, state, service };
}

describe("CommandService", () => {
  test("asks at once and then at every interval", async () => {
    const { clock, asked, service } = setup();
    service.start();
    expect(asked.length).toBe(1);
    await settle();
    await clock.advanceAsync(19_999);
    expect(asked.length).toBe(1);
    await clock.advanceAsync(1);
    expect(asked.length).toBe(2);
    await clock.advanceAsync(20_000);
    expect(asked.length).toBe(3);
  });

  test("does not ask again while a question is open", async () => {
    const answer = Promise.withResolvers<readonly PlainCommand[]>();
    const { clock, asked, service } = setup([answer.promise]);
    service.start();
    service.start();
    await clock.advanceAsync(200_000, 20_000);
    expect(asked.length).toBe(1);
    answer.resolve([]);
    await settle();
    await clock.advanceAsync(20_000);
    expect(asked.length).toBe(2);
  });

  test("asks for what came after the latest create time, in whatever order it came", async () => {
    const { clock, asked, taskIds, service } = setup([[profileTask("b", 9), profileTask("a", 5)]]);
    service.start();
    await settle();
    await clock.advanceAsync(20_000);
    expect(taskIds()).toEqual(["b", "a"]);
    expect(asked).toEqual([0, 9]);
  });

  test("moves on past commands that are refused, unknown or fail", async () => {
    const refused = profileTask("", 7);
    const broken = { ...refused, args: refused.args.filter(({ key }) => key !== "Duration") };
    const unknown = { command: "Other", args: [{ key: "CreateTime", value: "8" }] };
    const { clock, asked, lines, state, dispatched, service } = setup([
      [broken],
      [unknown],
      [profileTask("a", 9)],
    ]);
    state.failure = new Error("no room");
    service.start();
    await settle();
    await clock.advanceAsync(60_000, 20_000);
    expect(asked).toEqual([0, 7, 8, 9]);
    expect(dispatched.map(({ kind }) => kind)).toEqual(["unknown", "profile-task"]);
    expect(lines).toEqual([
      "[sw-agent] WARN Cannot read the command ProfileTaskQuery: Duration is missing",
      "[sw-agent] ERROR Cannot execute the command Other: no room",
      "[sw-agent] ERROR Cannot execute the command ProfileTaskQuery: no room",
    ]);
  });

  test("survives commands of every bad kind and still executes the good one behind them", async () => {
    const bad = [
      undefined,
      null,
      {},
      { command: "ProfileTaskQuery" },
      { command: "ProfileTaskQuery", args: null },
      { command: "ProfileTaskQuery", args: [null] },
      { command: "ProfileTaskQuery", args: [] },
      profileTask("x", "NaN"),
      profileTask("x", "9".repeat(400)),
    ] as PlainCommand[];
    const { clock, asked, taskIds, service } = setup([
      [...bad, profileTask("good", 5)],
      [profileTask("next", 6)],
    ]);
    service.start();
    await settle();
    await clock.advanceAsync(20_000);
    expect(taskIds()).toEqual(["good", "next"]);
    expect(asked).toEqual([0, 5]);
  });

  test("an answer that is no list counts as a failure", async () => {
    const { clock, asked, lines, service } = setup([{} as PlainCommand[]]);
    service.start();
    await settle();
    expect(lines.length).toBe(1);
    await clock.advanceAsync(20_000);
    expect(asked.length).toBe(2);
  });

  test("a create time more than a day ahead does not make it deaf", async () => {
    const inTime = new FakeClock().wall() + 24 * 3_600_000;
    const { clock, asked, taskIds, service } = setup([
      [profileTask("far", inTime + 1), profileTask("near", inTime)],
    ]);
    service.start();
    await settle();
    await clock.advanceAsync(20_000);
    expect(taskIds()).toEqual(["far", "near"]);
    expect(asked).toEqual([0, inTime]);
  });

  test("executes a task once however often it is sent, and remembers the latest 64", async () => {
    const many = Array.from({ length: 64 }, (_, i) => profileTask(`t${i}`, i + 1));
    const again = profileTask("t0", 1);
    const { clock, taskIds, service } = setup([many, [again], [profileTask("t64", 65), again]]);
    service.start();
    await settle();
    await clock.advanceAsync(20_000);
    expect(taskIds().length).toBe(64);
    await clock.advanceAsync(20_000);
    expect(taskIds().slice(64)).toEqual(["t64", "t0"]);
  });

  test("pauses longer after failures, three intervals at most, and recovers", async () => {
    const down = () => new Error("unavailable");
    const { clock, asked, lines, service } = setup([down(), down(), down(), down(), [], down()]);
    service.start();
    await settle();
    for (const pause of [20_000, 40_000, 60_000, 60_000, 20_000, 20_000]) {
      const before = asked.length;
      await clock.advanceAsync(pause - 1);
      expect(asked.length).toBe(before);
      await clock.advanceAsync(1);
      expect(asked.length).toBe(before + 1);
    }
    expect(lines[0]).toBe("[sw-agent] WARN Cannot fetch commands: unavailable");
    expect(lines.length).toBeLessThan(5);
  });

  test("says nothing and does nothing after stop, not even with an answer on its way", async () => {
    const answer = Promise.withResolvers<readonly PlainCommand[]>();
    const { clock, asked, lines, dispatched, service } = setup([answer.promise]);
    service.start();
    service.stop();
    service.stop();
    answer.resolve([profileTask("a", 1)]);
    await settle();
    await clock.advanceAsync(100_000, 20_000);
    service.start();
    expect([asked.length, lines.length, dispatched.length, clock.pending]).toEqual([1, 0, 0, 0]);
  });

  test("a failure that comes after stop is not told", async () => {
    const answer = Promise.withResolvers<readonly PlainCommand[]>();
    const { clock, lines, service } = setup([answer.promise]);
    service.start();
    service.stop();
    answer.reject(new Error("closed"));
    await settle();
    expect([lines.length, clock.pending]).toEqual([0, 0]);
  });

  test("stop between two questions takes the timer away", async () => {
    const { clock, asked, service } = setup();
    service.start();
    await settle();
    expect(clock.pending).toBe(1);
    service.stop();
    expect(clock.pending).toBe(0);
    await clock.advanceAsync(20_000);
    expect(asked.length).toBe(1);
  });
});
