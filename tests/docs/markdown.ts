import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The project's folder, three levels above the compiled tests/docs. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** A fenced block of a page. */
export interface CodeBlock {
  /** Language after the fence: `ts`, `console`. */
  readonly language: string;
  readonly text: string;
  /** The line of the page at which the text begins, from 1. */
  readonly line: number;
}

/** A link of a page to another place. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** A Markdown file, parsed as far as the tests need it. */
export interface Page {
  /** Relative to the project's folder. */
  readonly path: string;
  readonly blocks: readonly CodeBlock[];
  readonly links: readonly Link[];
  /** Valid anchors: the texts after `#` in links to this page. */
  readonly anchors: ReadonlySet<string>;
  /** The tables, each a list of rows, each a list of cells; the first row is the heading. */
  readonly tables: readonly (readonly (readonly string[])[])[];
}

/**
 * Reads a page.
 *
 * @param path - relative to the project's folder
 */
export function readPage(path: string): Page {
  return parsePage(path, readFileSync(`${ROOT}${path}`, "utf8"));
}

/** A fence, its language, the text, and a fence of the same length. */
const BLOCK = /^(`{3,})(\w*)\n([\s\S]*?)^\1$/gm;

/** Parses Markdown: fenced blocks first, because their content is not Markdown. */
export function parsePage(path: string, text: string): Page {
  const blocks = [...text.matchAll(BLOCK)].map(({ index, 2: language = "", 3: content = "" }) => ({
    language,
    text: content,
    line: linesIn(text.slice(0, index)) + 2,
  }));
  // Replaced by empty lines, so that lines keep their numbers.
  const prose = text.replace(BLOCK, (block) => "\n".repeat(linesIn(block))).split("\n");
  return { path, blocks, links: linksOf(prose), anchors: anchorsOf(prose), tables: tablesOf(prose) };
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}

function linksOf(prose: readonly string[]): Link[] {
  return prose.flatMap((line, index) =>
    [...withoutCode(line).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map((match) => ({
      target: match[1] as string,
      line: index + 1,
    })),
  );
}

/** GitHub's: lower case, without punctuation, with hyphens for spaces; a repeated one is numbered. */
function anchorsOf(prose: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function tablesOf(prose: readonly string[]): string[][][] {
  const tables: string[][][] = [];
  let table: string[][] = [];
  for (const line of [...prose, ""]) {
    if (line.startsWith("|")) table.push(cellsOf(line));
    else if (table.length > 0) {
      tables.push(table.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell))));
      table = [];
    }
  }
  return tables;
}

function cellsOf(row: string): string[] {
  const inner = row.trim().replace(/^\||\|$/g, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** Returns the texts in backquotes. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
}

function withoutCode(line: string): string {
  return line.replace(/`[^`]*`/g, "");
}
