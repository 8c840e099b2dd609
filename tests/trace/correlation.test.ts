// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { Correlation } from "../../lib/trace/correlation.ts";

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

describe("Correlation", () => {
  test("reads the values that came", () => {
    const correlation = new Correlation(
      `${base64("user")}:${base64("Ünal")},${base64("cart")}:${base64("7")}`,
    );
    expect(correlation.get("user")).toBe("Ünal");
    expect(correlation.get("cart")).toBe("7");
    expect(correlation.get("other")).toBeUndefined();
  });

  test("passes on what came as it came", () => {
    const header = `${base64("user")}:${base64("7")}`;
    expect(new Correlation(header).header).toBe(header);
    expect(new Correlation().header).toBe("");
  });

  test("sends what was put, in place of what came under the same key", () => {
    const correlation = new Correlation(`${base64("user")}:${base64("7")}`);
    expect(correlation.put("user", "8")).toBe(true);
    expect(correlation.put("größe", "XL")).toBe(true);
    const received = new Correlation(correlation.header);
    expect(received.get("user")).toBe("8");
    expect(received.get("größe")).toBe("XL");
  });

  test("removes a key whose value is empty", () => {
    const correlation = new Correlation(`${base64("user")}:${base64("7")}`);
    expect(correlation.put("user", "")).toBe(true);
    expect(correlation.get("user")).toBeUndefined();
    expect(correlation.header).toBe("");
  });

  test("holds three keys", () => {
    const correlation = new Correlation();
    expect(["a", "b", "c", "d"].map((key) => correlation.put(key, "1"))).toEqual([true, true, true, false]);
    expect(correlation.put("c", "2")).toBe(true);
    expect(correlation.get("d")).toBeUndefined();
    const four = ["a", "b", "c", "d"].map((key) => `${base64(key)}:${base64("1")}`).join(",");
    expect(new Correlation(four).get("c")).toBe("1");
    expect(new Correlation(four).get("d")).toBeUndefined();
  });

  test("holds keys and values below 128 bytes", () => {
    const correlation = new Correlation();
    expect(correlation.put("key", "v".repeat(127))).toBe(true);
    expect(correlation.put("key", "v".repeat(128))).toBe(false);
    expect(correlation.put("key", "ü".repeat(64))).toBe(false);
    expect(correlation.put("k".repeat(128), "v")).toBe(false);
    expect(correlation.put("", "v")).toBe(false);
    expect(correlation.get("key")).toBe("v".repeat(127));
  });

  test("counts a header that is not valid, or has 2,048 characters, as absent", () => {
    const bad = ["a b", "a\r\nx: y", "ü:ü", "A".repeat(2_048)];
    expect(bad.map((header) => new Correlation(header).header)).toEqual(["", "", "", ""]);
    expect(new Correlation("A".repeat(2_047)).header).toHaveLength(2_047);
  });

  test("leaves out pairs that are not valid", () => {
    const correlation = new Correlation(
      `=,${base64("a")},${base64("b")}:${base64("2")}:x,${base64("c")}:${base64("3")}`,
    );
    expect([correlation.get("a"), correlation.get("b"), correlation.get("c")]).toEqual([
      undefined,
      undefined,
      "3",
    ]);
  });
});
