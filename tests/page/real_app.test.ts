// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { join } from "node:path";
import { startOap } from "../../lib/oap/mod.ts";
import { ROOT, start } from "../support/spawn.ts";
import { open, SCREENSHOTS, startBrowser } from "./browser.ts";
import { cells, expectQuiet, row } from "./look.ts";

const ENDPOINT = "GET:/waiting";

test("a person finds out by clicking where a real app's slow endpoint waits", async () => {
  await using oap = await startOap();
  await using app = start("node24", join(ROOT, "tests/demo/slow_app.ts"), {
    preload: join(ROOT, "dist/agent.js"),
    env: {
      SW_AGENT_NAME: "slow-app",
      SW_AGENT_COLLECTOR_BACKEND_SERVICES: `127.0.0.1:${oap.grpcPort}`,
      SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "1",
    },
  });
  const port = await app.line((line) => /^listening (\d+)$/.exec(line)?.[1]);
  const ask = () => fetch(`http://127.0.0.1:${port}/waiting`);
  const browser = await startBrowser();
  await using _ = { [Symbol.asyncDispose]: () => browser.close() };
  await using opened = await open(browser, `http://127.0.0.1:${oap.restPort}/`);
  const { page } = opened;
  page.setDefaultTimeout(15_000);
  // The endpoint appears with its first request.
  await ask();
  await page.getByRole("button", { name: `Profile ${ENDPOINT}` }).click();
  await page.getByRole("button", { name: "Start profiling" }).click();
  await page.getByText("Send requests to").waitFor();
  // The task is handed out a moment before the agent has begun with it.
  const requests = page.locator(".requests a");
  for (let i = 0; i < 20 && (await requests.count()) === 0; i++) {
    await ask();
    await page.waitForTimeout(500);
  }
  await requests.first().click();
  await row(page, "handle").waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, "real-app.png"), fullPage: true });
  // `sleep`, which is called at five places: the one that takes longest comes first.
  const wait = await cells(page, "(waiting for setTimeout)");
  const [, place, ms] = /(slow_app\.ts:\d+) (\d+) ms/.exec(wait) ?? [];
  expect(place).toBe("slow_app.ts:16");
  expect(Math.abs(Number(ms) - 500)).toBeLessThan(40);
  expect((await page.locator(".legend li").allInnerTexts())[1]).toMatch(/^\s*waiting [56]\d\d ms, 9/);
  await expectQuiet(opened);
}, 60_000);
