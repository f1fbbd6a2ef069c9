import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../docs/markdown.js";

/** Where the texts are that fuzzing begins with, and that have once broken something: a folder for each target. */
export const CORPUS = join(ROOT, "tests/fuzz/corpus");

/** The corpus of a target. */
export function corpusOf(target: string): Map<string, Buffer> {
  const folder = join(CORPUS, target);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}
