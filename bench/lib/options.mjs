// @ts-check
import { parseArgs } from "node:util";
import { BENCHMARKS } from "./benchmarks.mjs";
import { BenchFailure } from "./failure.mjs";

export const DEFAULT_ROUNDS = 5;
export const DEFAULT_SECONDS = 3;

export const USAGE = `usage: npm run bench -- [NAME ...] [--rounds N] [--seconds N] [--only PEER,...] [--json FILE]
                        [--write | --no-write]
       npm run bench -- --page

NAME           ${Object.keys(BENCHMARKS).join(", ")}; without one, all of them
--rounds N     how often each server is measured (default ${DEFAULT_ROUNDS})
--seconds N    how long one measurement takes, in whole seconds (default ${DEFAULT_SECONDS})
--only PEER,…  these servers alone (${peerNames().join(", ")})
--json FILE    write the results to FILE too, every round of them
--write        keep the results in bench/results, and put them into docs/explanation/performance.md and its charts;
               the default where all servers take part, at least as long as by default, and none wandered
--no-write     do not
--page         make page and charts from the results of before, and measure nothing
--help         print this`;

/**
 * @typedef {object} Options
 * @property {readonly string[]} names - of benchmarks, in the order in which they are run
 * @property {number} rounds
 * @property {number} seconds
 * @property {readonly string[] | undefined} only
 * @property {string | undefined} json
 * @property {boolean | undefined} write - true to store the results; `undefined` if this depends on the run
 * @property {boolean} page
 * @property {boolean} help
 */

/**
 * Reads the command line.
 *
 * @param {string[]} args
 * @returns {Options}
 * @throws {BenchFailure} that names the wrong argument
 */
export function parseOptions(args) {
  const { values, positionals } = parse(args);
  const only = values.only?.split(",");
  refuseUnknown("benchmark", positionals, Object.keys(BENCHMARKS));
  refuseUnknown("peer", only ?? [], peerNames());
  return {
    names: positionals.length > 0 ? positionals : Object.keys(BENCHMARKS),
    rounds: positiveInteger("--rounds", values.rounds),
    seconds: positiveInteger("--seconds", values.seconds),
    only,
    json: values.json,
    write: values.write,
    page: values.page,
    help: values.help,
  };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      allowNegative: true,
      options: {
        rounds: { type: "string", default: String(DEFAULT_ROUNDS) },
        seconds: { type: "string", default: String(DEFAULT_SECONDS) },
        only: { type: "string" },
        json: { type: "string" },
        write: { type: "boolean" },
        page: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new BenchFailure(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

/**
 * @param {string} what
 * @param {readonly string[]} given
 * @param {readonly string[]} known
 */
function refuseUnknown(what, given, known) {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new BenchFailure(`There is no ${what} ${JSON.stringify(unknown)}; there are ${known.join(", ")}.`);
  }
}

/**
 * @param {string} option
 * @param {string} text
 * @returns {number}
 */
function positiveInteger(option, text) {
  if (!/^[1-9]\d{0,3}$/.test(text)) {
    throw new BenchFailure(`${option} has to be a whole number from 1 to 9999, not ${JSON.stringify(text)}.`);
  }
  return Number(text);
}

/** @returns {string[]} */
function peerNames() {
  return [
    ...new Set(
      Object.values(BENCHMARKS)
        .flat()
        .flatMap(({ peers }) => peers.map(({ name }) => name)),
    ),
  ];
}
