import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** The browser: `CHROMIUM`, or `chromium` in the path. */
const CHROMIUM = process.env.CHROMIUM ?? "chromium";

const executable = spawnSync("sh", ["-c", 'command -v "$1"', "sh", CHROMIUM]).stdout?.toString().trim();

/** The reason to skip tests in a browser; `false` if there is one. */
export const withoutChromium = executable ? false : "there is no chromium";

// It requests nothing except the page. The sandbox needs privileges that containers lack.
const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"],
  ...["--disable-background-networking", "--disable-sync"],
];

/** How long a page may take on a busy machine, in milliseconds. */
export const PATIENCE = 120_000;

let browser: Promise<Browser> | undefined;

/** Returns the browser for this file's tests. It is started for the first of them, with a new profile. */
export function startBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: executable ?? CHROMIUM,
    args: ARGUMENTS,
    timeout: PATIENCE,
  });
  return browser;
}

/** Ends it. Call it after all tests. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

/** A page, with its errors and requests. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors from scripts, and the console's messages, including violations of the policy. */
  readonly complaints: string[];
  /** The requested URLs, except `data:`. */
  readonly requests: string[];
}

/** Opens a page in a separate context, which ends with the test. */
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
