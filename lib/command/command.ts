// SPDX-License-Identifier: Apache-2.0

/** A command as the backend sends it: a name and texts. */
export interface PlainCommand {
  readonly command: string;
  readonly args: readonly { readonly key: string; readonly value: string }[];
}

/** Profile the requests of one endpoint for a while. Not checked yet beyond being readable. */
export interface ProfileTaskCommand {
  readonly kind: "profile-task";
  readonly taskId: string;
  /** The operation name of the first span of the segments to profile. */
  readonly endpointName: string;
  readonly durationMs: number;
  /** Only segments that still run after this time are profiled; in milliseconds. */
  readonly minDurationThresholdMs: number;
  readonly dumpPeriodMs: number;
  /** The most segments to profile. */
  readonly maxSamplingCount: number;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  /** Milliseconds since 1970. */
  readonly createTime: number;
}

/** A command this agent does not know: a newer backend may have more. */
export interface UnknownCommand {
  readonly kind: "unknown";
  readonly name: string;
}

/** What the backend may ask the agent to do. */
export type Command = ProfileTaskCommand | UnknownCommand;
