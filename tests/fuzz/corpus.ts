import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../docs/markdown.js";

/** Where the texts are that people have written, and those that have once broken something: a folder for each target. */
export const WRITTEN: string = join(ROOT, "tests/fuzz/corpus");

/** Where the texts are that fuzzing has found, each for what it does that no other does: a list for each target. */
export const FOUND: string = join(ROOT, "tests/fuzz/found");

/** The texts of a target by their files' names. */
export function writtenFor(target: string): Map<string, Buffer> {
  const folder = join(WRITTEN, target);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

/** The texts that fuzzing a target has found. */
export function foundFor(target: string): Buffer[] {
  const file = foundFile(target);
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, "utf8")) as string[]).map((text) => Buffer.from(text, "latin1"));
}

/** Keeps a text that breaks something. @returns the file */
export function keepBroken(target: string, bytes: Buffer): string {
  const file = join(WRITTEN, target, `found-${Date.now()}`);
  writeFileSync(file, bytes);
  return file;
}

/** Keeps what fuzzing has found, in place of what was kept before. */
export function keepFound(target: string, texts: readonly Buffer[]): void {
  const lines = texts.map((bytes) => `  ${jsonOf(bytes)}`);
  writeFileSync(foundFile(target), lines.length === 0 ? "[]\n" : `[\n${lines.join(",\n")}\n]\n`);
}

function foundFile(target: string): string {
  return join(FOUND, `${target}.json`);
}

/** A JSON string, a character for a byte, that can be read in any editor. */
function jsonOf(bytes: Buffer): string {
  const escaped = (character: string) => `\\u00${character.charCodeAt(0).toString(16)}`;
  return JSON.stringify(bytes.toString("latin1")).replace(/[\x7f-\xff]/g, escaped);
}
