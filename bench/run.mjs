// @ts-check Compares pyserve with its peers. `npm run bench -- --help` in the project's root, and README.md, explain
//   more.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { BENCHMARKS } from "./lib/benchmarks.mjs";
import { writeCertificate } from "./lib/certificate.mjs";
import { BenchFailure } from "./lib/failure.mjs";
import { makeFixtures } from "./lib/fixtures.mjs";
import { describeMachine, formatMachine, serverNode } from "./lib/machine.mjs";
import { parseOptions, USAGE } from "./lib/options.mjs";
import { writeMadeFiles } from "./lib/page.mjs";
import { selectPeers, whyMissing } from "./lib/peers.mjs";
import { choosePinning } from "./lib/pinning.mjs";
import { needProgram } from "./lib/programs.mjs";
import { reasonNotToWrite, writeRecord } from "./lib/records.mjs";
import { formatText } from "./lib/table.mjs";

/** Long enough for the optimizing compiler to be done with a server's hot functions. */
const WARM_UP_SECONDS = 2;

/** @typedef {import("./lib/benchmarks.mjs").FullRig} FullRig */
/** @typedef {import("./lib/benchmarks.mjs").Measurement} Measurement */

/** @param {string} message */
const progress = (message) => console.error(message);

/**
 * @param {readonly Measurement[]} measurements
 * @returns {Promise<FullRig>}
 */
async function setUp(measurements) {
  const directory = makeFixtures();
  if (measurements.some(({ peers }) => peers.some(({ secure }) => secure))) await writeCertificate(directory);
  return {
    wrk: needProgram("wrk", "it makes the requests"),
    curl: needProgram("curl", "it downloads the large file"),
    node: serverNode(),
    pinning: choosePinning(),
    directory,
  };
}

/**
 * One benchmark, with its peers.
 *
 * @typedef {object} Plan
 * @property {string} name
 * @property {readonly Measurement[]} measurements - with the peers that take part
 * @property {readonly import("./lib/peers.mjs").Peer[]} missing - requested, but not available
 */

/**
 * Decides which measurements to run with which peers, before they begin.
 *
 * @param {import("./lib/options.mjs").Options} options
 * @returns {Plan[]}
 */
function makePlans({ names, only }) {
  const plans = names.map((name) => makePlan(name, only));
  for (const peer of new Set(plans.flatMap(({ missing }) => missing)))
    progress(`${whyMissing(peer)}, goes on without ${peer.name}`);
  const withPeers = plans.filter(({ measurements }) => measurements.length > 0);
  if (withPeers.length === 0) throw new BenchFailure(`No server is left for ${names.join(", ")}.`);
  return withPeers;
}

/**
 * @param {string} name
 * @param {readonly string[] | undefined} only
 * @returns {Plan}
 */
function makePlan(name, only) {
  const chosen = (BENCHMARKS[name] ?? []).map((measurement) => ({
    measurement,
    ...selectPeers(measurement.peers, only),
  }));
  return {
    name,
    measurements: chosen
      .filter(({ present }) => present.length > 0)
      .map(({ measurement, present }) => ({ ...measurement, peers: present })),
    missing: [...new Set(chosen.flatMap(({ missing }) => missing))],
  };
}

/**
 * Runs one benchmark and prints its tables.
 *
 * @param {Plan} plan
 * @param {FullRig} rig
 * @param {import("./lib/options.mjs").Options} options
 * @returns {Promise<object[]>} one result for each of its measurements
 */
async function runPlan({ measurements }, rig, { rounds, seconds }) {
  const timing = { rounds, seconds, warmUpSeconds: WARM_UP_SECONDS };
  const results = [];
  for (const { peers, run, table } of measurements) {
    const result = await run(peers, rig, timing, progress);
    console.log(`\n${formatText(table(result, timing))}`);
    results.push(result);
  }
  return results;
}

/**
 * Stores a result for the documentation if it is good enough, and reports this.
 *
 * @param {Plan} plan
 * @param {import("./lib/records.mjs").Record} record
 * @param {import("./lib/options.mjs").Options} options
 */
function keep({ name, measurements, missing }, record, options) {
  const timing = { ...record.timing, warmUpSeconds: WARM_UP_SECONDS };
  const warnings = measurements.flatMap(({ table }, index) => table(record.results[index], timing).warnings);
  const reason = reasonNotToWrite(options, missing, warnings);
  if (reason !== null) return progress(`${name}: not written to the documentation, ${reason}`);
  writeRecord(name, record);
  writeMadeFiles();
  progress(`${name}: written to bench/results, docs/explanation/performance.md and its charts`);
}

/** @param {string[]} args */
async function main(args) {
  const options = parseOptions(args);
  if (options.help) return console.log(USAGE);
  if (options.page) return writeMadeFiles();
  const plans = makePlans(options);
  const peersOf = (/** @type {readonly Measurement[]} */ measurements) => [
    ...new Set(measurements.flatMap(({ peers }) => peers)),
  ];
  const all = plans.flatMap(({ measurements }) => measurements);
  const rig = await setUp(all);
  const machine = describeMachine(rig, peersOf(all), args);
  console.log(formatMachine(machine));

  const { rounds, seconds } = options;
  const results = [];
  for (const plan of plans) {
    const ownMachine = describeMachine(rig, peersOf(plan.measurements), args);
    const own = await runPlan(plan, rig, options);
    keep(plan, { machine: ownMachine, timing: { rounds, seconds }, results: own }, options);
    results.push(...own);
  }
  if (options.json !== undefined) {
    // npm starts this program in its own folder. INIT_CWD is the folder of the user.
    const file = resolve(process.env.INIT_CWD ?? "", options.json);
    writeFileSync(file, `${JSON.stringify({ machine, rounds, seconds, results }, undefined, 2)}\n`);
  }
}

// `process.exit` runs the listeners of `exit`, which remove the temporary files and end the servers' input.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof BenchFailure ? error.message : error);
  process.exitCode = 1;
}
