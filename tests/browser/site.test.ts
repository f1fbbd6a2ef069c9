import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { type CodedError, ServerError } from "pyserve";
import { PAGES } from "../docs/pages.js";
import { closeBrowser, goTo, openPage, startBrowser, withoutChromium } from "../support/browser.js";
import { serveFiles } from "../support/file-server.js";
import { gapsIn } from "../support/reference.js";
import { buildSite, REFERENCE, SiteLinks } from "../support/site.js";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** One page of each kind that TypeDoc creates, and the pages of ours that are different. */
const KINDS = [
  "index.html",
  "documents/Errors.html",
  "documents/Time_limits_and_sizes.html",
  "documents/The_life_of_a_request.html",
  "modules/testing.html",
  "classes/pyserve.StreamRequestHandler.html",
  "interfaces/pyserve.RunOptions.html",
  "functions/testing.startServer.html",
  "types/pyserve.ListenAddress.html",
  "variables/pyserve.HTTPStatus.html",
  "hierarchy.html",
];

/** The largest page. Its parts are like those of others, but none may be wider than a phone. */
const LARGEST = [
  "classes/pyserve.SimpleHTTPRequestHandler.html",
  "classes/pyserve.ThreadingHTTPSServer.html",
];

/** Pages with tables of many columns, of long names and of sentences. */
const WITH_TABLES = [
  "documents/Differences_from_Python.html",
  "documents/Time_limits_and_sizes.html",
  "documents/Performance.html",
];

/** Minimum width of a column in CSS pixels: a word of ten letters. */
const LEAST_COLUMN = 90;

/** Number of `mermaid` blocks in the pages. */
const DIAGRAMS = PAGES.flatMap(({ blocks }) => blocks).filter(
  ({ language }) => language === "mermaid",
).length;

/** Violations that axe finds in every page of TypeDoc's theme, and the reason to accept each. */
const KNOWN: readonly (readonly [rule: string, target: RegExp, reason: string])[] = [
  [
    "heading-order",
    /./,
    "moderate; h4 below h2 for what a method returns: it is in all of the theme's templates",
  ],
  [
    "nested-interactive",
    /summary\[data-key\^?="Modules/,
    "a module of the navigation is a link and can be opened: the theme's script makes it so",
  ],
];

const VIEWS = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 700 } } as const;

/** The views in which axe checks a page, each with the rules whose result may differ there. Default: all rules. */
const CHECKS: Readonly<Record<string, View>> = {
  light: VIEWS.wide,
  dark: { ...VIEWS.wide, colorScheme: "dark", rules: { runOnly: ["color-contrast", "link-in-text-block"] } },
  narrow: { ...VIEWS.narrow, rules: { rules: { "color-contrast": { enabled: false } } } },
};
interface View {
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: "dark";
  readonly rules?: object;
}

const skip = withoutChromium;

