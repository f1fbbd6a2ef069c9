import assert from "node:assert/strict";
import { test } from "node:test";
import { Counters } from "./counters.js";
import { allCounts, instrumented } from "./instrument.js";
import { wordsWith } from "./mutations.js";
import { Random } from "./random.js";
import { Broken, Search } from "./search.js";

const RUNS = 100_000;

const WORD = "pyserve";

// Each correct letter reaches another branch.
const STEPS = [...WORD].map((letter, at) => `if (text[${at}] !== "${letter}") return;`);
const PROGRAM = `export function holds(bytes) {
  const text = bytes.toString("latin1");
  ${STEPS.join("\n  ")}
  throw new Error("found");
}`;

type Holds = (bytes: Buffer) => void;

async function load(program: string): Promise<Holds> {
  return (await import(`data:text/javascript,${encodeURIComponent(program)}`)).holds;
}

function searchOf(holds: Holds, counters: Counters, seed: number): Search {
  return new Search({
    holds,
    counters,
    words: wordsWith([...WORD]),
    random: new Random(seed),
    maxLength: 100,
  });
}

/** Returns the input that the search finds, or `undefined`. */
function findIn(search: Search): Buffer | undefined {
  try {
    while (search.executions < RUNS) search.add(search.next());
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Broken);
    return error.bytes;
  }
}

test("a search that sees branches finds a word, and one that does not see them finds none", async () => {
  const plain = await load(PROGRAM);
  assert.equal(findIn(searchOf(plain, new Counters([]), 1)), undefined);

  const holds = await load(instrumented(PROGRAM, "word.js"));
  const counters = new Counters(allCounts());
  assert.match(findIn(searchOf(holds, counters, 1))?.toString("latin1") ?? "", /^pyserve/);
  assert.deepEqual(counters.coverage, { reached: 14, total: 15 });
});

test("a search runs the same inputs with the same seed, and others with another seed", async () => {
  const inputsOf = (seed: number) => {
    const inputs: string[] = [];
    const note = (bytes: Buffer) => void inputs.push(bytes.toString("latin1"));
    const search = searchOf(note, new Counters([]), seed);
    for (let runs = 0; runs < 100; runs++) search.add(search.next());
    return inputs;
  };
  assert.deepEqual(inputsOf(1), inputsOf(1));
  assert.notDeepEqual(inputsOf(1), inputsOf(2));
});

test("inputs of a search are never too long", () => {
  const search = searchOf((bytes) => assert.ok(bytes.length <= 100), new Counters([]), 3);
  search.corpus.push(Buffer.alloc(100, "long"));
  while (search.executions < 10_000) search.add(search.next());
});
