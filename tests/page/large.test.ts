// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { open, startBrowser } from "./browser.ts";
import { cells, detail, expectQuiet, requestUrl, row, rows } from "./look.ts";
import { addProfiled, ENDPOINT, type Seeded, seededOap } from "./seed.ts";

/** SkyWalking analyses 12,000 snapshots of a segment at most. */
const SNAPSHOTS = 12_000;
/** Far from what each takes (half a second on two cores), near enough to notice work that grows with the square. */
const LIMIT_MS = 10_000;

let browser: Browser;
let seeded: Seeded;

beforeAll(async () => {
  [browser, seeded] = await Promise.all([startBrowser(), seededOap()]);
  // Two snapshots for each stretch, and nearly every stack another one, hundreds of frames deep.
  const told = Array.from({ length: SNAPSHOTS / 2 }, (_, i) => {
    const deep = Array.from({ length: i % 60 }, (_, depth) => `f${depth} (src/f${i % 7}.ts:${depth})`);
    return [2, `(request ${ENDPOINT})`, `step${i} (src/steps.ts:${i})`, ...deep] as const;
  });
  addProfiled(seeded.oap, seeded.taskId, "large", Date.now() - 60_000, told);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await seeded?.oap.close();
});

test("a request of 12,000 snapshots is shown, searched and zoomed without delay", async () => {
  await using opened = await open(browser, seeded.url);
  const { page } = opened;
  await page.getByRole("link", { name: ENDPOINT }).waitFor();
  const took: Record<string, number> = {};
  const measure = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const from = performance.now();
    await work();
    took[what] = Math.round(performance.now() - from);
  };
  await measure("open", async () => {
    await page.goto(requestUrl({ ...seeded, segmentId: "large" }));
    await row(page, ENDPOINT).waitFor();
  });
  expect(await cells(page, ENDPOINT)).toContain(`12.00 s 100 % 0 ms ${SNAPSHOTS}×`);
  // Only what is in view is in the document.
  expect(await rows(page).count()).toBeLessThan(100);
  const tree = page.getByRole("treegrid");
  await measure("open all steps and go to the last", async () => {
    await tree.focus();
    for (const key of ["Home", "ArrowRight", "End"]) await page.keyboard.press(key);
    await row(page, "step").first().waitFor();
  });
  expect(Number(await tree.getAttribute("aria-rowcount"))).toBe(1 + SNAPSHOTS / 2);
  await measure("search", async () => {
    await page.getByLabel("Find a frame").fill("step5999");
    await row(page, "step5999").waitFor();
  });
  await measure("draw the chart", async () => {
    await page.getByRole("button", { name: "Flame chart" }).click();
    await page.locator("canvas").click({ position: { x: 300, y: 28 } });
    await detail(page).filter({ hasText: "12.00 s from 0 ms" }).waitFor();
  });
  await measure("zoom ten times", async () => {
    for (let i = 0; i < 10; i++) await page.getByRole("button", { name: "Zoom in" }).click();
    await page.getByText("5994 – 6006 ms").waitFor();
  });
  expect(Object.entries(took).filter(([, ms]) => ms >= LIMIT_MS)).toEqual([]);
  if (process.env.SW_PAGE_FIGURES) process.stderr.write(`${JSON.stringify(took)}\n`);
  await expectQuiet(opened);
}, 60_000);
