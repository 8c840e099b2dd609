// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { createIdSource } from "../../lib/trace/id_source.ts";

test("ids are unique within a process and among processes, and short enough", () => {
  const ids = [createIdSource(), createIdSource()].flatMap((next) => Array.from({ length: 1_000 }, next));
  expect(new Set(ids).size).toBe(2_000);
  expect(Math.max(...ids.map((id) => id.length))).toBeLessThanOrEqual(150);
});
