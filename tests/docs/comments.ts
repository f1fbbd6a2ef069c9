import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pyserve from "pyserve";
import * as testing from "pyserve/testing";
import { readSources, SRC } from "../architecture/source-files.js";
import type { Snippet } from "./snippets.js";

/**
 * Names that examples in comments use without declaring them. An `import` is completed, a line put before the
 * example.
 */
const GIVEN: Readonly<Record<string, string>> = {
  Hello: 'class Hello extends BaseHTTPRequestHandler { do_GET() { this.send_error(501, "Hello"); } }',
  Handler: "class Handler extends BaseHTTPRequestHandler {}",
  rows: "const rows = [1, 2];",
  upstream: 'const upstream = "http://localhost/";',
  bytes: 'const bytes = Buffer.from("GET / HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n");',
  connection: "const connection = new ServerConnection();",
  createWriteStream: 'import { createWriteStream } from "node:fs";',
  pipeline: 'import { pipeline } from "node:stream/promises";',
};

/** An example: a fenced block, or the text after `@example` without a fence. */
const EXAMPLE = /^```ts\n([\s\S]*?)^```$|^@example\n(?!```)([\s\S]*?)(?=^@|(?![\s\S]))/gm;

/** A line with the expected value: `expression; // value`. */
const RESULT = /^(.+); \/\/ (true|false|undefined|null|-?\d[\d.]*|(["'])(?:[^\\]|\\.)*?\3|\[.*\]|\{.*\})$/gm;

/**
 * Finds the examples in the comments of src/. Each becomes a program, in which a comment with a result is an assertion.
 */
export function examplesInComments(): Snippet[] {
  const sources = readSources().map(({ path }) => ({ path, text: readFileSync(join(SRC, path), "utf8") }));
  const modules = new Map(
    sources.flatMap(({ path, text }) => exportedBy(text).map((name) => [name, `#src/${compiled(path)}`])),
  );
  return sources.flatMap(({ path, text }) =>
    examplesOf(text).map(({ code, line }) => ({
      place: `src/${path}:${line}`,
      program: programOf(code, importsFor(path, text, modules)),
      commands: [],
    })),
  );
}

interface Example {
  readonly code: string;
  /** Line of the file, from 1. */
  readonly line: number;
}

function examplesOf(source: string): Example[] {
  return [...source.matchAll(/\/\*\*\n[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const text = comment.slice(4).replace(/^ *\*(?:\/$| ?)/gm, "");
    const first = linesIn(source.slice(0, index)) + 2;
    return [...text.matchAll(EXAMPLE)].map((match) => ({
      code: (match[1] ?? match[2] ?? "").replaceAll("*\\/", "*/"),
      line: first + linesIn(text.slice(0, match.index)) + 1,
    }));
  });
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}

/** Returns the exports of a module that exist at run time. */
function exportedBy(source: string): string[] {
  const names = source.matchAll(/^export (?:async |abstract )*(?:function|class|const) (\w+)/gm);
  return [...names].map((match) => match[1] as string);
}

function compiled(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

/** Returns the module of a name: that of the comment, a public one, or any other of our modules. */
function importsFor(path: string, source: string, modules: ReadonlyMap<string, string>) {
  const own = new Set(exportedBy(source));
  return (name: string): string | undefined => {
    if (own.has(name)) return `#src/${compiled(path)}`;
    if (name in pyserve) return "pyserve";
    if (name in testing) return "pyserve/testing";
    return modules.get(name);
  };
}

/** Returns the example on its own lines, with its imports on the line before. */
function programOf(code: string, moduleOf: (name: string) => string | undefined): string {
  const asserting = code.replace(RESULT, (_line, expression, value) => `same(${expression}, ${value});`);
  const given = Object.entries(GIVEN)
    .filter(([name]) => uses(code, name))
    .map(([, line]) => line);
  const all = [asserting, ...given].join("\n");
  const names = new Set(all.match(/\b[A-Za-z_]\w*/g));
  const imports = [...names].flatMap((name) => {
    const module = uses(all, name) ? moduleOf(name) : undefined;
    return module === undefined ? [] : [`import { ${name} } from "${module}";`];
  });
  const same = 'import { deepEqual as same } from "node:assert/strict";';
  const [before, after] = isPartOfHandler(code)
    ? ["export class Example extends BaseHTTPRequestHandler { async do_GET() {", "} }"]
    : ["", ""];
  if (before !== "" && !names.has("BaseHTTPRequestHandler"))
    imports.push('import { BaseHTTPRequestHandler } from "pyserve";');
  return `${[same, ...imports, ...given, before].join(" ")}\n${asserting}${after}\nexport {};\n`;
}

/** True if code uses a name that it neither declares nor imports. */
function uses(code: string, name: string): boolean {
  const isThere = new RegExp(`(?<![.\\w"])${name}\\b(?!:)`).test(code);
  return (
    isThere && !new RegExp(`(?:class|const|function) ${name}\\b|import \\{[^}]*\\b${name}\\b`).test(code)
  );
}

function isPartOfHandler(code: string): boolean {
  return /\bthis\./.test(code) && !/\bclass\b/.test(code);
}
