// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { startOap } from "../../lib/oap/mod.ts";
import { open, startBrowser } from "./browser.ts";
import { expectQuiet, requestUrl, rows } from "./look.ts";
import { ENDPOINT, EVIL, INSTANCE, INSTANCE_ID, type Seeded, seededOap } from "./seed.ts";

let browser: Browser;
let seeded: Seeded;

beforeAll(async () => {
  [browser, seeded] = await Promise.all([startBrowser(), seededOap()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await seeded?.oap.close();
});

describe("services and endpoints", () => {
  test("are shown with their figures, the slowest first, and found by name", async () => {
    await using opened = await open(browser, seeded.url);
    const { page } = opened;
    await page.getByRole("heading", { name: "shop" }).waitFor();
    const names = page.locator("tbody th");
    expect(await names.allInnerTexts()).toEqual([ENDPOINT, EVIL]);
    expect((await page.locator("tbody tr").allInnerTexts())[0]).toMatch(/600 ms\s+600 ms\s+300 ms\s+3\s+0/);
    await page.getByLabel("Find an endpoint").fill("IMG");
    await names.nth(1).waitFor({ state: "detached" });
    expect(await names.allInnerTexts()).toEqual([EVIL]);
    expect(await page.title()).not.toBe("evil");
    await expectQuiet(opened);
  });

  test("of a new backend are none, and the page tells how to have some", async () => {
    await using oap = await startOap();
    await using opened = await open(browser, `http://127.0.0.1:${oap.restPort}/`);
    await opened.page.getByText(`SW_AGENT_COLLECTOR_BACKEND_SERVICES=127.0.0.1:${oap.grpcPort}`).waitFor();
    oap.store.addService("late", "GENERAL");
    await opened.page.getByRole("heading", { name: "late" }).waitFor();
    await expectQuiet(opened);
  });
});

describe("a task", () => {
  test("is created by two clicks, and followed to its end", async () => {
    await using oap = await startOap();
    oap.store.addService("shop", "GENERAL");
    oap.store.addEndpoint("shop", ENDPOINT);
    await using opened = await open(browser, `http://127.0.0.1:${oap.restPort}/`);
    const { page } = opened;
    await page.getByRole("button", { name: `Profile ${ENDPOINT}` }).click();
    await page.getByRole("button", { name: "Start profiling" }).click();
    const state = page.getByRole("status");
    await state.filter({ hasText: "Waiting for an agent" }).waitFor();
    const [task] = oap.store.tasks();
    expect(task).toMatchObject({
      endpointName: ENDPOINT,
      duration: 5,
      minDurationThreshold: 0,
      dumpPeriod: 10,
      maxSamplingCount: 5,
    });
    oap.store.logTask(task?.id ?? "", INSTANCE_ID, "NOTIFIED");
    await state.filter({ hasText: "1 instance" }).waitFor();
    await page.getByText(INSTANCE).waitFor();
    expect(Number(await page.getByRole("progressbar").getAttribute("aria-valuenow"))).toBeLessThan(50);
    oap.store.logTask(task?.id ?? "", INSTANCE_ID, "EXECUTION_FINISHED");
    await state.filter({ hasText: "Finished: 0 requests" }).waitFor();
    expect(await page.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("100");
    await expectQuiet(opened);
  });

  test("that the backend refuses says so in the backend's words, and can be given up", async () => {
    await using opened = await open(browser, seeded.url);
    const { page } = opened;
    await page.getByRole("button", { name: `Profile ${ENDPOINT}` }).click();
    const form = page.getByRole("dialog");
    const start = form.getByRole("button", { name: "Start profiling" });
    await start.click();
    const alert = form.getByRole("alert");
    await alert
      .filter({ hasText: "current service already has monitor task execute at this time" })
      .waitFor();
    await form.getByLabel("Watch for").fill("16");
    await start.click();
    await alert.filter({ hasText: "cannot be greater than 15 minutes" }).waitFor();
    await form.getByLabel("A snapshot every").fill("9");
    await form.getByLabel("Watch for").fill("15");
    await start.click();
    await alert.filter({ hasText: "dump period must be greater than or equals 10" }).waitFor();
    await page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    expect(seeded.oap.store.tasks().length).toBe(1);
    await expectQuiet(opened);
  });

  test("lists its requests, the slowest first, and opens one", async () => {
    await using opened = await open(browser, seeded.url);
    const { page } = opened;
    await page.getByRole("link", { name: ENDPOINT }).click();
    const links = page.locator(".requests a");
    await links.nth(2).waitFor();
    expect(await links.locator(".time").allInnerTexts()).toEqual(["600 ms", "300 ms", "150 ms"]);
    await page.getByText("3 requests profiled so far").waitFor();
    await links.first().click();
    await rows(page).first().waitFor();
    expect(page.url()).toBe(requestUrl(seeded));
    await page.goBack();
    await links.first().waitFor();
    await expectQuiet(opened);
  });
});
