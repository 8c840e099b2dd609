// SPDX-License-Identifier: Apache-2.0

const pad = (value: number) => String(value).padStart(2, "0");

/** A time, in milliseconds since 1970, as a client of a backend writes it; in this process's time zone. */
export function timeText(time: number, step: "DAY" | "HOUR" | "MINUTE" | "SECOND"): string {
  const date = new Date(time);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(pad).join("-");
  const fields = [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad);
  const count = { DAY: 0, HOUR: 1, MINUTE: 2, SECOND: 3 }[step];
  return count === 0 ? day : `${day} ${fields.slice(0, count).join("")}`;
}
