// @ts-check A plugin for TypeDoc. It improves the pages of the theme for readers with a keyboard, a phone or a screen
// reader.
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { PageEvent, RendererEvent } from "typedoc";

/**
 * Replacements in the HTML of a page.
 *
 * A link to a file that is no page leads to a copy in `media/`. A web server takes `.ts` for a video, and a file without a
 * suffix for a download: with `.txt` behind it the browser shows it.
 *
 * @type {readonly (readonly [pattern: RegExp, replacement: string])[]}
 */
const REPLACEMENTS = [
  [/<div class="col-content">/g, '<div class="col-content" role="main">'],
  [/<div class="page-menu">/g, '<div class="page-menu" role="complementary" aria-label="This page">'],
  // Removes a link inside a button: a screen reader announces only one of them.
  [/(<summary(?:(?!<\/summary>)[\s\S])*?)<a href="[^"]*" aria-label="Permalink"[\s\S]*?<\/a>/g, "$1"],
  // Makes wide elements reachable and scrollable by keyboard.
  [/<pre><code/g, '<pre><code tabindex="0"'],
  [/<div class="tsd-signature">/g, '<div class="tsd-signature" tabindex="0">'],
  [/<table>/g, '<div class="wide" tabindex="0"><table>'],
  [/<\/table>/g, "</table></div>"],
  [/(href="[^"]*\bmedia\/(?![^"]*\.(?:png|svg|json)")[^"#]+)/g, "$1.txt"],
];

const IS_SHOWN = /\.(?:png|svg|json|txt)$/;

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.renderer.on(PageEvent.END, (page) => {
    if (!page.url.endsWith(".html") || page.contents === undefined) return;
    page.contents = REPLACEMENTS.reduce((html, [from, to]) => html.replace(from, to), page.contents);
  });
  app.renderer.on(RendererEvent.END, ({ outputDirectory }) => showAsText(join(outputDirectory, "media")));
}

/** @param {string} folder - of files that the pages lead to */
function showAsText(folder) {
  for (const name of readdirSync(folder)) {
    if (!IS_SHOWN.test(name)) renameSync(join(folder, name), join(folder, `${name}.txt`));
  }
}
