import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import test, { after, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { closeBrowser, openPage, startBrowser, withoutChromium } from "../support/browser.js";
import { serveFiles, temporaryTree } from "../support/file-server.js";
import { until } from "../support/servers.js";

const skip = withoutChromium;

after(closeBrowser);

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** axe's own options (WCAG 2.2, AA), except for the icons: they are beside the text, not behind it. */
const CONTRAST = {
  ...{ ignorePseudo: true, ignoreUnicode: true, ignoreLength: false, pseudoSizeThreshold: 0.25 },
  ...{ boldValue: 700, boldTextPt: 14, largeTextPt: 18, shadowOutlineEmMax: 0.2, textStrokeEmMin: 0.03 },
  contrastRatio: { normal: { expected: 4.5 }, large: { expected: 3 } },
};
const AXE_CONFIGURATION = { checks: [{ id: "color-contrast", options: CONTRAST }] };

/** A directory with usual names, and with unusual ones. */
function site(t: TestContext): string {
  const root = temporaryTree(t, {
    "docs/guide/page.txt": "page",
    "docs/guide/notes.txt": "notes",
    "file10.txt": "10",
    "file2.txt": "2".repeat(2000),
    "README.md": "",
    "<script>document.title = 1<script>": "markup",
    "javascript:document.title = 2": "scheme",
    "  blanks  ": "blanks",
    "\u202egpj.exe": "direction",
    " ": "blank",
    link: { linkTo: "file2.txt" },
    broken: { linkTo: "nowhere" },
  });
  fs.utimesSync(join(root, "README.md"), 1_700_000_000, 1_700_000_000);
  return root;
}

function serveSite(t: TestContext): string {
  const [host, port] = serveFiles(t, { directory: site(t) });
  return `http://${host}:${port}`;
}

/** Returns the visible names, in order. */
async function namesOn(page: Page): Promise<string[]> {
  // After a click on a link or a button, the page may have begun without its rows.
  await page.waitForLoadState();
  return (await page.locator("tbody tr:visible:not(.u) a").allTextContents()).map((name) => name.trim());
}

const focused = (page: Page) =>
  page.evaluate("document.activeElement.textContent || document.activeElement.id");

test("The page of a listing requests nothing else, and causes no error", { skip }, async (t) => {
  const browser = await startBrowser();
  const origin = serveSite(t);
  for (const javaScriptEnabled of [true, false]) {
    const { complaints, requests, page } = await openPage(t, browser, `${origin}/`, { javaScriptEnabled });
    await page.waitForLoadState("networkidle");
    assert.deepEqual(requests, [`${origin}/`]);
    assert.deepEqual(complaints, []);
    assert.equal(await page.title(), "Directory listing for /");
    assert.match((await page.locator("h1").textContent()) ?? "", /^Directory listing for \/$/);
  }
});

test("The policy of a listing allows no other script or style", { skip }, async (t) => {
  const { page, complaints } = await openPage(t, await startBrowser(), `${serveSite(t)}/`);
  await page.evaluate(`
    const script = document.createElement("script");
    script.textContent = "document.title = 'script'";
    const image = document.createElement("img");
    image.src = "/file2.txt";
    document.body.append(script, image);
    document.body.setAttribute("style", "color: red");
  `);
  assert.equal(await page.title(), "Directory listing for /");
  for (const kind of ["script-src", "img-src", "style-src"])
    await until(() => complaints.some((text) => text.includes(kind)), `a complaint about ${kind}`);
});

test("A listing works without JavaScript: order, filter, and the way up and down", { skip }, async (t) => {
  const { page } = await openPage(t, await startBrowser(), `${serveSite(t)}/`, { javaScriptEnabled: false });
  const files = (await namesOn(page)).filter((name) => /^(?:docs|file|README)/.test(name));
  assert.deepEqual(files, ["docs", "file2.txt", "file10.txt", "README.md"]);

  await page.getByRole("button", { name: "Size" }).click();
  assert.equal(
    await page.getByRole("columnheader", { name: "Size" }).getAttribute("aria-sort"),
    "descending",
  );
  assert.deepEqual((await namesOn(page)).slice(0, 3), ["docs", "file2.txt", "link"]);
  await page.getByRole("button", { name: "Modified" }).click();
  assert.equal((await namesOn(page)).includes("README.md"), true);

  await page.getByRole("searchbox").fill("FILE");
  await page.getByRole("button", { name: "Filter" }).click();
  assert.deepEqual((await namesOn(page)).sort(), ["file10.txt", "file2.txt"]);
  assert.match((await page.getByRole("status").textContent()) ?? "", /^2 of 1 directory, 10 files/);
  assert.equal(
    await page.getByRole("columnheader", { name: "Modified" }).getAttribute("aria-sort"),
    "descending",
  );

  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("link", { name: "docs" }).click();
  await page.getByRole("link", { name: "guide" }).click();
  assert.deepEqual(await namesOn(page), ["notes.txt", "page.txt"]);
  assert.equal(await page.locator("h1").textContent(), "Directory listing for /docs/guide/");
  await page.getByRole("navigation").getByRole("link", { name: "docs" }).click();
  assert.deepEqual(await namesOn(page), ["guide"]);
  await page.getByRole("link", { name: "../" }).click();
  assert.equal(await page.title(), "Directory listing for /");
});

test("A listing filters at once, and keeps the filter in its address and in another order", {
  skip,
}, async (t) => {
  const { page, requests, complaints } = await openPage(
    t,
    await startBrowser(),
    `${serveSite(t)}/?sort=size`,
  );
  const all = (await namesOn(page)).length;
  await page.getByRole("searchbox").fill("File");
  assert.deepEqual(await namesOn(page), ["file2.txt", "file10.txt"]);
  assert.match((await page.getByRole("status").textContent()) ?? "", /^2 of /);
  assert.match(page.url(), /\?sort=size#filter=File$/);

  await page.getByRole("searchbox").fill("nothing is called so");
  assert.deepEqual(await namesOn(page), []);
  assert.ok(await page.getByText("Nothing to show").isVisible());
  assert.equal(requests.length, 1);

  await page.getByRole("searchbox").fill("file");
  const size = page.getByRole("columnheader", { name: "Size" });
  assert.equal(await size.getAttribute("aria-sort"), "descending");
  await page.getByRole("button", { name: "Size" }).click();
  await page.waitForURL(/\/\?(?=.*filter=file)(?=.*sort=size-asc)/);
  assert.equal(await size.getAttribute("aria-sort"), "ascending");
  assert.deepEqual(await namesOn(page), ["file10.txt", "file2.txt"]);

  await page.getByRole("searchbox").fill("file2");
  await page.reload();
  assert.equal(await page.getByRole("searchbox").inputValue(), "file2");
  assert.deepEqual(await namesOn(page), ["file2.txt"]);
  await page.getByRole("searchbox").fill("");
  await page.waitForURL(/\?filter=&sort=size-asc$/);
  assert.equal((await namesOn(page)).length, all);
  assert.deepEqual(complaints, []);
});

test("A filter that may match entries left out by the server is sent to the server", { skip }, async (t) => {
  const { page } = await openPage(t, await startBrowser(), `${serveSite(t)}/?filter=file2`);
  assert.deepEqual(await namesOn(page), ["file2.txt"]);
  await page.getByRole("searchbox").fill("file");
  await page.waitForURL(/\?filter=file&/);
  assert.deepEqual(await namesOn(page), ["file2.txt", "file10.txt"]);
});

test("The links up work behind a proxy that removes a prefix", { skip }, async (t) => {
  const origin = serveSite(t);
  const { page } = await openPage(t, await startBrowser(), "about:blank");
  await page.route("http://proxy.test/**", async (route) => {
    const path = new URL(route.request().url()).pathname.replace("/cut", "");
    await route.fulfill({ response: await page.request.get(origin + path) });
  });
  await page.goto("http://proxy.test/cut/docs/guide/");
  await page.getByRole("navigation").getByRole("link", { name: "docs" }).click();
  await page.waitForURL("http://proxy.test/cut/docs/");
  await page.getByRole("navigation").getByRole("link", { name: "/" }).click();
  await page.waitForURL("http://proxy.test/cut/");
});

test("A listing can be used with only the keyboard", { skip }, async (t) => {
  const { page } = await openPage(t, await startBrowser(), `${serveSite(t)}/docs/`);
  await page.keyboard.press("/");
  assert.equal(await focused(page), "filter");
  await page.keyboard.type("guid/");
  assert.equal(await page.getByRole("searchbox").inputValue(), "guid/");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
  assert.deepEqual(await namesOn(page), ["guide"]);
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), "../");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), "guide");
  const outline = await page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle");
  assert.equal(outline, "solid");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(page), "filter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/docs\/guide\/$/);
});

