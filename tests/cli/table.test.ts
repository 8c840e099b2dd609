// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { type Column, table } from "../../lib/cli/table.ts";
import { terminalOf } from "../../lib/cli/terminal.ts";
import { cut, fit, plainText, widthOf } from "../../lib/cli/text.ts";

const COLUMNS: readonly Column[] = [
  { title: "id" },
  { title: "name", least: 5 },
  { title: "ms", align: "right", optional: true },
  { title: "note", optional: true },
];
const ROWS = [
  ["1-long-id", "a rather long name", "12", "x"],
  ["2", "short", "1234", "yy"],
];

function drawn(width: number | undefined): string[] {
  return table(COLUMNS, ROWS, { width, hasColor: false });
}

describe("a table", () => {
  const whole = [
    "id         name                  ms  note",
    "1-long-id  a rather long name    12  x",
    "2          short               1234  yy",
  ];

  test("has all in a file, and in a terminal of just its width", () => {
    expect(drawn(undefined)).toEqual(whole);
    expect(drawn(41)).toEqual(whole);
  });

  test("cuts what may be cut", () => {
    expect(drawn(40)[1]).toBe("1-long-id  a rather…ong name    12  x");
    expect(drawn(28)).toEqual([
      "id         name     ms  note",
      "1-long-id  a …me    12  x",
      "2          short  1234  yy",
    ]);
  });

  test("then leaves out what may be left out, the last first", () => {
    expect(drawn(27)).toEqual([
      "id         name          ms",
      "1-long-id  a rat…name    12",
      "2          short       1234",
    ]);
    expect(drawn(21)).toEqual(["id         name", "1-long-id  a rat…name", "2          short"]);
  });

  test("becomes blocks where even that is too wide, so that ids stay whole", () => {
    expect(drawn(16)).toHaveLength(3);
    expect(drawn(15)).toEqual([
      ..."id    1-long-id|name  a rather long name|ms    12|note  x".split("|"),
      "",
      ..."id    2|name  short|ms    1234|note  yy".split("|"),
    ]);
  });

  test("has only its head without rows, which is bold where there are colours", () => {
    expect(table([{ title: "id" }], [], { width: 80, hasColor: true })).toEqual(["\x1b[1mid\x1b[22m"]);
  });

  test("does not obey its cells", () => {
    expect(table([{ title: "id" }], [["\x1b[31m\n"]], { width: 80, hasColor: false })).toEqual([
      "id",
      "\ufffd[31m\ufffd",
    ]);
  });
});

describe("text", () => {
  test("is cut in its middle, to no more than the width", () => {
    expect(cut("0123456789", 10)).toBe("0123456789");
    expect(cut("0123456789", 9)).toBe("0123…6789");
    expect(cut("0123456789", 2)).toBe("0…");
    expect(cut("0123456789", 1)).toBe("…");
    expect(cut("0123456789", 0)).toBe("");
  });

  test("is as wide as a terminal shows it", () => {
    expect(widthOf("価格")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
    expect(widthOf("🚀")).toBe(2);
    expect(cut("価格を読む", 7)).toBe("価…読む");
    expect(fit("価", 4)).toBe("価  ");
    expect(fit("1", 3, "right")).toBe("  1");
  });

  test("loses what turns it around", () => {
    expect(plainText("a\u202eb\u009bc\ttab")).toBe("a\ufffdb\ufffdc\ufffdtab");
  });
});

describe("a terminal", () => {
  const tty = { isTTY: true, columns: 99 };

  test("has its own width; a pipe has none, but for COLUMNS", () => {
    expect(terminalOf(tty, { COLUMNS: "50" }).width).toBe(99);
    expect(terminalOf({ isTTY: true, columns: 0 }, {}).width).toBe(80);
    expect(terminalOf({}, {}).width).toBeUndefined();
    expect(terminalOf({}, { COLUMNS: "50" }).width).toBe(50);
    expect(terminalOf({}, { COLUMNS: "wide" }).width).toBeUndefined();
  });

  test("has colours unless it is none, is dumb, or NO_COLOR is set to something", () => {
    expect(terminalOf(tty, { TERM: "xterm", NO_COLOR: "" }).hasColor).toBe(true);
    expect(terminalOf(tty, { NO_COLOR: "1" }).hasColor).toBe(false);
    expect(terminalOf(tty, { TERM: "dumb" }).hasColor).toBe(false);
    expect(terminalOf({}, {}).hasColor).toBe(false);
  });
});
