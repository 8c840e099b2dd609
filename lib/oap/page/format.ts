// SPDX-License-Identifier: Apache-2.0

/** A duration as a person reads it: `12 ms`, `1.25 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  const rounded = Math.round(ms);
  if (rounded < 1000) return `${rounded} ms`;
  if (rounded < 60_000) return `${(rounded / 1000).toFixed(2)} s`;
  return formatSeconds(Math.round(rounded / 1000));
}

/** A part of a time, exact enough for its length: `5900.4 – 5902 ms`, `20 – 60 ms`, `1.20 s – 3.00 s`. */
export function formatRange(from: number, to: number): string {
  const length = to - from;
  if (length >= 1000) return `${formatMs(from)} – ${formatMs(to)}`;
  const unit = length < 10 ? 10 : 1;
  const rounded = (ms: number) => Math.round(ms * unit) / unit;
  return `${rounded(from)} – ${rounded(to)} ms`;
}

/** Whole seconds: `59 s`, `4 min`, `4 min 3 s`. */
export function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  if (minutes === 0) return `${rest} s`;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** A time of the day to the millisecond, in the reader's zone. */
export function formatTime(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = `${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${seconds}`;
}

/** When something began, to the second: the time of the day if that is today, else with the day. */
export function formatStart(time: number, now: number): string {
  const text = formatTime(time).slice(0, 8);
  const date = new Date(time);
  if (date.toDateString() === new Date(now).toDateString()) return text;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${text}`;
}

/** A part of a whole in percent, with one decimal where a whole number would say too little: 0.4, 9.1, 99.6. */
export function formatShare(part: number, whole: number): string {
  const percent = whole > 0 ? (part / whole) * 100 : 0;
  const isWhole = percent === 0 || percent === 100 || (percent >= 10 && percent < 99.5);
  return `${isWhole ? Math.round(percent) : percent.toFixed(1)} %`;
}

/** A number with its noun. */
export function count(number: number, one: string, many: string = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
