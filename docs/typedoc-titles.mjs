// @ts-check
// A plugin of TypeDoc's: in the site's navigation a page has the title that stands above it, in the group of its folder.
import { Converter } from "typedoc";

/** The groups, by the folder of a page. */
const GROUPS = /** @type {const} */ ({
  "docs/tutorial": "Tutorial",
  "docs/how-to": "How-to guides",
  "docs/explanation": "Explanation",
  "docs/decisions": "Decisions",
});

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    const folder = page.name.replace(/\/[^/]*$/, "");
    const title = /^# (.+)$/m.exec(page.content.map(({ text }) => text).join(""))?.[1];
    const group = GROUPS[/** @type {keyof typeof GROUPS} */ (folder)] ?? "Reference";
    page.frontmatter.group = group;
    if (title !== undefined) page.name = title.replaceAll("`", "");
  });
}
