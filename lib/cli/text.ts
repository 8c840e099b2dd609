// SPDX-License-Identifier: Apache-2.0
/**
 * Text for a terminal. Names come from other processes, so they may hold anything.
 *
 * @module
 */

/** Characters that take two columns: those of East Asia in their wide form, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** A text without what a terminal would obey: no name can move the cursor, set a title, or turn the text around. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, "\ufffd");
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** Cuts the middle out of a text that is too wide: both ends tell more. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  const characters = [...text];
  const room = width - 1;
  const head = fitting(characters, Math.ceil(room / 2));
  const tail = fitting(characters.toReversed(), room - widthOf(head.join("")));
  return `${head.join("")}…${tail.reverse().join("")}`;
}

/** Cuts or fills a text to a width. */
export function fit(text: string, width: number, align: "left" | "right" = "left"): string {
  const shown = cut(text, width);
  const fill = " ".repeat(Math.max(0, width - widthOf(shown)));
  return align === "left" ? shown + fill : fill + shown;
}

/** Local time to the second. */
export function dateText(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A number with what is counted, such as `1 request` and `2 requests`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function fitting(characters: readonly string[], width: number): string[] {
  const found: string[] = [];
  let left = width;
  for (const character of characters) {
    left -= columnsOf(character);
    if (left < 0) break;
    found.push(character);
  }
  return found;
}

function columnsOf(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
