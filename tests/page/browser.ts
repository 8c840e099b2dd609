// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packed from "@sparticuz/chromium";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Where screenshots of a run are. */
export const SCREENSHOTS: string = mkdtempSync(join(tmpdir(), "sw-agent-page-"));

/** Starts the browser that comes with the development dependencies. */
export async function startBrowser(): Promise<Browser> {
  try {
    return await chromium.launch({
      executablePath: await packed.executablePath(),
      // In a single process the first window that closes would end it all.
      args: packed.args.filter((arg) => arg !== "--single-process"),
      headless: true,
      timeout: 30_000,
    });
  } catch (error) {
    throw new Error("Cannot test the page: chromium of @sparticuz/chromium does not start", { cause: error });
  }
}

/** A page that notes all that goes wrong in it. */
export interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, of the console, and of requests; also requests to elsewhere. */
  readonly problems: string[];
}

/** Opens an address in a window of its own. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(message.text());
  });
  page.on("requestfailed", (request) => problems.push(`${request.url()} failed`));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== new URL(url).origin) problems.push(`asked ${origin}`);
  });
  await page.goto(url);
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}
