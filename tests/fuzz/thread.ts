// The thread that fuzzes: does one job, and posts the outcome.
import { inspect } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { Counters } from "./counters.js";
import { InFlight } from "./in-flight.js";
import { allCounts, canInstrumentOnLoad, instrumentOnLoad } from "./instrument.js";
import type { Job, Outcome } from "./job.js";
import { wordsWith } from "./mutations.js";
import { Random } from "./random.js";
import { Broken, Search } from "./search.js";
import { shortened, smallestOf } from "./shorten.js";

// Number of executions between two looks at the clock.
const PIECE = 128;

// Thousands of inputs are refused, and nobody reads the stacks.
Error.stackTraceLimit = 0;

const { job, memory } = workerData as { job: Job; memory: SharedArrayBuffer };
const inFlight = new InFlight(memory);
if (canInstrumentOnLoad()) instrumentOnLoad((path) => job.files.some((part) => path.includes(part)));
const { holds } = (await import(job.module)) as { holds: (bytes: Buffer) => void };
const counters = new Counters(allCounts());
const search = new Search({
  holds(bytes) {
    inFlight.begin(bytes);
    holds(bytes);
  },
  counters,
  words: wordsWith(job.words),
  random: new Random(job.seed),
  maxLength: job.maxLength,
});

function fuzz(): Outcome {
  const began = performance.now();
  const end = began + job.seconds * 1000;
  try {
    for (const bytes of [...job.written, ...job.found]) search.add(Buffer.from(bytes));
    while (performance.now() < end && search.executions < job.runs) fuzzFor(PIECE);
  } catch (error) {
    if (error instanceof Broken) return brokenBy(error);
    throw error;
  }
  const { executions } = search;
  const seconds = (performance.now() - began) / 1000;
  const smallest = job.keep ? smallestCorpus() : [];
  return {
    kind: "done",
    executions,
    seconds,
    coverage: counters.coverage,
    corpus: search.corpus.length,
    smallest,
  };
}

function fuzzFor(executions: number): void {
  const last = Math.min(search.executions + executions, job.runs);
  while (search.executions < last) search.add(search.next());
}

function brokenBy({ bytes, cause }: Broken): Outcome {
  const { executions } = search;
  const short = shortened(bytes, (shorter) => featuresOf(shorter) === undefined);
  return { kind: "broken", executions, bytes: short, error: inspect(cause) };
}

function smallestCorpus(): Buffer[] {
  const known = job.written.flatMap((bytes) => featuresOf(Buffer.from(bytes)) ?? []);
  return smallestOf(search.corpus, (bytes) => featuresOf(bytes) ?? [], known);
}

/** Returns the features that an input reaches; `undefined` if it breaks something. */
function featuresOf(bytes: Buffer): number[] | undefined {
  try {
    search.run(bytes);
    return counters.features();
  } catch (error) {
    if (error instanceof Broken) return undefined;
    throw error;
  }
}

parentPort?.postMessage(fuzz());
