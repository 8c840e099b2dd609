// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { timedStacks } from "../../../lib/oap/export/timed_stack.ts";
import { boxAt, chartRows, neighbour } from "../../../lib/oap/page/chart_layout.ts";
import { clampZoom, panned, zoomed } from "../../../lib/oap/page/chart_zoom.ts";
import { HELD, LIST, OTHER, PARSE, REQUEST, ROOT_FRAME, START, snapshots, WAIT } from "../export/support.ts";

const chart = chartRows(timedStacks(REQUEST));
const told = (rows: typeof chart) =>
  rows.map((row) =>
    row.map(({ from, to, signature, state }) => `${from - START}-${to - START} ${signature} ${state}`),
  );

describe("a chart", () => {
  test("has a box for each stay in a function, in the order of time", () => {
    expect(told(chart)).toEqual([
      [`0-73 ${ROOT_FRAME} mixed`],
      [`0-73 ${LIST} mixed`],
      [`0-20 ${PARSE} running`, `20-60 ${WAIT} waiting`, `60-63 ${HELD} held`, `63-73 ${PARSE} running`],
      [`60-63 ${OTHER} held`],
    ]);
  });

  test("ends all boxes where nothing is known", () => {
    const [a, b, , c, d] = snapshots([0, "a  b"], [5, "a  b"], [6, ""], [9, "a  b"], [12, "a  b"]);
    const known = [a, b, c, d].filter((snapshot) => snapshot !== undefined);
    expect(told(chartRows(timedStacks(known)))).toEqual([
      ["0-5 a running", "9-12 a running"],
      ["0-5 b running", "9-12 b running"],
    ]);
  });

  test("of nothing has no rows", () => {
    expect(chartRows([])).toEqual([]);
  });
});

describe("a box", () => {
  test("is found by its time and depth; its end is the next one's", () => {
    expect(boxAt(chart, START + 19.9, 2)?.signature).toBe(PARSE);
    expect(boxAt(chart, START + 20, 2)?.signature).toBe(WAIT);
    expect(boxAt(chart, START + 30, 3)).toBeUndefined();
    expect(boxAt(chart, START + 73, 0)).toBeUndefined();
    expect(boxAt(chart, START - 1, 0)).toBeUndefined();
    expect(boxAt(chart, START, 9)).toBeUndefined();
    expect(boxAt(chart, START, -1)).toBeUndefined();
  });

  test("has neighbours on all sides, and none beyond the ends", () => {
    const held = boxAt(chart, START + 61, 2);
    if (!held) throw new Error("Cannot test neighbours: there is no box");
    expect(neighbour(chart, held, "up")?.signature).toBe(LIST);
    expect(neighbour(chart, held, "down")?.signature).toBe(OTHER);
    expect(neighbour(chart, held, "left")?.signature).toBe(WAIT);
    const last = neighbour(chart, held, "right");
    expect(last?.from).toBe(START + 63);
    expect(last && neighbour(chart, last, "right")).toBeUndefined();
    expect(last && neighbour(chart, last, "down")).toBeUndefined();
    expect(boxAt(chart, START, 0)?.parent).toBeUndefined();
  });
});

describe("a zoom", () => {
  test("stays within the chart", () => {
    expect(clampZoom(undefined, 100)).toEqual([0, 100]);
    expect(clampZoom([-10, 20], 100)).toEqual([0, 30]);
    expect(clampZoom([90, 120], 100)).toEqual([70, 100]);
    expect(clampZoom([0, 500], 100)).toEqual([0, 100]);
    expect(clampZoom([50, 50], 100)).toEqual([50, 50.5]);
  });

  test("in and out leaves one place where it is", () => {
    expect(zoomed([0, 100], 100, 0.5, 0.25)).toEqual([12.5, 62.5]);
    expect(zoomed([12.5, 62.5], 100, 2, 0.25)).toEqual([0, 100]);
    expect(zoomed([0, 100], 100, 2)).toEqual([0, 100]);
  });

  test("moves by what is seen, up to the ends", () => {
    expect(panned([20, 40], 100, 0.5)).toEqual([30, 50]);
    expect(panned([20, 40], 100, -9)).toEqual([0, 20]);
    expect(panned([20, 40], 100, 9)).toEqual([80, 100]);
  });
});
