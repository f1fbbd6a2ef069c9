import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Page, ROOT, readPage } from "./markdown.js";

/** Every page for readers: those in the project's folder and beside the examples, and all of docs/. */
export const PAGES: readonly Page[] = [
  ...pagesIn("."),
  ...pagesIn("examples"),
  ...pagesIn("docs", { recursive: true }),
].map(readPage);

function pagesIn(folder: string, options: { recursive?: boolean } = {}): string[] {
  return readdirSync(join(ROOT, folder), { encoding: "utf8", ...options })
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => join(folder, name).replaceAll("\\", "/"));
}

/** A page by its path. */
export function pageAt(path: string): Page {
  const page = PAGES.find((found) => found.path === path);
  if (page === undefined) throw new Error(`There is no page ${path}.`);
  return page;
}
