// SPDX-License-Identifier: Apache-2.0

/** The input `Duration` of the schema: both ends count, in the backend's own time zone. */
export interface Duration {
  readonly start: string;
  readonly end: string;
  readonly step: keyof typeof FORMATS;
}

/** Both ends are milliseconds since 1970; `end` is the first instant that is no longer part of it. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** How a client writes a time, by the step. */
const FORMATS = {
  DAY: { text: "yyyy-MM-dd", pattern: /^(\d{4})-(\d\d)-(\d\d)$/ },
  HOUR: { text: "yyyy-MM-dd HH", pattern: /^(\d{4})-(\d\d)-(\d\d) (\d\d)$/ },
  MINUTE: { text: "yyyy-MM-dd HHmm", pattern: /^(\d{4})-(\d\d)-(\d\d) (\d\d)(\d\d)$/ },
  SECOND: { text: "yyyy-MM-dd HHmmss", pattern: /^(\d{4})-(\d\d)-(\d\d) (\d\d)(\d\d)(\d\d)$/ },
} as const;

/**
 * Reads a duration. The end counts as a whole: `2024-05-01 10` by the hour ends with that hour.
 *
 * @throws {RangeError} if a time is not in the form of its step
 */
export function timeRangeOf({ start, end, step }: Duration): TimeRange {
  return { start: timeOf(start, step, 0), end: timeOf(end, step, 1) };
}

/** The start of the step that the text names, or of one that many steps later. */
function timeOf(text: string, step: Duration["step"], later: number): number {
  const { text: format, pattern } = FORMATS[step];
  const match = pattern.exec(text);
  if (match === null)
    throw new RangeError(`Cannot read the time "${text}": its step ${step} asks for ${format}`);
  const fields = match.slice(1).map(Number);
  const [year = 0, month = 0, ...rest] = fields;
  // What is left out is 0, and the last one given is the step's own.
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map((value, index) =>
    index === rest.length - 1 ? value + later : value,
  );
  return new Date(year, month - 1, day, hour, minute, second).getTime();
}

/** The time zone of the backend as the schema writes it: `+0800`. */
export function timeZoneOf(time: number): string {
  const minutes = -new Date(time).getTimezoneOffset();
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}${two(Math.abs(minutes) % 60)}`;
}
