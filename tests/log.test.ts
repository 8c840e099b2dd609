// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { createLogger, type LogLevel } from "../lib/log.ts";

function capture(level: LogLevel = "debug") {
  const lines: string[] = [];
  const time = { now: 0 };
  const log = createLogger({ level, write: (line) => lines.push(line), now: () => time.now });
  return { lines, time, log };
}

describe("createLogger", () => {
  test("writes lines of its level and above", () => {
    const written = (level: LogLevel) => {
      const { lines, log } = capture(level);
      log.debug("d");
      log.info("i");
      log.warn("w");
      log.error("e");
      return lines;
    };
    expect(written("debug")).toEqual([
      "[sw-agent] DEBUG d",
      "[sw-agent] INFO i",
      "[sw-agent] WARN w",
      "[sw-agent] ERROR e",
    ]);
    expect(written("warn")).toEqual(["[sw-agent] WARN w", "[sw-agent] ERROR e"]);
    expect(written("off")).toEqual([]);
  });

  test("makes a lazy message only when the line is written", () => {
    const { lines, log } = capture("info");
    let made = 0;
    const message = () => `made ${++made}`;
    log.debug(message);
    log.info(message);
    expect(lines).toEqual(["[sw-agent] INFO made 1"]);
  });

  test("names the component, also of a child's child", () => {
    const { lines, log } = capture();
    log.child("profile").info("a");
    log.child("profile").child("task").info("b");
    expect(lines).toEqual(["[sw-agent] INFO profile: a", "[sw-agent] INFO profile.task: b"]);
  });

  test("keeps one event on one line", () => {
    const { lines, log } = capture();
    log.info("GET:/a\r\nforged\nline");
    expect(lines).toEqual(["[sw-agent] INFO GET:/a\\nforged\\nline"]);
  });

  test("survives a message or a writer that throws", () => {
    const fail = (): never => {
      throw new Error("broken");
    };
    const { lines, log } = capture();
    expect(() => log.info(fail)).not.toThrow();
    log.info("after");
    expect(lines).toEqual(["[sw-agent] INFO after"]);
    const broken = createLogger({ level: "info", write: fail, now: () => 0 });
    expect(() => broken.error("x")).not.toThrow();
  });
});

describe("throttled", () => {
  test("writes a key once in 30 s and then says how many were left out", () => {
    const { lines, time, log } = capture();
    const fail = () => log.throttled("send", "warn", "Cannot send");
    fail();
    time.now = 29_999;
    fail();
    fail();
    expect(lines).toEqual(["[sw-agent] WARN Cannot send"]);
    time.now = 30_000;
    fail();
    expect(lines.slice(1)).toEqual(["[sw-agent] WARN Cannot send (2 more like this before)"]);
    time.now = 60_000;
    fail();
    expect(lines.slice(2)).toEqual(["[sw-agent] WARN Cannot send"]);
  });

  test("keeps keys apart, but not the parts of the agent that tell of the same one", () => {
    const { lines, log } = capture();
    log.throttled("a", "warn", "1");
    log.child("x").throttled("b", "warn", "2");
    log.child("x").throttled("a", "warn", "3");
    log.child("y").throttled("b", "warn", "4");
    expect(lines).toEqual(["[sw-agent] WARN 1", "[sw-agent] WARN x: 2"]);
  });

  test("remembers the latest 256 keys, not more", () => {
    const { lines, log } = capture();
    for (let key = 0; key < 256; key++) log.throttled(`k${key}`, "warn", "once");
    log.throttled("k0", "warn", "once");
    expect(lines.length).toBe(256);
    log.throttled("one more", "warn", "once");
    log.throttled("k1", "warn", "once");
    expect(lines.length).toBe(257);
    log.throttled("k0", "warn", "once");
    expect(lines.length).toBe(258);
  });

  test("a line below the level is neither made nor counted", () => {
    const { lines, log } = capture("error");
    let made = 0;
    for (let i = 0; i < 3; i++) log.throttled("k", "warn", () => `${++made}`);
    expect([made, lines.length]).toEqual([0, 0]);
  });
});
