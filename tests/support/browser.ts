import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** The browser: `CHROMIUM`, or `chromium` in the path. */
const CHROMIUM = process.env.CHROMIUM ?? "chromium";

const executable = spawnSync("sh", ["-c", 'command -v "$1"', "sh", CHROMIUM]).stdout?.toString().trim();

/** Why tests in a browser are skipped; `false` where there is one. */
export const withoutChromium = executable ? false : "there is no chromium";

// It asks nobody for anything but the page. The sandbox needs privileges that containers lack.
const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"],
  ...["--disable-background-networking", "--disable-sync"],
];

/** How long a page may take on a busy machine, in milliseconds. */
export const PATIENCE = 120_000;

let browser: Promise<Browser> | undefined;

/** Gives the browser of this file's tests, which is started for the first of them. Its profile is a new one. */
export function startBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: executable ?? CHROMIUM,
    args: ARGUMENTS,
    timeout: PATIENCE,
  });
  return browser;
}

/** Ends it. To be called after all tests. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

/** A page, and what went wrong or out in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, and what the console says: violations of the policy among it. */
  readonly complaints: string[];
  /** The URLs that were asked for, but for `data:`. */
  readonly requests: string[];
}

/** Opens a page in a context of its own, which ends with the test. */
export async function openPage(
  t: TestContext,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: "en", timezoneId: "UTC", ...options });
  t.after(() => context.close());
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) requests.push(request.url());
  });
  await goTo(page, url);
  return { page, complaints, requests };
}

/** Goes to a page, which must be there. */
export async function goTo(page: Page, url: string): Promise<void> {
  const response = await page.goto(url);
  assert.ok(response?.ok() ?? true, `${url}: ${response?.status()}`);
}
