import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The sources, three levels above the compiled tests/architecture. */
export const SRC: string = fileURLToPath(new URL("../../../src/", import.meta.url));

/** A file of src/ and what it imports. */
export interface SourceFile {
  /** Relative to src/: `http1/grammar.ts`. */
  readonly path: string;
  /** Its folder; `""` for files in src/ itself. */
  readonly folder: string;
  readonly imports: readonly Import[];
}

/** A file that another one imports, or exports from. */
export interface Import {
  /** A path relative to src/, or the name of a package or of a Node module. */
  readonly target: string;
  readonly isOurs: boolean;
  /** True if nothing of the import is left in JavaScript. */
  readonly isTypeOnly: boolean;
}

/** All files of src/. */
export function readSources(): SourceFile[] {
  return readdirSync(SRC, { encoding: "utf8", recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => sourceFile(name.replaceAll("\\", "/")));
}

/** The folder of a path relative to src/; `""` for src/ itself. */
export function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === "." ? "" : folder;
}

function sourceFile(path: string): SourceFile {
  const text = readFileSync(join(SRC, path), "utf8");
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  return {
    path,
    folder: folderOf(path),
    imports: statements.flatMap((statement) => importOf(path, statement)),
  };
}

function importOf(path: string, statement: ts.Statement): Import[] {
  if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
  if (statement.moduleSpecifier === undefined) return [];
  const { text } = statement.moduleSpecifier as ts.StringLiteral;
  const isOurs = text.startsWith(".");
  const target = isOurs ? posix.join(folderOf(path), text).replace(/\.js$/, ".ts") : text;
  return [{ target, isOurs, isTypeOnly: isTypeOnly(statement) }];
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  const clause = ts.isImportDeclaration(statement) ? statement.importClause : statement;
  if (clause === undefined || clause.isTypeOnly) return clause !== undefined;
  const names = "exportClause" in clause ? clause.exportClause : (clause as ts.ImportClause).namedBindings;
  if (names === undefined || !(ts.isNamedImports(names) || ts.isNamedExports(names))) return false;
  return names.elements.every((element) => element.isTypeOnly);
}
