import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../docs/markdown.js";

/** Folder of inputs that people have written, and of those that have broken something: a folder for each target. */
export const WRITTEN: string = join(ROOT, "tests/fuzz/corpus");

/** Folder of inputs that fuzzing has found. Each does something that no other does: a list for each target. */
export const FOUND: string = join(ROOT, "tests/fuzz/found");

/** Returns the inputs of a target by their file names. */
export function writtenFor(target: string): Map<string, Buffer> {
  const folder = join(WRITTEN, target);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

/** Returns the inputs that fuzzing a target has found. */
export function foundFor(target: string): Buffer[] {
  const file = foundFile(target);
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, "utf8")) as string[]).map((text) => Buffer.from(text, "latin1"));
}

/** Stores an input that breaks something. @returns the file */
export function keepBroken(target: string, bytes: Buffer): string {
  const file = join(WRITTEN, target, `found-${Date.now()}`);
  writeFileSync(file, bytes);
  return file;
}

/** Stores the inputs that fuzzing has found, instead of the earlier ones. */
export function keepFound(target: string, texts: readonly Buffer[]): void {
  const lines = texts.map((bytes) => `  ${jsonOf(bytes)}`);
  writeFileSync(foundFile(target), lines.length === 0 ? "[]\n" : `[\n${lines.join(",\n")}\n]\n`);
}

function foundFile(target: string): string {
  return join(FOUND, `${target}.json`);
}

/** Returns a JSON string with a character for each byte, readable in any editor. */
function jsonOf(bytes: Buffer): string {
  const escaped = (character: string) => `\\u00${character.charCodeAt(0).toString(16)}`;
  return JSON.stringify(bytes.toString("latin1")).replace(/[\x7f-\xff]/g, escaped);
}