test("A listing shows times in the reader's time zone", { skip }, async (t) => {
  const url = `${serveSite(t)}/?filter=README`;
  const browser = await startBrowser();
  const cell = "tbody tr:visible td:last-child";
  const { page: plain } = await openPage(t, browser, url, {
    javaScriptEnabled: false,
    timezoneId: "Asia/Tokyo",
  });
  assert.equal(await plain.locator(cell).textContent(), "2023-11-14 22:13 ");
  assert.ok(await plain.getByText("Times are UTC.").isVisible());
  const { page } = await openPage(t, browser, url, { timezoneId: "Asia/Tokyo" });
  assert.equal(await page.locator(cell).textContent(), "2023-11-15 07:13");
  assert.equal(await page.locator(cell).getAttribute("title"), "2023-11-14 22:13 UTC");
  assert.ok(await page.getByText("Times are of Asia/Tokyo.").isVisible());
});

test("On a phone, each row has one line and is high enough for a thumb, and names look like links", {
  skip,
}, async (t) => {
  const { page } = await openPage(t, await startBrowser(), `${serveSite(t)}/`, {
    viewport: { width: 360, height: 700 },
  });
  const row = page.locator("tbody tr", { hasText: "file10.txt" });
  const height = (await row.boundingBox())?.height ?? 0;
  assert.ok(height >= 36 && height <= 48, `${height} pixels`);
  const colour = (selector: string) =>
    page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).color`);
  assert.equal(await colour("tbody .f a"), "rgb(10, 86, 194)");
  assert.notEqual(await colour("tbody .f a"), await colour("body"));
  assert.ok(await page.getByText(/^Times are /).isVisible());
});

test("Every name of a listing leads to its file, and none is a script or markup", { skip }, async (t) => {
  const { page } = await openPage(t, await startBrowser(), `${serveSite(t)}/`);
  const links = await page.evaluate("[...document.querySelectorAll('tbody a')].map(({ href }) => href)");
  const contents: string[] = [];
  for (const link of links as string[]) {
    if (link.endsWith("/") || link.endsWith("broken")) continue;
    contents.push((await (await page.request.get(link)).text()).slice(0, 9));
  }
  const expected = ["", "10", "222222222", "222222222", "blank", "blanks", "direction", "markup", "scheme"];
  assert.deepEqual(contents.sort(), expected);
  assert.equal(await page.locator("script").count(), 1);
  assert.equal(await page.title(), "Directory listing for /");
});

test("A listing is accessible: light and dark, wide and narrow", { skip }, async (t) => {
  const origin = serveSite(t);
  const { page } = await openPage(t, await startBrowser(), `${origin}/`);
  for (const path of ["/", "/docs/guide/?filter=none&sort=time"]) {
    await page.goto(origin + path);
    await page.evaluate(AXE);
    await page.evaluate(`axe.configure(${JSON.stringify(AXE_CONFIGURATION)})`);
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [1000, 360]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 700 });
        const { violations, incomplete } = (await page.evaluate("axe.run()")) as Record<string, unknown[]>;
        const where = `${path}, ${colorScheme}, ${width} pixels`;
        assert.deepEqual({ violations, incomplete }, { violations: [], incomplete: [] }, where);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.ok(Number(overflow) <= 0, `${where}: ${overflow} pixels are beside the page`);
      }
    }
  }
});
