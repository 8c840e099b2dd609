// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { type Route, readRoute, requestRoute, writeRoute } from "../../../lib/oap/page/route.ts";

const task = "1700000000000_c2hvcA==.1";

describe("a place in the page", () => {
  const places: readonly Route[] = [
    { page: "home" },
    { page: "task", taskId: task },
    requestRoute(task, "a.b/1"),
    {
      ...requestRoute(task, "segment%2F#?&"),
      span: "segment/3",
      children: false,
      view: "chart",
      search: "a b&c=d%#",
      zoom: [0, 12.5],
      focus: 7,
    },
  ];
  for (const place of places) {
    test(`is read as it was written: ${writeRoute(place)}`, () => {
      expect(readRoute(writeRoute(place))).toEqual(place);
    });
  }

  test("that is as at first has a short address", () => {
    expect(writeRoute(requestRoute("t", "s"))).toBe("#/task/t/request/s");
  });
});

describe("an address that is not understood", () => {
  test("is the home page", () => {
    for (const hash of ["", "#", "#/", "#/task", "#/task/", "#/other/1", "#/%E0%A4%A", "#/task/%E0%A4%A"]) {
      expect(readRoute(hash)).toEqual({ page: "home" });
    }
  });

  test("in a part is as at first in that part", () => {
    expect(readRoute("#/task/t/request")).toEqual({ page: "task", taskId: "t" });
    expect(readRoute("#/task/t/other/s")).toEqual({ page: "task", taskId: "t" });
    for (const query of ["zoom=5-5", "zoom=9-1", "zoom=x", "zoom=-1-4", "focus=-1", "focus=1.5", "view=x"]) {
      expect(readRoute(`#/task/t/request/s?${query}`)).toEqual(requestRoute("t", "s"));
    }
  });
});
