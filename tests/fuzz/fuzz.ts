// Looks for bytes that break what must always hold: `npm run fuzz -- [--seconds N] [--seed N] [TARGET ...]`.
// What it finds is made as short as can be, and kept in the corpus, where a test meets it from then on.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { CORPUS, corpusOf } from "./corpus.js";
import { mutated } from "./mutations.js";
import { TARGETS, type Target } from "./targets.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});

/** @returns how often it was run, and whether all was well */
function fuzz(name: string, target: Target, seconds: number, seed: number): readonly [number, boolean] {
  const property = fc.property(mutated([...corpusOf(name).values()]), (bytes) => target(bytes));
  const result = fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    maxSkipsPerRun: 0,
  });
  const found = result.counterexample?.[0];
  if (found !== undefined) report(name, found, result.errorInstance);
  return [result.numRuns, found === undefined];
}

function report(name: string, bytes: Buffer, error: unknown): void {
  const file = join(CORPUS, name, `found-${Date.now()}`);
  writeFileSync(file, bytes);
  console.error(`${name}: ${JSON.stringify(bytes.toString("latin1"))}, kept in ${file}\n`, error);
}

const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
const seed = Number(values.seed);
const each = Number(values.seconds) / names.length;
console.log(`${values.seconds} seconds, seed ${seed}`);
let total = 0;
for (const name of names) {
  const target = TARGETS[name];
  if (target === undefined)
    throw new RangeError(`There is no target ${name}: ${Object.keys(TARGETS).join(", ")}.`);
  const [runs, isWell] = fuzz(name, target, each, seed);
  console.log(`${name}: ${runs} executions`);
  total += runs;
  if (!isWell) process.exitCode = 1;
}
console.log(`${total} executions in all`);
