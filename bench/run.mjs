// @ts-check
// Compares pyserve with its peers. `npm run bench -- --help` in the project's root, and README.md, say more.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { BENCHMARKS } from "./lib/benchmarks.mjs";
import { writeCertificate } from "./lib/certificate.mjs";
import { BenchFailure } from "./lib/failure.mjs";
import { makeFixtures } from "./lib/fixtures.mjs";
import { describeMachine, formatMachine, serverNode } from "./lib/machine.mjs";
import { parseOptions, USAGE } from "./lib/options.mjs";
import { selectPeers } from "./lib/peers.mjs";
import { choosePinning } from "./lib/pinning.mjs";
import { needProgram } from "./lib/programs.mjs";

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
 * Decides what is measured with whom, before it begins.
 *
 * @param {import("./lib/options.mjs").Options} options
 * @returns {Measurement[]} with those peers that take part
 */
function makePlan({ names, only }) {
  const measurements = names.flatMap((name) => BENCHMARKS[name] ?? []);
  const chosen = measurements.map(({ peers, run }) => ({ run, ...selectPeers(peers, only) }));
  for (const { name, program } of new Set(chosen.flatMap(({ missing }) => missing)))
    progress(`${program} is not installed, goes on without ${name}`);
  const withPeers = chosen.filter(({ present }) => present.length > 0);
  if (withPeers.length === 0) throw new BenchFailure(`No server is left for ${names.join(", ")}.`);
  return withPeers.map(({ run, present }) => ({ run, peers: present }));
}

/** @param {string[]} args */
async function main(args) {
  const options = parseOptions(args);
  if (options.help) return console.log(USAGE);
  const plan = makePlan(options);
  const rig = await setUp(plan);
  const machine = describeMachine(rig, [...new Set(plan.flatMap(({ peers }) => peers))], args);
  console.log(formatMachine(machine));

  const { rounds, seconds } = options;
  const timing = { rounds, seconds, warmUpSeconds: WARM_UP_SECONDS };
  const results = [];
  for (const { peers, run } of plan) {
    const { result, text } = await run(peers, rig, timing, progress);
    console.log(`\n${text}`);
    results.push(result);
  }
  if (options.json !== undefined) {
    // npm starts this in its own folder, and keeps in INIT_CWD where the person was.
    const file = resolve(process.env.INIT_CWD ?? "", options.json);
    writeFileSync(file, `${JSON.stringify({ machine, rounds, seconds, results }, undefined, 2)}\n`);
  }
}

// `exit`, so that what waits for the end of the process (the temporary files, the servers' input) sees it.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof BenchFailure ? error.message : error);
  process.exitCode = 1;
}
