// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { readPprof } from "../oap/export/pprof_reader.ts";
import { open, SCREENSHOTS, startBrowser } from "./browser.ts";
import { cells, detail, expectQuiet, requestUrl, row, rows } from "./look.ts";
import { addProfiled, ENDPOINT, type Seeded, seededOap } from "./seed.ts";

let browser: Browser;
let seeded: Seeded;

beforeAll(async () => {
  [browser, seeded] = await Promise.all([startBrowser(), seededOap()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await seeded?.oap.close();
});

describe("a request's call tree", () => {
  test("tells time, self time, count, what it did, and where", async () => {
    await using opened = await open(browser, requestUrl(seeded));
    const { page } = opened;
    await rows(page).first().waitFor();
    expect(await cells(page, "listOrders")).toContain("src/orders.ts:12 600 ms 100 % 0 ms 69×");
    expect(await cells(page, "listOrders")).toEndWith("running 60 ms waiting 525 ms held 15 ms");
    expect(await cells(page, "parse")).toContain("src/prices.ts:44 45 ms 7.5 % 45 ms 7×");
    expect(await cells(page, "(waiting for setTimeout)")).toContain("src/orders.ts:18 485 ms 81 % 485 ms");
    expect(await cells(page, "(held by GET:/report)")).toEndWith("running waiting held 15 ms");
    expect(await page.locator(".legend li").allInnerTexts()).toEqual([
      expect.stringContaining("running 60 ms, 10 %"),
      expect.stringContaining("waiting 525 ms, 88 %"),
      expect.stringContaining("held 15 ms, 2.5 %"),
    ]);
    expect(await page.title()).not.toBe("evil");
    await expectQuiet(opened);
  });

  test("is walked by keys, which open, close, zoom and copy", async () => {
    await using opened = await open(browser, requestUrl(seeded));
    const { page } = opened;
    const tree = page.getByRole("treegrid");
    await tree.focus();
    const walk = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
      return await page.locator('[aria-selected="true"] .name').textContent();
    };
    expect(await walk("Home")).toBe(`(request ${ENDPOINT})`);
    expect(await walk("ArrowDown", "ArrowDown", "ArrowDown")).toBe("loadPrices");
    const before = await rows(page).count();
    expect(await walk("ArrowLeft")).toBe("loadPrices");
    expect(await rows(page).count()).toBe(before - 3);
    expect(await walk("ArrowRight", "ArrowRight")).toBe("parse");
    expect(await walk("ArrowUp", "Enter")).toBe("loadPrices");
    expect(await rows(page).first().textContent()).toContain("loadPrices");
    await page.keyboard.press("c");
    await page.keyboard.press("Escape");
    await row(page, "listOrders").waitFor();
    const copied = (await page.evaluate("navigator.clipboard.readText()")) as string;
    expect(copied).toBe("loadPrices (src/prices.ts:31)");
    await expectQuiet(opened);
  });

  test("is searched: what matches is shown with its callers, and with its time", async () => {
    await using opened = await open(browser, requestUrl(seeded));
    const { page } = opened;
    await page.getByLabel("Find a frame").fill("PARSE");
    await row(page, "setTimeout").waitFor({ state: "detached" });
    expect(await rows(page).locator(".name").allInnerTexts()).toEqual([
      `(request ${ENDPOINT})`,
      "listOrders",
      "loadPrices",
      "parse",
    ]);
    await page.getByText("in 45 ms, 7.5 %").waitFor();
    await page.getByLabel("Find a frame").fill("nowhere");
    await page.getByText("No frame has that in its name.").waitFor();
    await expectQuiet(opened);
  });
});

describe("a picked frame", () => {
  test("is copied, zoomed to, and found elsewhere", async () => {
    await using opened = await open(browser, requestUrl(seeded));
    const { page } = opened;
    await row(page, "parse").click();
    await detail(page).filter({ hasText: "parse src/prices.ts:44 45 ms · running 45 ms" }).waitFor();
    await page.getByRole("button", { name: "Copy frame" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("parse (src/prices.ts:44)");
    await page.getByRole("button", { name: "Find all" }).click();
    await page.getByText("in 45 ms, 7.5 %").waitFor();
    await page.getByLabel("Find a frame").fill("");
    await row(page, "loadPrices").dblclick();
    await page.getByText("Only what is below loadPrices").waitFor();
    expect(await rows(page).first().textContent()).toContain("loadPrices");
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByRole("button", { name: "Flame chart" }).click();
    await page.getByRole("application").focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    await detail(page).filter({ hasText: "loadPrices src/prices.ts:31 100 ms from 0 ms on" }).waitFor();
    await page.getByRole("button", { name: "Zoom to it" }).click();
    await page.getByText("0 – 100 ms").waitFor();
    await expectQuiet(opened);
  });
});

test("a request is drawn as its snapshots arrive", async () => {
  const { oap, taskId } = seeded;
  const start = Date.now();
  const listOrders = [20, `(request ${ENDPOINT})`, "listOrders (src/orders.ts:12)"] as const;
  addProfiled(oap, taskId, "late", start, [listOrders]);
  await using opened = await open(browser, requestUrl({ ...seeded, segmentId: "late" }));
  const { page } = opened;
  await row(page, "listOrders").waitFor();
  const [last] = oap.store.snapshots("late").slice(-1);
  if (!last) throw new Error("Cannot go on with the request: it has no snapshots");
  const sequence = last.sequence + 1;
  const stack = [`(request ${ENDPOINT})`, "arrivesLate (src/orders.ts:30)"];
  oap.store.addSnapshot({ ...last, sequence, stack });
  await row(page, "arrivesLate").waitFor();
  await expectQuiet(opened);
});

describe("a span", () => {
  test("selects its time, with its children or without", async () => {
    await using opened = await open(browser, requestUrl(seeded));
    const { page } = opened;
    const spans = page.locator(".span");
    await rows(page).first().waitFor();
    expect(await spans.first().getAttribute("aria-pressed")).toBe("true");
    await page.getByLabel("Include the time of child spans").uncheck();
    await row(page, "waiting for fetch").waitFor({ state: "detached" });
    expect(await cells(page, "listOrders")).toContain("560 ms 100 %");
    await spans.nth(1).click();
    await row(page, "waiting for fetch").waitFor();
    expect(await cells(page, "listOrders")).toContain("40 ms 100 %");
    expect(await row(page, "parse").count()).toBe(0);
    await page.getByLabel("Include the time of child spans").check();
    expect(await cells(page, "listOrders")).toContain("40 ms 100 %");
    await expectQuiet(opened);
  });
});

describe("a flame chart", () => {
  /** Clicks at a time of the request and at a depth, in a chart that shows 600 ms. */
  async function click(page: Page, ms: number, depth: number, count = 1): Promise<void> {
    const canvas = page.locator("canvas");
    const { width } = (await canvas.boundingBox()) ?? { width: 0 };
    await canvas.click({ position: { x: (ms / 600) * width, y: 18 + depth * 20 + 10 }, clickCount: count });
  }

  test("is in the order of time: one function before a wait and after it is two boxes", async () => {
    await using opened = await open(browser, requestUrl(seeded, "?view=chart"));
    const { page } = opened;
    await page.locator("canvas").waitFor();
    await click(page, 10, 3);
    await detail(page).filter({ hasText: "parse src/prices.ts:44 20 ms from 0 ms on" }).waitFor();
    await click(page, 90, 3);
    await detail(page).filter({ hasText: "parse src/prices.ts:44 25 ms from 75 ms on" }).waitFor();
    await click(page, 40, 3);
    await detail(page)
      .filter({ hasText: "(waiting for fetch) src/prices.ts:33 40 ms from 20 ms on" })
      .waitFor();
    await click(page, 67, 4);
    await detail(page).filter({ hasText: "render src/report.ts:8 15 ms from 60 ms on" }).waitFor();
    await expectQuiet(opened);
  });

  test("zooms by double click, keys and buttons", async () => {
    await using opened = await open(browser, requestUrl(seeded, "?view=chart"));
    const { page } = opened;
    const seen = page.getByRole("group", { name: "Zoom" }).locator("span");
    await page.locator("canvas").waitFor();
    expect(await seen.textContent()).toBe("0 – 600 ms");
    await click(page, 50, 2, 2);
    await seen.filter({ hasText: "0 – 100 ms" }).waitFor();
    await page.getByRole("button", { name: "Zoom in" }).click();
    await seen.filter({ hasText: "25 – 75 ms" }).waitFor();
    await page.getByRole("button", { name: "Show the whole time" }).click();
    await seen.filter({ hasText: "0 – 600 ms" }).waitFor();
    await page.getByRole("application").focus();
    const walk = ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"];
    for (const key of walk) await page.keyboard.press(key);
    await detail(page).filter({ hasText: "loadPrices" }).waitFor();
    await page.keyboard.press("ArrowRight");
    await detail(page).filter({ hasText: "from 100 ms on" }).waitFor();
    await page.keyboard.press("Enter");
    await seen.filter({ hasText: "100 – 110 ms" }).waitFor();
    await page.keyboard.press("Escape");
    await seen.filter({ hasText: "0 – 600 ms" }).waitFor();
    await expectQuiet(opened);
  });
});

describe("a request", () => {
  test("is shared by a link that shows the same to another", async () => {
    await using opened = await open(browser, requestUrl(seeded));
    const { page } = opened;
    await rows(page).first().waitFor();
    await page.locator(".span").nth(1).click();
    await page.getByLabel("Include the time of child spans").uncheck();
    await page.getByRole("button", { name: "Flame chart" }).click();
    await page.getByLabel("Find a frame").fill("fetch & more");
    await page.getByRole("button", { name: "Zoom in" }).click();
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const link = (await page.evaluate("navigator.clipboard.readText()")) as string;
    await page.waitForURL(link);
    await using other = await open(browser, link);
    await other.page.locator("canvas").waitFor();
    expect(await other.page.locator(".span").nth(1).getAttribute("aria-pressed")).toBe("true");
    expect(await other.page.getByLabel("Include the time of child spans").isChecked()).toBe(false);
    expect(await other.page.getByLabel("Find a frame").inputValue()).toBe("fetch & more");
    await other.page.getByText("10 – 30 ms").waitFor();
    await expectQuiet(opened);
    await expectQuiet(other);
  });

  test("is downloaded as JSON, pprof and speedscope", async () => {
    await using opened = await open(browser, requestUrl(seeded));
    const { page } = opened;
    const download = async (title: string): Promise<{ name: string; bytes: Buffer }> => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: `Download ${title}` }).click(),
      ]);
      const name = file.suggestedFilename();
      await file.saveAs(join(SCREENSHOTS, name));
      return { name, bytes: readFileSync(join(SCREENSHOTS, name)) };
    };
    const json = await download("JSON");
    expect(json.name).toBe("profile-segment-1.json");
    expect(JSON.parse(String(json.bytes)).snapshots.length).toBe(69);
    const pprof = await download("pprof");
    expect(pprof.name).toBe("profile-segment-1.pb.gz");
    const { samples } = readPprof(gunzipSync(pprof.bytes));
    expect(samples.reduce((sum, { values }) => sum + (values[1] ?? 0n), 0n)).toBe(600_000_000n);
    const speedscope = await download("speedscope");
    expect(speedscope.name).toBe("profile-segment-1.speedscope.json");
    const [profile] = JSON.parse(String(speedscope.bytes)).profiles;
    expect(profile).toMatchObject({ name: `${ENDPOINT} 600 ms`, type: "evented", endValue: 600 });
    await expectQuiet(opened);
  });

  test("that is gone says so", async () => {
    await using opened = await open(browser, requestUrl({ ...seeded, segmentId: "gone" }));
    await opened.page.getByRole("alert").filter({ hasText: "no such request" }).waitFor();
    await opened.page.goto(`${seeded.url}#/task/gone`);
    await opened.page.getByRole("alert").filter({ hasText: "no such task" }).waitFor();
    await expectQuiet(opened);
  });
});
