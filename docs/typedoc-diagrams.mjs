// @ts-check
// A plugin of TypeDoc's: a `mermaid` block of a page becomes a drawing when the site is made. GitHub draws them itself.
import { renderMermaidSVG } from "beautiful-mermaid";
import { Application } from "typedoc";

/** The colours of the theme, which knows light and dark. */
const COLOURS = {
  bg: "var(--color-background)",
  fg: "var(--color-text)",
  line: "var(--color-text-aside)",
  muted: "var(--color-text-aside)",
  border: "var(--color-text-aside)",
  surface: "var(--color-background-secondary)",
  accent: "var(--color-text)",
  transparent: true,
};

/**
 * Descriptions of a diagram for blind readers. They are part of Mermaid's language, but the library does not support
 * them.
 */
const ALTERNATIVE = /^[ \t]*acc(Title|Descr)[ \t]*:[ \t]*(.+)\n/gm;

/** @param {import("typedoc").Application} app */
export function load(app) {
  // Not at once: TypeDoc drops options that are set before it reads its own.
  app.on(Application.EVENT_BOOTSTRAP_END, () => app.options.setValue("markdownItLoader", drawDiagrams));
}

/** @param {{ renderer: { rules: Record<string, Function | undefined> } }} parser - of Markdown, by markdown-it */
function drawDiagrams({ renderer: { rules } }) {
  const { fence } = rules;
  let diagrams = 0;
  /** @type {(tokens: readonly { info: string, content: string }[], index: number, ...rest: unknown[]) => string} */
  rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim() === "mermaid") return figureOf(token.content, `diagram-${++diagrams}`);
    return fence?.(tokens, index, ...rest);
  };
}

/**
 * Draws a diagram of Mermaid's.
 *
 * @param {string} source - in Mermaid's language
 * @param {string} id - that no other diagram of the page has
 * @returns {string} HTML
 * @throws {Error} where it has no words for those who can't see it, or can't be drawn
 */
export function figureOf(source, id) {
  const words = Object.fromEntries([...source.matchAll(ALTERNATIVE)].map(([, kind, text]) => [kind, text]));
  const { Title: title, Descr: description } = words;
  if (!title || !description) {
    throw new Error(
      `A diagram needs a line accTitle and a line accDescr, for those who can't see it:\n${source}`,
    );
  }
  const svg = partOfPage(renderMermaidSVG(source.replace(ALTERNATIVE, ""), COLOURS), id);
  const named = svg.replace(
    /^<svg([^>]*)>/,
    `<svg$1 role="img" aria-labelledby="${id}-title" aria-describedby="${id}-description">
<title id="${id}-title">${escapeHtml(title)}</title>
<desc id="${id}-description">${escapeHtml(description)}</desc>`,
  );
  return `<figure class="diagram" tabindex="0" aria-label="${escapeHtml(title)}">\n${named}\n</figure>\n`;
}

/**
 * Makes an image of its own a part of a page: it fetches no fonts, its style is for nothing else, its marks are its own.
 *
 * @param {string} svg
 * @param {string} id
 * @returns {string}
 */
function partOfPage(svg, id) {
  return svg
    .replace(/^\s*@import .*\n/gm, "")
    .replace(/^( *)(svg|text|\.mono) \{/gm, (_rule, indent, selector) => `${indent}.diagram ${selector} {`)
    .replace(/font-family: '(?:Inter|JetBrains Mono)', /g, "font-family: ")
    .replace(/\bid="/g, `id="${id}-`)
    .replace(/url\(#/g, `url(#${id}-`);
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
