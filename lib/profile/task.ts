// SPDX-License-Identifier: Apache-2.0

/** Profile the requests of one endpoint for a while. */
export interface ProfileTask {
  readonly taskId: string;
  /** The operation name of the first span of the segments to profile, compared exactly. */
  readonly endpointName: string;
  readonly durationMs: number;
  /** Only segments that last at least this long are profiled; in milliseconds, 0 for all. */
  readonly minDurationThresholdMs: number;
  /** The time between two snapshots in milliseconds. */
  readonly dumpPeriodMs: number;
  /** How many segments to profile at most. */
  readonly maxSamplingCount: number;
  /** Milliseconds since 1970. */
  readonly startTime: number;
}

const MINUTE_MS = 60_000;

// The backend's own bounds (OAP `ProfileConstants`). They are checked again here, as the agent pays.
const MIN_DURATION_MS = MINUTE_MS;
const MAX_DURATION_MS = 15 * MINUTE_MS;
const MIN_DUMP_PERIOD_MS = 10;
const MAX_SAMPLING_COUNT = 9;

/** When a task is over, in milliseconds since 1970. */
export function endTime(task: ProfileTask): number {
  return task.startTime + task.durationMs;
}

/** Whether there is an instant at which both tasks run. One may begin when the other ends. */
export function overlap(a: ProfileTask, b: ProfileTask): boolean {
  return a.startTime < endTime(b) && b.startTime < endTime(a);
}

/**
 * Why a task cannot run, or `undefined` if it can.
 *
 * @param now milliseconds since 1970
 */
export function checkTask(task: ProfileTask, now: number): string | undefined {
  const { durationMs, minDurationThresholdMs, dumpPeriodMs, maxSamplingCount } = task;
  if (task.taskId === "") return "it has no id";
  if (task.endpointName === "") return "it has no endpoint";
  if (!(durationMs >= MIN_DURATION_MS && durationMs <= MAX_DURATION_MS)) {
    return `its duration is ${durationMs / MINUTE_MS} min, expected 1 to 15`;
  }
  if (!(minDurationThresholdMs >= 0))
    return `its threshold is ${minDurationThresholdMs} ms, expected 0 or more`;
  if (!(dumpPeriodMs >= MIN_DUMP_PERIOD_MS))
    return `its dump period is ${dumpPeriodMs} ms, expected 10 or more`;
  if (!(maxSamplingCount >= 1 && maxSamplingCount <= MAX_SAMPLING_COUNT)) {
    return `its sampling count is ${maxSamplingCount}, expected 1 to 9`;
  }
  // After a restart the backend sends the tasks of the last minutes again, ended ones too.
  if (!(endTime(task) > now)) return "its time is over";
  return undefined;
}
