// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { open, SCREENSHOTS, startBrowser } from "./browser.ts";
import { expectQuiet, row } from "./look.ts";
import { ENDPOINT, type Seeded, seededOap } from "./seed.ts";

let browser: Browser;
let seeded: Seeded;

beforeAll(async () => {
  [browser, seeded] = await Promise.all([startBrowser(), seededOap()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await seeded?.oap.close();
});

describe("on a phone and in the dark", () => {
  const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true } as const;
  for (const [name, options] of [
    ["phone", phone],
    ["dark", { colorScheme: "dark" }],
  ] as const) {
    test(`nothing is wider than a ${name}'s screen (screenshots in ${SCREENSHOTS})`, async () => {
      await using opened = await open(browser, seeded.url, options);
      const { page } = opened;
      const look = async (view: string): Promise<void> => {
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${view}.png`), fullPage: true });
        const [wide, width] = (await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")) as [
          number,
          number,
        ];
        expect(wide).toBeLessThanOrEqual(width);
      };
      await page.getByRole("button", { name: `Profile ${ENDPOINT}` }).click();
      await look("form");
      await page.keyboard.press("Escape");
      await look("home");
      await page.getByRole("link", { name: ENDPOINT }).click();
      await page.locator(".requests a").first().waitFor();
      await look("task");
      await page.locator(".requests a").first().click();
      await row(page, "parse").click();
      await look("tree");
      await page.getByRole("button", { name: "Flame chart" }).click();
      await page.locator("canvas").waitFor();
      await look("chart");
      await expectQuiet(opened);
    });
  }

  test("colours are the dark ones", async () => {
    const back = async (options: object): Promise<string> => {
      await using opened = await open(browser, seeded.url, options);
      return (await opened.page.evaluate("getComputedStyle(document.body).backgroundColor")) as string;
    };
    const brightness = (color: string) => Number(/\d+/.exec(color)?.[0]);
    expect(brightness(await back({ colorScheme: "light" }))).toBeGreaterThan(200);
    expect(brightness(await back({ colorScheme: "dark" }))).toBeLessThan(60);
  });
});
