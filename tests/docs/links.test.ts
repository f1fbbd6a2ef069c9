import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import test from "node:test";
import { type Page, ROOT } from "./markdown.js";
import { PAGES } from "./pages.js";

for (const page of PAGES) {
  test(`${page.path} has links that lead somewhere`, () => {
    const broken = page.links.filter(({ target }) => !leadsSomewhere(page, target));
    assert.deepEqual(broken, []);
  });
}

function leadsSomewhere(page: Page, target: string): boolean {
  if (/^https?:\/\//.test(target)) return true;
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? page.path : posix.join(posix.dirname(page.path), decodeURI(file));
  if (!existsSync(join(ROOT, path))) return false;
  if (anchor === undefined) return true;
  return PAGES.some((found) => found.path === path && found.anchors.has(anchor));
}
