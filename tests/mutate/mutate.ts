/**
 * Changes one place of a pure module at a time, and runs the tests of its folder: `npm run mutate -- http1 --count 100`.
 * A mutant that no test notices is printed. It shows a line that no test specifies, or one that makes no difference.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../docs/markdown.js";
import { type Mutation, mutationsOf } from "./mutations.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    file: { type: "string" },
  },
});
const [folder = "http1"] = positionals;

/** A copy of the build, so that others can use the original meanwhile. */
const copy = mkdtempSync(join(tmpdir(), "pyserve-mutate-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const name of ["dist", "build/tests", "package.json", "tests", "src", "docs"])
  cpSync(join(ROOT, name), join(copy, name), { recursive: true });
symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));

interface Mutant extends Mutation {
  readonly file: string;
}

const modules = readdirSync(join(copy, "dist", folder)).filter(
  (name) => name.endsWith(".js") && (values.file === undefined || name === `${values.file}.js`),
);
const mutants: Mutant[] = modules.flatMap((name) => {
  const file = join(copy, "dist", folder, name);
  return mutationsOf(readFileSync(file, "utf8")).map((mutation) => ({ ...mutation, file }));
});

/** Returns numbers that look random, and are the same for each seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const next = random(Number(values.seed));
const sample = mutants
  .map((mutant) => [next(), mutant] as const)
  .sort(([one], [other]) => one - other)
  .slice(0, Number(values.count))
  .map(([, mutant]) => mutant);

/** True if the tests pass. The module's own test is the one that most often fails. */
function passes(file: string): boolean {
  const tests = join(copy, "build/tests", folder);
  const own = join(tests, file.slice(file.lastIndexOf("/") + 1).replace(/\.js$/, ".test.js"));
  const all = readdirSync(tests)
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => join(tests, name));
  const run = (files: readonly string[]) =>
    spawnSync(process.execPath, ["--test", "--test-timeout=60000", ...files], { cwd: copy, timeout: 120_000 })
      .status === 0;
  return (!existsSync(own) || run([own])) && run(all.filter((name) => name !== own));
}

let killed = 0;
for (const { file, start, end, replacement } of sample) {
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.slice(0, start) + replacement + text.slice(end));
  if (passes(file)) {
    const line = text.slice(0, start).split("\n").length;
    const shown = (text.split("\n")[line - 1] ?? "").trim();
    console.log(
      `${file.slice(copy.length + 1)}:${line}: ${text.slice(start, end)} → ${replacement}: ${shown}`,
    );
  } else killed++;
  writeFileSync(file, text);
}
console.log(`${folder}: the tests notice ${killed} of ${sample.length} mutants (of ${mutants.length}).`);
