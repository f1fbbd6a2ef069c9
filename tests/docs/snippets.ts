import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as pyserve from "pyserve";
import ts from "typescript";
import { PACKAGE } from "../support/published.js";
import { type Command, parseConsole } from "./console.js";
import { type CodeBlock, type Page, ROOT } from "./markdown.js";

/** A program of a page, the commands for it, or both. CONTRIBUTING.md explains how they are written. */
export interface Snippet {
  /** `README.md:40`. */
  readonly place: string;
  /** TypeScript; `null` for a console without a program. */
  readonly program: string | null;
  /** Commands that a reader types beside it. */
  readonly commands: readonly Command[];
}

/**
 * Finds the programs of a page: each `ts` block, with the `console` block that directly follows it, and other consoles.
 */
export function snippetsOf({ path, blocks }: Page): Snippet[] {
  const snippets: Snippet[] = [];
  for (const [index, block] of blocks.entries()) {
    const place = `${path}:${block.line}`;
    const next = blocks[index + 1];
    if (block.language === "ts") {
      const commands = next?.language === "console" ? parseConsole(next.text) : [];
      snippets.push({ place, program: programOf(block), commands });
    } else if (block.language === "console" && blocks[index - 1]?.language !== "ts") {
      snippets.push({ place, program: null, commands: parseConsole(block.text) });
    }
  }
  return snippets;
}

/**
 * A block without an import is a part of a program: the names of pyserve that it uses are imported on its first line.
 */
function programOf({ text }: CodeBlock): string {
  if (/^import /m.test(text)) return text;
  const words = new Set(text.match(/\b[A-Za-z_]\w*/g));
  const names = Object.keys(pyserve).filter((name) => words.has(name));
  return `import { ${names.join(", ")} } from "pyserve"; ${text}\nexport {};\n`;
}

/** Folder of the pages' programs while the test runs: in the published package, which they import by its name. */
const FOLDER = join(PACKAGE, "snippets", String(process.pid));

/** The same for programs that also import modules of the project. */
export const FOLDER_OF_MODULES: string = join(ROOT, "build", "snippets", String(process.pid));

/** Removes what {@link compile} has written. */
export function removeCompiled(): void {
  for (const folder of [FOLDER, FOLDER_OF_MODULES]) rmSync(folder, { recursive: true, force: true });
}

/**
 * Compiles programs, all together.
 *
 * @returns the compiler's errors, with the pages' lines; and the files to run, by the snippet's place
 */
export function compile(
  snippets: readonly Snippet[],
  folder = FOLDER,
): {
  problems: string[];
  scripts: ReadonlyMap<string, string>;
} {
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, Snippet>();
  for (const snippet of snippets) {
    if (snippet.program === null) continue;
    const file = join(folder, `${snippet.place.replace(/[^A-Za-z0-9]+/g, "-")}.ts`);
    writeFileSync(file, snippet.program);
    files.set(file, snippet);
  }
  const program = ts.createProgram([...files.keys()], compilerOptions());
  const problems = ts.getPreEmitDiagnostics(program).map((diagnostic) => describe(diagnostic, files));
  program.emit();
  const scripts = [...files].map(([file, { place }]) => [place, runnable(file)] as const);
  return { problems, scripts: new Map(scripts) };
}

/**
 * Returns the file to run: the compiled one, which starts in half the time. The README's programs run uncompiled, as
 * for a reader, if this Node runs TypeScript. The compiler checks that all others could, too.
 */
function runnable(file: string): string {
  return basename(file).startsWith("README") &&
    "typescript" in process.features &&
    process.features.typescript
    ? file
    : file.replace(/\.ts$/, ".js");
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(ROOT, "tsconfig.json");
  const { compilerOptions } = ts.parseConfigFileTextToJson(path, readFileSync(path, "utf8")).config;
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, ROOT);
  // `erasableSyntaxOnly`: a reader may run the program directly with a Node that supports TypeScript.
  return {
    ...options,
    noEmit: false,
    declaration: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    erasableSyntaxOnly: true,
  };
}

function describe({ file, start = 0, messageText }: ts.Diagnostic, files: Map<string, Snippet>): string {
  const message = ts.flattenDiagnosticMessageText(messageText, "\n");
  const snippet = file && files.get(join(file.fileName));
  if (file === undefined || snippet === undefined) return `${basename(file?.fileName ?? "")}: ${message}`;
  const [page, first] = snippet.place.split(":");
  const line = Number(first) + file.getLineAndCharacterOfPosition(start).line;
  return `${page}:${line}: ${message}`;
}

/**
 * Writes a copy of a program with other ports.
 *
 * @param ports - replaces the ports
 * @returns the path of the copy
 */
export function withPorts(script: string, ports: (text: string) => string): string {
  const copy = script.replace(/(?=\.[jt]s$)/, "-ported");
  writeFileSync(copy, ports(readFileSync(script, "utf8")));
  return copy;
}