describe("The site", () => {
  const cleanups: (() => unknown)[] = [];
  const suite = { after: (cleanup: () => unknown) => cleanups.push(cleanup) } as never;
  let folder = "";
  let origin = "";
  before(() => {
    folder = buildSite(suite);
    const [host, port] = serveFiles(suite, { directory: folder });
    origin = `http://${host}:${port}`;
  });
  after(async () => {
    await closeBrowser();
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  test("has no broken link", () => {
    const links = new SiteLinks(folder);
    const pages = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
    const broken = pages
      .filter((name) => name.endsWith(".html"))
      .flatMap((page) => links.brokenOn(page).map((target) => `${page}: ${target}`));
    assert.deepEqual(broken, []);
  });

  test("has links from its start to every page, and no page is wider than a phone", { skip }, async (t) => {
    const { page: start } = await openPage(t, await startBrowser(), `${origin}/`);
    await ready(start);
    const links = new SiteLinks(folder);
    const found = await linksOn(start, origin);
    assert.deepEqual(
      found.filter((target) => links.isBroken(target)),
      [],
    );
    const documents = fs.readdirSync(`${folder}/documents`).map((name) => `documents/${name}`);
    assert.deepEqual(
      documents.filter((path) => !found.includes(path)),
      [],
    );
    // All pages have the same head, so one page shows all bodies. This takes a third of the time. Images must be
    // loaded.
    const options = { viewport: VIEWS.narrow, javaScriptEnabled: false };
    const { page } = await openPage(t, await startBrowser(), `${origin}/${documents[0]}`, options);
    const wide: string[] = [];
    for (const path of [...documents, ...LARGEST]) {
      const body = fs.readFileSync(`${folder}/${path}`, "utf8").replace(/^.*<body>|<\/body>.*$/gs, "");
      if (body.includes("<img")) await page.goto(`${origin}/${path}`);
      else await page.evaluate(`document.body.innerHTML = ${JSON.stringify(body)}`);
      if (await isTooWide(page)) wide.push(path);
    }
    assert.deepEqual(wide, []);
  });

  test("is accessible: light and dark, wide and narrow", { skip }, async (t) => {
    const { page, complaints } = await openPage(t, await startBrowser(), `${origin}/`);
    const violations: string[] = [];
    for (const path of KINDS) {
      await openReady(page, `${origin}/${path}`);
      for (const [view, size] of Object.entries(VIEWS)) {
        await page.setViewportSize(size);
        if (await isTooWide(page)) violations.push(`${path}, ${view}: wider than the window`);
      }
      // It is the same on all pages, and has most of their elements.
      if (path !== "index.html")
        await page.evaluate(`document.querySelector("${NAVIGATION}").replaceChildren()`);
      await page.evaluate(AXE);
      for (const [view, { colorScheme = "light", rules, ...size }] of Object.entries(CHECKS)) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme });
        const found = await violationsOn(page, rules);
        violations.push(...found.map((violation) => `${path}, ${view}: ${violation}`));
      }
    }
    assert.deepEqual(violations, []);
    assert.deepEqual(complaints, []);
  });

  test("leaves each column of a table wide enough for its words", { skip }, async (t) => {
    const { page } = await openPage(t, await startBrowser(), `${origin}/`);
    const narrow: string[] = [];
    for (const path of WITH_TABLES) {
      await openReady(page, `${origin}/${path}`);
      for (const [view, size] of Object.entries(VIEWS)) {
        await page.setViewportSize(size);
        const widths = (await page.evaluate(
          "[...document.querySelectorAll('.col-content :is(td, th)')].map((cell) => cell.clientWidth)",
        )) as number[];
        assert.notEqual(widths.length, 0, path);
        const least = Math.min(...widths);
        if (least < LEAST_COLUMN) narrow.push(`${path}, ${view}: ${least}`);
      }
    }
    assert.deepEqual(narrow, []);
  });

  test("draws the diagrams of its pages, and shows the source of none", () => {
    const pages = fs.readdirSync(`${folder}/documents`);
    const texts = pages.map((name) => fs.readFileSync(`${folder}/documents/${name}`, "utf8"));
    const drawings = texts.flatMap((text) => text.match(/<figure class="diagram"[^>]*>\s*<svg/g) ?? []);
    assert.equal(drawings.length, DIAGRAMS);
    assert.deepEqual(
      pages.filter((_name, index) => /class="mermaid"|classDiagram/.test(texts[index] as string)),
      [],
    );
  });

  test("requests the parts of a drawing only from itself, with light and dark colours", {
    skip,
  }, async (t) => {
    const colours = new Set<unknown>();
    for (const colorScheme of ["light", "dark"] as const) {
      const url = `${origin}/documents/The_life_of_a_request.html`;
      const { page, requests } = await openPage(t, await startBrowser(), url, { colorScheme });
      colours.add(await page.evaluate("getComputedStyle(document.querySelector('.diagram text')).fill"));
      assert.deepEqual(
        requests.filter((request) => !request.startsWith(`${origin}/`)),
        [],
      );
    }
    assert.equal(colours.size, 2);
  });

  test("breaks no line of a text drawing, even on a phone", { skip }, async (t) => {
    const url = `${origin}/documents/The_life_of_a_request.html`;
    const { page } = await openPage(t, await startBrowser(), url, { viewport: VIEWS.narrow });
    await ready(page);
    const lines = `[...document.querySelectorAll("pre > code")].map((code) => {
      const range = document.createRange();
      range.selectNodeContents(code);
      const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      return [tops.size, code.innerText.trimEnd().split("\\n").length];
    })`;
    const blocks = (await page.evaluate(lines)) as [shown: number, written: number][];
    assert.notEqual(blocks.length, 0);
    assert.deepEqual(
      blocks.map(([shown]) => shown),
      blocks.map(([, written]) => written),
    );
  });

  test("shows the files that its pages link to, and none is a download", { skip }, async (t) => {
    const { page } = await openPage(t, await startBrowser(), `${origin}/`);
    for (const name of ["hello.ts.txt", "LICENSE.txt", "haproxy.cfg.txt"]) {
      const reply = await page.goto(`${origin}/media/${name}`);
      assert.match(reply?.headers()["content-type"] ?? "", /^text\/plain/);
    }
  });

  test("finds a class with its search", { skip }, async (t) => {
    const { page } = await openPage(t, await startBrowser(), `${origin}/`);
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("combobox").fill("SimpleHTTPRequestHandler");
    await page.locator("#tsd-search-results a").first().click();
    await page.waitForURL(/SimpleHTTPRequestHandler/i);
  });

  test("finds a page by a word in its text", { skip }, async (t) => {
    const { page } = await openPage(t, await startBrowser(), `${origin}/`);
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("combobox").fill("dockerfile");
    await page.locator("#tsd-search-results a").first().waitFor();
  });

  test("describes the parameters and the result of every public function", () => {
    const reference = JSON.parse(fs.readFileSync(`${folder}/${REFERENCE}`, "utf8"));
    assert.deepEqual(gapsIn(reference), []);
  });

  test("has the section that an error's help names", () => {
    const error: CodedError = new ServerError("PYSERVE_SERVER_CLOSED", "message");
    const place = error.help.replace("pyserve/docs/errors.md", "documents/Errors.html");
    assert.notEqual(place, error.help);
    assert.equal(new SiteLinks(folder).isBroken(place), false);
    assert.equal(new SiteLinks(folder).isBroken(`${place}-not`), true);
  });
});

