import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT } from "./markdown.js";

const PAGE = "docs/explanation/performance.md";

/** Text between the marks of the page is generated; the rest is written by hand. */
const MADE = /<!-- ([\w-]+): made by npm run bench -->[\s\S]*?<!-- end of \1 -->/g;

/** A number with its unit, as only a measurement has it. */
const FIGURE = /\d[\d.,]*\s*(?:µs|ms|%|times\b|(?:requests|handshakes|listings|MiB) (?:a|per) second)/;

const { madeFiles } = (await import(pathToFileURL(`${ROOT}bench/lib/page.mjs`).href)) as {
  madeFiles(): { path: string; text: string }[];
};
const { BENCHMARKS } = (await import(pathToFileURL(`${ROOT}bench/lib/benchmarks.mjs`).href)) as {
  BENCHMARKS: Record<string, unknown>;
};
const { summarize } = (await import(pathToFileURL(`${ROOT}bench/lib/statistics.mjs`).href)) as {
  summarize(values: readonly number[]): object;
};

for (const { path, text } of madeFiles()) {
  test(`${path} is what the results of the benchmarks make (npm run bench -- --page)`, () => {
    assert.equal(readFileSync(`${ROOT}${path}`, "utf8"), text);
  });
}

test(`${PAGE} has each benchmark once, and what was aimed at`, () => {
  const page = readFileSync(`${ROOT}${PAGE}`, "utf8");
  const places = ["goals", ...Object.keys(BENCHMARKS)].sort();
  assert.deepEqual([...page.matchAll(MADE)].map(([, name]) => name).sort(), places);
});

for (const name of Object.keys(BENCHMARKS)) {
  const file = `${ROOT}bench/results/${name}.json`;
  if (!existsSync(file)) continue;
  test(`what bench/results/${name}.json says of its rounds follows from them`, () => {
    const { results } = JSON.parse(readFileSync(file, "utf8"));
    for (const { rows } of results) {
      for (const { rates, rate, costs, cost, growths, growth, held, holds, shares, share } of rows) {
        if (rates !== undefined) assert.deepEqual(rate, summarize(rates));
        if (costs !== undefined) assert.deepEqual(cost, summarize(costs));
        if (growths !== undefined) assert.deepEqual(growth, summarize(growths));
        if (held !== undefined) assert.deepEqual(holds, summarize(held));
        if (shares !== undefined) assert.deepEqual(share, summarize(shares));
      }
    }
  });
}

test("figures are in generated tables, and not in the text around them", () => {
  const words = readFileSync(`${ROOT}${PAGE}`, "utf8").replace(MADE, "");
  assert.doesNotMatch(words, FIGURE);
});

test("README.md shows the generated chart, and no other figures", () => {
  const readme = readFileSync(`${ROOT}README.md`, "utf8");
  assert.doesNotMatch(readme, FIGURE);
});
