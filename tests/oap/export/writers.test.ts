// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { toFolded } from "../../../lib/oap/export/folded.ts";
import { gzip } from "../../../lib/oap/export/gzip.ts";
import { toPprof } from "../../../lib/oap/export/pprof.ts";
import { toSpeedscope } from "../../../lib/oap/export/speedscope.ts";
import { timedStacks } from "../../../lib/oap/export/timed_stack.ts";
import { readPprof } from "./pprof_reader.ts";
import { HELD, LIST, OTHER, PARSE, REQUEST, ROOT_FRAME, START, snapshots, WAIT } from "./support.ts";

const request = timedStacks(REQUEST);
const path = (...frames: readonly string[]) => [ROOT_FRAME, LIST, ...frames].join(";");

describe("folded stacks", () => {
  test("have a line for each stack, with its milliseconds", () => {
    expect(toFolded(request)).toBe(`${path(PARSE)} 30\n${path(WAIT)} 40\n${path(HELD, OTHER)} 3\n`);
  });

  test("leave out what took no time", () => {
    expect(toFolded(timedStacks(snapshots([0, "a  b"], [10, "a  c"])))).toBe("a 10\n");
    expect(toFolded([])).toBe("");
  });

  test("have no separator within a frame", () => {
    expect(toFolded(timedStacks(snapshots([0, "a;b\nc"], [1, "a;b\nc"])))).toBe("a,b c 1\n");
  });
});

describe("a speedscope file", () => {
  const file = toSpeedscope("orders", [
    { name: "first", stacks: request },
    { name: "second", stacks: request },
  ]);
  const [first] = file.profiles;
  const nameOf = (frame: number) => file.shared.frames[frame]?.name;

  test("names its frames once, with their places", () => {
    expect(file.shared.frames).toEqual([
      { name: ROOT_FRAME },
      { name: "listOrders", file: "src/orders.ts", line: 12 },
      { name: "parse", file: "src/prices.ts", line: 44 },
      { name: "(waiting for fetch)", file: "src/prices.ts", line: 33 },
      { name: HELD },
      { name: "report", file: "src/report.ts", line: 3 },
    ]);
  });

  test("opens and closes frames in the order of time", () => {
    expect(first?.events.map(({ type, frame, at }) => `${at} ${type} ${nameOf(frame)}`)).toEqual([
      `0 O ${ROOT_FRAME}`,
      "0 O listOrders",
      "0 O parse",
      "20 C parse",
      "20 O (waiting for fetch)",
      "60 C (waiting for fetch)",
      `60 O ${HELD}`,
      "60 O report",
      "63 C report",
      `63 C ${HELD}`,
      "63 O parse",
      "73 C parse",
      "73 C listOrders",
      `73 C ${ROOT_FRAME}`,
    ]);
    expect(first).toMatchObject({ name: "first", unit: "milliseconds", startValue: 0, endValue: 73 });
  });

  test("closes all where nothing is known", () => {
    const [a, b, , c, d] = snapshots([0, "a"], [10, "a"], [0, ""], [30, "a"], [40, "a"]);
    const stacks = timedStacks([a, b, c, d].filter((snapshot) => snapshot !== undefined));
    const [profile] = toSpeedscope("x", [{ name: "x", stacks }]).profiles;
    expect(profile?.events.map(({ type, at }) => `${at} ${type}`)).toEqual(["0 O", "10 C", "30 O", "40 C"]);
  });

  test("of nothing is empty", () => {
    expect(toSpeedscope("x", [{ name: "x", stacks: [] }]).profiles).toMatchObject([
      { events: [], endValue: 0 },
    ]);
  });
});

describe("a pprof profile", () => {
  test("has a sample for each stack, leaf first, with snapshots, nanoseconds and state", () => {
    expect(readPprof(toPprof(request))).toEqual({
      types: ["samples/count", "wall/nanoseconds"],
      defaultType: "wall",
      // Else `go tool pprof` would cut `<anonymous>` out of a name.
      systemNames: [],
      timeNanos: BigInt(START) * 1_000_000n,
      durationNanos: 73_000_000n,
      samples: [
        {
          frames: ["parse src/prices.ts:44", "listOrders src/orders.ts:12", `${ROOT_FRAME} :0`],
          values: [5n, 30_000_000n],
          labels: { state: "running" },
        },
        {
          frames: ["(waiting for fetch) src/prices.ts:33", "listOrders src/orders.ts:12", `${ROOT_FRAME} :0`],
          values: [2n, 40_000_000n],
          labels: { state: "waiting" },
        },
        {
          frames: ["report src/report.ts:3", `${HELD} :0`, "listOrders src/orders.ts:12", `${ROOT_FRAME} :0`],
          values: [2n, 3_000_000n],
          labels: { state: "held" },
        },
      ],
    });
  });

  test("of nothing has no samples", () => {
    expect(readPprof(toPprof([]))).toMatchObject({ samples: [], timeNanos: 0n, durationNanos: 0n });
  });

  test("keeps names beyond ASCII, and very many stacks", () => {
    const many = snapshots(
      ...Array.from({ length: 10_000 }, (_, i): [number, string] => [i, `würzel  f${i >> 1} (a.ts:${i})`]),
    );
    const { samples } = readPprof(toPprof(timedStacks(many)));
    expect(samples.length).toBeGreaterThan(9_999);
    expect(samples[0]?.frames.at(-1)).toBe("würzel :0");
  });

  test("is compressed as its tools expect it", async () => {
    const bytes = toPprof(request);
    expect([...gunzipSync(await gzip(bytes))]).toEqual([...bytes]);
  });
});
