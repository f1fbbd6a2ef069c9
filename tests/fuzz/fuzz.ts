// Searches for bytes that break a property that must always hold, guided by the coverage of the code:
//
//   npm run fuzz -- [--seconds 60] [--runs N] [--seed N] [--patience 10] [--keep] [TARGET ...]
//   npm run fuzz -- --replay BASE64 TARGET
//
// An input that breaks a property is shortened, printed, and stored in the corpus, which a test runs from then on. With
// --keep, the smallest set of inputs that together reach everything is stored too.
import { parseArgs } from "node:util";
import { foundFor, keepBroken, keepFound, writtenFor } from "./corpus.js";
import { canInstrumentOnLoad } from "./instrument.js";
import type { Job, Outcome } from "./job.js";
import { reportOf } from "./report.js";
import { TARGETS, type Target } from "./targets.js";
import { watched } from "./watch.js";

/** Largest input in bytes. */
const MAX_LENGTH = 1024;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string" },
    runs: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    patience: { type: "string", default: "10" },
    keep: { type: "boolean", default: false },
    replay: { type: "string" },
  },
});

const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
const runs = Number(values.runs ?? Number.POSITIVE_INFINITY);
const seconds = Number(values.seconds ?? (values.runs === undefined ? 60 : Number.POSITIVE_INFINITY));

/** Returns the target with a name. */
function targetOf(name: string): Target {
  const target = TARGETS[name];
  if (target === undefined)
    throw new RangeError(`There is no target ${name}: ${Object.keys(TARGETS).join(", ")}.`);
  return target;
}

function moduleOf(name: string): string {
  return new URL(`./targets/${name}.js`, import.meta.url).href;
}

function jobFor(name: string, { files, words }: Target): Job {
  const written = [...writtenFor(name).values()];
  return {
    module: moduleOf(name),
    files: files.map((file) => `/dist/${file}`),
    words,
    written,
    found: foundFor(name),
    seed: Number(values.seed),
    seconds: seconds / names.length,
    runs,
    maxLength: Math.max(MAX_LENGTH, ...written.map(({ length }) => length)),
    keep: values.keep,
  };
}

function keep(name: string, outcome: Outcome): void {
  if (outcome.kind !== "done") {
    console.error(`Kept in ${keepBroken(name, Buffer.from(outcome.bytes))}`);
    process.exitCode = 1;
  } else if (values.keep) keepFound(name, outcome.smallest.map(Buffer.from));
}

async function fuzz(targets: readonly (readonly [name: string, target: Target])[]): Promise<void> {
  if (!canInstrumentOnLoad()) throw new Error(`Fuzzing needs Node 22.15 or newer, not ${process.version}.`);
  console.log(`seed ${values.seed}, Node ${process.version}`);
  let total = 0;
  for (const [name, target] of targets) {
    const outcome = await watched(jobFor(name, target), Number(values.patience));
    console.log(reportOf(name, outcome));
    keep(name, outcome);
    total += outcome.executions;
  }
  console.log(`${total} executions in all`);
}

/** Without a thread and instrumentation, so that a debugger sees what happens. */
async function replay(base64: string): Promise<void> {
  for (const name of names) {
    const { holds } = (await import(moduleOf(name))) as { holds: (bytes: Buffer) => void };
    holds(Buffer.from(base64, "base64"));
    console.log(`${name}: all that must hold does.`);
  }
}

const targets = names.map((name) => [name, targetOf(name)] as const);
await (values.replay === undefined ? fuzz(targets) : replay(values.replay));
