// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { parseCommand } from "../../lib/command/parse_command.ts";

const ARGS: Readonly<Record<string, string>> = {
  SerialNumber: "a1b2",
  TaskId: "1700000000000_c2VydmVy.1",
  EndpointName: "POST:/",
  Duration: "5",
  MinDurationThreshold: "500",
  DumpPeriod: "10",
  MaxSamplingCount: "3",
  StartTime: "1700000001000",
  CreateTime: "1700000000000",
};

function profileTask(changes: Record<string, string | undefined> = {}) {
  const args = Object.entries({ ...ARGS, ...changes }).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value }],
  );
  return parseCommand({ command: "ProfileTaskQuery", args });
}

describe("parseCommand", () => {
  test("reads a profile task and turns minutes into milliseconds", () => {
    expect(profileTask()).toEqual({
      kind: "command",
      command: {
        kind: "profile-task",
        taskId: "1700000000000_c2VydmVy.1",
        endpointName: "POST:/",
        durationMs: 300_000,
        minDurationThresholdMs: 500,
        dumpPeriodMs: 10,
        maxSamplingCount: 3,
        startTime: 1_700_000_001_000,
        createTime: 1_700_000_000_000,
      },
      createTime: 1_700_000_000_000,
    });
  });

  test("needs no serial number and takes arguments it does not know", () => {
    expect(profileTask({ SerialNumber: undefined, Extra: "x" }).kind).toBe("command");
  });

  test("keeps an unknown command as such, with its create time", () => {
    const args = [{ key: "CreateTime", value: "7" }];
    expect(parseCommand({ command: "PprofTaskQuery", args })).toEqual({
      kind: "command",
      command: { kind: "unknown", name: "PprofTaskQuery" },
      createTime: 7,
    });
    expect(parseCommand({ command: "", args: [] })).toEqual({
      kind: "command",
      command: { kind: "unknown", name: "" },
      createTime: undefined,
    });
  });

  for (const key of Object.keys(ARGS).filter((name) => name !== "SerialNumber")) {
    test(`refuses a task without ${key}`, () => {
      const parsed = profileTask({ [key]: undefined });
      expect(parsed).toEqual({
        kind: "refusal",
        reason: `${key} is missing`,
        createTime: key === "CreateTime" ? undefined : 1_700_000_000_000,
      });
    });
  }

  const bad = [
    "",
    " ",
    "abc",
    "NaN",
    "Infinity",
    "1.5",
    "1e3",
    "0x10",
    "5 ",
    "--5",
    "9".repeat(400),
    "9007199254740992",
  ];
  for (const key of ["Duration", "MinDurationThreshold", "DumpPeriod", "MaxSamplingCount", "StartTime"]) {
    test(`refuses a ${key} that is no integer, and keeps the create time`, () => {
      for (const value of bad) {
        const parsed = profileTask({ [key]: value });
        expect(parsed.kind).toBe("refusal");
        expect(parsed.createTime).toBe(1_700_000_000_000);
        if (parsed.kind === "refusal") expect(parsed.reason).toStartWith(`${key} is "`);
        if (parsed.kind === "refusal") expect(parsed.reason.length).toBeLessThan(80);
      }
    });
  }

  test("refuses an unreadable create time, and tells none", () => {
    for (const value of bad) {
      expect(profileTask({ CreateTime: value })).toMatchObject({ kind: "refusal", createTime: undefined });
    }
  });

  test("names all that is wrong at once", () => {
    expect(profileTask({ TaskId: undefined, Duration: "x" })).toMatchObject({
      reason: 'TaskId is missing, Duration is "x"',
    });
  });

  test("leaves the judgement of readable numbers to the task", () => {
    expect(profileTask({ Duration: "-1", MaxSamplingCount: "9007199254740991" })).toMatchObject({
      kind: "command",
      command: { durationMs: -60_000, maxSamplingCount: Number.MAX_SAFE_INTEGER },
    });
  });
});
