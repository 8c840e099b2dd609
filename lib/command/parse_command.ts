// SPDX-License-Identifier: Apache-2.0
import type { Command, PlainCommand } from "./command.ts";

/**
 * What came of reading a command. `createTime`, milliseconds since 1970, is told for a refused command too
 * where it is readable: the backend sends a command again until the agent asks for later ones.
 */
export type ParsedCommand =
  | { readonly kind: "command"; readonly command: Command; readonly createTime: number | undefined }
  | { readonly kind: "refusal"; readonly reason: string; readonly createTime: number | undefined };

const MINUTE_MS = 60_000;

/** Reads a command's texts. Units become milliseconds here; nothing further in knows of minutes. */
export function parseCommand(plain: PlainCommand): ParsedCommand {
  const args = new Map(plain.args.map(({ key, value }) => [key, value]));
  const createTime = toInteger(args.get("CreateTime"));
  if (plain.command !== "ProfileTaskQuery") {
    return { kind: "command", command: { kind: "unknown", name: plain.command }, createTime };
  }

  const problems: string[] = [];
  const text = (key: string): string => {
    const value = args.get(key);
    if (value === undefined) problems.push(`${key} is missing`);
    return value ?? "";
  };
  const integer = (key: string): number => {
    const value = text(key);
    const number = toInteger(value);
    if (args.has(key) && number === undefined) problems.push(`${key} is ${quote(value)}`);
    return number ?? 0;
  };
  const command: Command = {
    kind: "profile-task",
    taskId: text("TaskId"),
    endpointName: text("EndpointName"),
    durationMs: integer("Duration") * MINUTE_MS,
    minDurationThresholdMs: integer("MinDurationThreshold"),
    dumpPeriodMs: integer("DumpPeriod"),
    maxSamplingCount: integer("MaxSamplingCount"),
    startTime: integer("StartTime"),
    createTime: integer("CreateTime"),
  };
  if (problems.length === 0) return { kind: "command", command, createTime };
  return { kind: "refusal", reason: problems.join(", "), createTime };
}

/** A decimal integer that a number holds exactly. */
function toInteger(value: string | undefined): number | undefined {
  if (value === undefined || !/^-?\d+$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
