import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const { createScanner, LanguageVariant, ScriptTarget, SyntaxKind } = ts;

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Folders and files whose comments are checked. */
const CODE = ["src", "tests", "examples", "bench", "docs"];

/** Folders and pages whose prose is checked. */
const PROSE = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "examples", "bench"];

/** Names of folders that have no files of ours, or files that are not written by hand. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", "corpus", "found", "results"]);

/** Begins with a word that makes a reader look for the noun: "What a server has". Say the noun: "Settings of a server". */
const BEGINNING = /^(?:What(?:ever)?|Who(?:ever|se|m)?|Whether|Which|That|Of)\b/;

/** Expressions that readers don't understand at once, and the words of the field for the same things. */
const UNCLEAR: readonly (readonly [unclear: RegExp, clear: string])[] = [
  [/\bwho asks\b/i, "client"],
  [/\bwhoever\b/i, "caller, client, your code"],
  [/\bcuts? off\b/i, "close, reset"],
  [/\blets? go\b/i, "close, release"],
  [/\b(?:that|which) (?:is|are) none\b/i, "invalid, malformed"],
  [/\bdepartures?\b/i, "batch"],
  [/\bheld place\b/i, "containment check"],
  [/\btime is over\b/i, "times out"],
  [/\blines? of the head\b/i, "header field"],
  [/\bwhat it carries\b/i, "body"],
];

test("comments begin with a noun or a verb", () => {
  const wrong = comments().filter(({ text }) => BEGINNING.test(text));
  assert.deepEqual(wrong.map(shown), []);
});

test("comments and pages use the words of the field", () => {
  const wrong = [...comments(), ...paragraphs()].flatMap((found) =>
    UNCLEAR.filter(([unclear]) => unclear.test(found.text)).map(
      ([unclear, clear]) => `${shown(found)}: ${unclear.source} (say: ${clear})`,
    ),
  );
  assert.deepEqual(wrong, []);
});

interface Found {
  /** `src/cli/main.ts:12`. */
  readonly place: string;
  /** The text without its signs, on one line. */
  readonly text: string;
}

function comments(): Found[] {
  return filesIn(CODE, /\.(?:ts|mjs)$/).flatMap(({ path, text }) =>
    commentsIn(text).map(({ start, text: comment }) => ({
      place: placeOf(path, text, start),
      text: oneLine(comment.replaceAll(/^\s*\/\*\*?|\*\/$|^[ \t]*(?:\*|\/\/)[ \t]?/gm, "")),
    })),
  );
}

interface Comment {
  readonly start: number;
  readonly text: string;
  /** True if it is `//` without code before it. */
  readonly isLine: boolean;
}

/** Returns the comments of a program. Lines of `//` below one another are one comment. */
function commentsIn(program: string): Comment[] {
  const found: Comment[] = [];
  let isAlone = true;
  for (const { kind, start, text } of tokensOf(program)) {
    if (kind === SyntaxKind.NewLineTrivia) isAlone = true;
    else if (kind === SyntaxKind.SingleLineCommentTrivia || kind === SyntaxKind.MultiLineCommentTrivia)
      addComment(found, { start, text, isLine: isAlone && text.startsWith("//") }, program);
    else if (kind !== SyntaxKind.WhitespaceTrivia) isAlone = false;
  }
  return found;
}

function addComment(found: Comment[], comment: Comment, program: string): void {
  const before = found.at(-1);
  const gap = before === undefined ? "" : program.slice(before.start + before.text.length, comment.start);
  if (before?.isLine !== true || !comment.isLine || !/^\n[ \t]*$/.test(gap)) found.push(comment);
  else found.splice(-1, 1, { ...before, text: before.text + gap + comment.text });
}

interface Token {
  readonly kind: ts.SyntaxKind;
  readonly start: number;
  readonly text: string;
}

/** Tokens after which a slash divides. After all others, it begins a regular expression. */
const OPERANDS: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.ThisKeyword,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
]);

/** Yields the tokens of a program, with comments and white space. */
function* tokensOf(program: string): Iterable<Token> {
  const scanner = createScanner(ScriptTarget.Latest, false, LanguageVariant.Standard, program);
  /** For each open brace, true if it began in a template. */
  const braces: boolean[] = [];
  let last: ts.SyntaxKind = SyntaxKind.Unknown;
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if ((kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) && !OPERANDS.has(last))
      kind = scanner.reScanSlashToken();
    if (kind === SyntaxKind.CloseBraceToken && braces.pop() === true)
      kind = scanner.reScanTemplateToken(false);
    if (kind === SyntaxKind.OpenBraceToken) braces.push(false);
    if (kind === SyntaxKind.TemplateHead || kind === SyntaxKind.TemplateMiddle) braces.push(true);
    if (!isTrivia(kind)) last = kind;
    yield { kind, start: scanner.getTokenStart(), text: scanner.getTokenText() };
  }
}

function isTrivia(token: ts.SyntaxKind): boolean {
  return token >= SyntaxKind.FirstTriviaToken && token <= SyntaxKind.LastTriviaToken;
}

function paragraphs(): Found[] {
  return filesIn(PROSE, /\.md$/).flatMap(({ path, text }) => {
    const prose = text
      .replaceAll(/^(`{3,})\w*\n[\s\S]*?^\1$/gm, (block) => block.replaceAll(/[^\n]/g, ""))
      .replaceAll(/`[^`]*`/g, "code");
    return [...prose.matchAll(/(?:^.+\n?)+/gm)].map(({ 0: paragraph, index }) => ({
      place: placeOf(path, prose, index),
      text: oneLine(paragraph),
    }));
  });
}

function filesIn(paths: readonly string[], name: RegExp): { path: string; text: string }[] {
  return paths.flatMap((path) => {
    if (statSync(join(ROOT, path)).isDirectory()) {
      const names = readdirSync(join(ROOT, path)).filter((entry) => !SKIPPED.has(entry));
      return filesIn(
        names.map((entry) => `${path}/${entry}`),
        name,
      );
    }
    return name.test(path) ? [{ path, text: readFileSync(join(ROOT, path), "utf8") }] : [];
  });
}

function placeOf(path: string, text: string, index: number): string {
  return `${path}:${text.slice(0, index).split("\n").length}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function shown({ place, text }: Found): string {
  return `${place}: ${text.slice(0, 80)}`;
}
