import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import test from "node:test";
import { type Page, ROOT } from "./markdown.js";
import { PAGES, pageAt } from "./pages.js";

for (const page of PAGES) {
  test(`${page.path} has links that lead somewhere`, () => {
    const broken = page.links.filter(({ target }) => !leadsSomewhere(page, target));
    assert.deepEqual(broken, []);
  });
}

test("docs/README.md links to every page of docs/ except single decisions", () => {
  const linked = new Set(pageAt("docs/README.md").links.map(({ target }) => posix.join("docs", target)));
  const missing = PAGES.map(({ path }) => path)
    .filter((path) => path.startsWith("docs/") && path !== "docs/README.md")
    .filter((path) => !/^docs\/decisions\/\d/.test(path) && !linked.has(path));
  assert.deepEqual(missing, []);
});

test("The site has every how-to page", () => {
  const { projectDocuments } = JSON.parse(readFileSync(join(ROOT, "typedoc.json"), "utf8"));
  const pages = PAGES.map(({ path }) => path).filter((path) => path.startsWith("docs/how-to/"));
  assert.deepEqual(
    pages.filter((path) => !projectDocuments.includes(path)),
    [],
  );
});

function leadsSomewhere(page: Page, target: string): boolean {
  if (/^https?:\/\//.test(target)) return true;
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? page.path : posix.join(posix.dirname(page.path), decodeURI(file));
  if (!existsSync(join(ROOT, path))) return false;
  if (anchor === undefined) return true;
  return PAGES.some((found) => found.path === path && found.anchors.has(anchor));
}
