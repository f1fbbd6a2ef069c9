// @ts-check
import { readFileSync, writeFileSync } from "node:fs";
import { BENCHMARKS } from "./benchmarks.mjs";
import { describePanels, drawChart } from "./chart.mjs";
import { BenchFailure } from "./failure.mjs";
import { formatGoals } from "./goals.mjs";
import { readRecord } from "./records.mjs";
import { formatMarkdown } from "./table.mjs";

/** @typedef {import("./records.mjs").Record} Record */
/** @typedef {{ path: string, text: string }} MadeFile - `path` is relative to the project's folder */

const ROOT = new URL("../../", import.meta.url);

const PAGE = "docs/explanation/performance.md";

/** The chart of the README: measurements of several benchmarks. */
const OVERVIEW = {
  path: "docs/images/performance.svg",
  title: "pyserve beside other servers",
  parts: [
    { name: "hello", index: 0 },
    { name: "files", index: 0 },
    { name: "files", index: 1 },
  ],
};

/**
 * Returns the page with its tables, and the charts, generated from the records.
 *
 * @returns {MadeFile[]}
 * @throws {BenchFailure} if the page has no place for a benchmark
 */
export function madeFiles() {
  const records = new Map(
    Object.keys(BENCHMARKS).flatMap((name) => {
      const record = readRecord(name);
      return record === undefined ? [] : [[name, record]];
    }),
  );
  const charts = [...records].map(([name, record]) => ({
    path: chartOf(name),
    text: drawChart(`pyserve's benchmark ${name}`, panelsOf(name, record), captionOf(record)),
  }));
  return [{ path: PAGE, text: pageWith(records) }, ...charts, ...overviewOf(records)];
}

/** Writes all of them. */
export function writeMadeFiles() {
  for (const { path, text } of madeFiles()) writeFileSync(new URL(path, ROOT), text);
}

/**
 * @param {string} name - of a benchmark
 * @returns {string}
 */
function chartOf(name) {
  return `docs/images/benchmark-${name}.svg`;
}

/**
 * @param {ReadonlyMap<string, Record>} records
 * @returns {string} the current page, with new text between its marks
 */
function pageWith(records) {
  let page = fill(readFileSync(new URL(PAGE, ROOT), "utf8"), "goals", formatGoals(records));
  for (const name of Object.keys(BENCHMARKS)) page = fill(page, name, sectionOf(name, records.get(name)));
  return page;
}

/**
 * @param {string} page
 * @param {string} name - of the place
 * @param {string} text - the new text
 * @returns {string}
 */
function fill(page, name, text) {
  const begin = `<!-- ${name}: made by npm run bench -->\n`;
  const end = `<!-- end of ${name} -->\n`;
  const [before = "", rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new BenchFailure(`${PAGE} has no place for ${name}: ${begin}${end}`);
  return `${before}${begin}\n${text}\n\n${end}${after}`;
}

/**
 * @param {string} name
 * @param {Record | undefined} record
 * @returns {string}
 */
function sectionOf(name, record) {
  if (record === undefined) return `Not measured yet. To measure it, run \`npm run bench -- ${name}\`.`;
  const { results, timing } = record;
  const tables = measuredOf(name, results).map(({ table, result }) =>
    formatMarkdown(table(result, { ...timing, warmUpSeconds: 0 })),
  );
  const alt = describePanels(panelsOf(name, record));
  return [`![${alt}](../images/benchmark-${name}.svg)`, ...tables, circumstancesOf(record)].join("\n\n");
}

/**
 * @param {Record} record
 * @returns {string}
 */
function circumstancesOf({ machine }) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const { date, command, processor, cores, load, node, pinning } = machine;
  return `Measured by \`${command}\` on ${date.slice(0, 10)}: ${processor}, ${cores} cores, load ${load.toFixed(2)} before, Node ${node}; ${versions.join(", ")}; ${pinning} unless stated otherwise.`;
}

/**
 * @param {Record} record
 * @returns {string}
 */
function captionOf({ machine: { date, processor, cores, node } }) {
  return `${date.slice(0, 10)}, ${processor}, ${cores} cores, Node ${node}`;
}

/**
 * @param {ReadonlyMap<string, Record>} records
 * @returns {MadeFile[]} empty if a part was never measured
 */
function overviewOf(records) {
  const { path, title, parts } = OVERVIEW;
  const panels = parts.flatMap(({ name, index }) => {
    const record = records.get(name);
    return record === undefined ? [] : panelsOf(name, record).slice(index, index + 1);
  });
  const [record] = parts.flatMap(({ name }) => records.get(name) ?? []);
  if (record === undefined || panels.length < parts.length) return [];
  return [{ path, text: drawChart(title, panels, captionOf(record)) }];
}

/**
 * @param {string} name
 * @param {Record} record
 * @returns {import("./chart.mjs").Panel[]}
 */
function panelsOf(name, { results }) {
  return measuredOf(name, results).map(({ panel, result }) => panel(result));
}

/**
 * @param {string} name
 * @param {readonly object[]} results - fewer if a measurement is newer than the record
 */
function measuredOf(name, results) {
  const measurements = BENCHMARKS[name] ?? [];
  return results.flatMap((result, index) => {
    const measurement = measurements[index];
    return measurement === undefined ? [] : [{ ...measurement, result }];
  });
}
