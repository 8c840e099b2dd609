// SPDX-License-Identifier: Apache-2.0
/** What a person sees on the page, by the words the tests use. */

import { expect } from "bun:test";
import type { Locator, Page } from "playwright-core";
import type { Opened } from "./browser.ts";
import type { Seeded } from "./seed.ts";

/** The address of a profiled request. */
export function requestUrl({ url, taskId, segmentId }: Omit<Seeded, "oap">, query: string = ""): string {
  return `${url}#/task/${encodeURIComponent(taskId)}/request/${segmentId}${query}`;
}

/** The rows of the call tree. */
export function rows(page: Page): Locator {
  return page.getByRole("row");
}

/** Those with a text. */
export function row(page: Page, text: string): Locator {
  return rows(page).filter({ hasText: text });
}

/** What the first row with a text says. */
export async function cells(page: Page, text: string): Promise<string> {
  const [said = ""] = await row(page, text).first().allInnerTexts();
  return said.replace(/\s+/g, " ");
}

/** The picked frame in full. */
export function detail(page: Page): Locator {
  return page.locator(".picked");
}

/** Checks that nothing went wrong in the page. */
export async function expectQuiet({ page, problems }: Opened): Promise<void> {
  // A round trip, after which what the page said before has arrived.
  await page.title();
  expect(problems).toEqual([]);
}
