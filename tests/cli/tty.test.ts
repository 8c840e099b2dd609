// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { widthOf } from "../../lib/cli/text.ts";
import { ROOT } from "../support/spawn.ts";
import { BUN, DENO, NODE24, startSeededBackend } from "./support.ts";

const STARTED_AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const COLUMNS = 60;

/** What a program writes to a terminal, and its exit code; `typed` tells what to type once at some output. */
async function onTerminal(
  command: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  typed: (text: string) => string | undefined = () => undefined,
): Promise<{ readonly text: string; readonly code: number }> {
  const decoder = new TextDecoder();
  let text = "";
  let hasTyped = false;
  const { NO_COLOR: _, ...inherited } = process.env;
  const program = Bun.spawn([...command, join(ROOT, "lib/cli/main.ts"), ...args], {
    env: { ...inherited, TERM: "xterm", TZ: "UTC", ...env },
    terminal: {
      cols: COLUMNS,
      rows: 24,
      data: (terminal, chunk) => {
        text += decoder.decode(chunk, { stream: true });
        const keys = hasTyped ? undefined : typed(text);
        if (keys === undefined) return;
        hasTyped = true;
        terminal.write(keys);
      },
    },
  });
  const code = await program.exited;
  program.terminal?.close();
  return { text: text.replaceAll("\r\n", "\n"), code };
}

const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  "Node 24": [NODE24],
  Bun: [BUN],
  Deno: [DENO, "run", "-A"],
};

describe.concurrent("a terminal", () => {
  for (const [name, command] of Object.entries(RUNTIMES)) {
    test(`on ${name} gets colours and lines that fit, unless NO_COLOR says otherwise`, async () => {
      await using backend = await startSeededBackend();
      await backend.profile("buy-1", STARTED_AT);
      const show = ["profile", "show", "--url", backend.url, backend.taskId];
      const { text, code } = await onTerminal(command, show);
      expect(code).toBe(0);
      expect(text).toContain("\x1b[36m░");
      const plain = stripVTControlCharacters(text);
      for (const line of plain.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(COLUMNS);
      const colourless = await onTerminal(command, show, { NO_COLOR: "1" });
      expect(stripVTControlCharacters(colourless.text)).toBe(plain);
      // Deno itself moves the cursor.
      expect(colourless.text).not.toContain("m░");
      expect(colourless.text).not.toContain("\x1b[1m");
      const list = await onTerminal(command, ["profile", "list", "--url", backend.url]);
      for (const line of stripVTControlCharacters(list.text).split("\n")) {
        expect(widthOf(line)).toBeLessThanOrEqual(COLUMNS);
      }
      expect(list.text).toContain(backend.taskId);
    }, 30_000);
  }

  test("sees progress in one line, with the time that is left", async () => {
    await using backend = await startSeededBackend({ duration: 2 });
    const { id } = backend.oap.store.addInstance("shop", "shop-1");
    backend.oap.store.logTask(backend.taskId, id, "NOTIFIED");
    backend.oap.store.logTask(backend.taskId, id, "EXECUTION_FINISHED");
    await backend.profile("buy-1", STARTED_AT);
    const args = ["profile", "segments", "--watch", "--url", backend.url, backend.taskId];
    const { text } = await onTerminal([NODE24], args);
    const [progress = "", ...rest] = text.split("\n");
    expect(progress).toStartWith("\r\x1b[KPOST:/buy: 1 instance ");
    expect(progress).toMatch(/1 request profiled, [12]:\d\d left$/);
    expect(rest.join("\n")).toContain("\nbuy-1 ");
  }, 30_000);

  for (const [name, command] of Object.entries(RUNTIMES)) {
    test(`interrupts an app that runs on ${name} once, as the terminal has told it already`, async () => {
      const code = `
        let count = 0;
        process.on("SIGINT", () => { count++; setTimeout(() => process.exit(count), 500); });
        console.log("app is ready");
        setInterval(() => {}, 1000);`;
      const args = ["run", "--log-level", "off", "--", NODE24, "-e", code];
      const ended = await onTerminal(command, args, {}, (text) =>
        text.includes("app is ready") ? "\x03" : undefined,
      );
      expect(ended.code).toBe(1);
    }, 30_000);
  }

  test("gets no binary", async () => {
    const args = ["profile", "show", "x", "--format", "pprof"];
    expect(await onTerminal([BUN], args)).toEqual({
      code: 2,
      text: "Cannot write pprof to a terminal: it is binary; name a file by --output\n",
    });
  });
});
