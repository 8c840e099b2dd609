// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { present, testTracer } from "./support.ts";

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("the active span", () => {
  test("follows the code across its awaits", async () => {
    const { tracer } = testTracer();
    const seen = await Promise.all(
      ["GET:/a", "GET:/b"].map((name) =>
        tracer.run(present(tracer.startEntry(name)), async () => {
          await sleep(2);
          await Promise.resolve();
          return tracer.current()?.operationName;
        }),
      ),
    );
    expect(seen).toEqual(["GET:/a", "GET:/b"]);
    expect(tracer.current()).toBeUndefined();
  });

  test("passes this, arguments and result on", () => {
    const { tracer } = testTracer();
    const span = present(tracer.startEntry("GET:/"));
    const add = function (this: { base: number }, a: number, b: number) {
      return this.base + a + b;
    };
    expect(tracer.apply(span, add, { base: 1 }, [2, 3])).toBe(6);
    expect(tracer.run(span, Math.max, 1, 5, 3)).toBe(5);
  });

  test("is entered anew within another request's context", () => {
    const { tracer } = testTracer();
    const [leaked, own] = [present(tracer.startEntry("GET:/leaked")), present(tracer.startEntry("GET:/own"))];
    tracer.run(leaked, () => {
      tracer.run(own, () => expect(tracer.current()).toBe(own));
      expect(present(tracer.startEntry("GET:/next")).parentId).toBe(-1);
      expect(tracer.current()).toBe(leaked);
    });
  });

  test("is none in untraced code, in which nothing is started", async () => {
    const { tracer } = testTracer();
    const span = present(tracer.startEntry("GET:/"));
    await tracer.run(span, () =>
      tracer.untraced(async () => {
        await sleep(1);
        expect(tracer.current()).toBeUndefined();
        expect(tracer.startExit("GET:/", "host:80")).toBeUndefined();
        expect(tracer.startLocal("step")).toBeUndefined();
      }),
    );
    expect(span.segment.spans).toHaveLength(1);
  });
});