/** Waits until a script has created the navigation beside a page. Before that, the theme hides the page. */
async function ready(page: Page): Promise<void> {
  await page.locator(`${NAVIGATION} a`).first().waitFor({ state: "attached" });
}

/** Opens a page, and waits for its navigation. */
async function openReady(page: Page, url: string): Promise<void> {
  await goTo(page, url);
  await ready(page);
}

/** The links of a page to the site itself, relative to it. */
async function linksOn(page: Page, origin: string): Promise<string[]> {
  const links = await page.evaluate("[...document.querySelectorAll('a[href]')].map(({ href }) => href)");
  return (links as string[])
    .filter((link) => link.startsWith(`${origin}/`))
    .map((link) => decodeURIComponent(link.slice(origin.length + 1)).replace(/^([^#?]*)\?[^#]*/, "$1"));
}

async function isTooWide(page: Page): Promise<boolean> {
  return (await page.evaluate("document.documentElement.scrollWidth > innerWidth")) as boolean;
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}

const NAVIGATION = "#tsd-nav-container";

/** Returns the violations that axe finds, except those in {@link KNOWN}. */
async function violationsOn(page: Page, rules: object = {}): Promise<string[]> {
  const options = JSON.stringify({ resultTypes: ["violations"], ...rules });
  const { violations } = (await page.evaluate(`axe.run(document, ${options})`)) as AxeResults;
  return violations
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => [id, target.join(" ")] as const))
    .filter(([id, target]) => !KNOWN.some(([rule, known]) => rule === id && known.test(target)))
    .map(([id, target]) => `${id}: ${target}`);
}
