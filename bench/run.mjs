// @ts-check
// Compares pyserve with its peers. `npm run bench -- --help` in the project's root, and README.md, say more.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { BENCHMARKS } from "./lib/benchmarks.mjs";
import { BenchFailure } from "./lib/failure.mjs";
import { makeFixtures } from "./lib/fixtures.mjs";
import { describeMachine, formatMachine, serverNode } from "./lib/machine.mjs";
import { formatMemory, runMemory } from "./lib/memory.mjs";
import { parseOptions, USAGE } from "./lib/options.mjs";
import { selectPeers } from "./lib/peers.mjs";
import { choosePinning } from "./lib/pinning.mjs";
import { needProgram } from "./lib/programs.mjs";
import { formatThroughput, runThroughput } from "./lib/throughput.mjs";

/** Long enough for the optimizing compiler to be done with a server's hot functions. */
const WARM_UP_SECONDS = 2;

/** @typedef {import("./lib/server-process.mjs").Rig & { wrk: string, curl: string }} FullRig */
/** @typedef {{ name: string, peers: readonly import("./lib/peers.mjs").Peer[] }} Plan */

/** @param {string} message */
const progress = (message) => console.error(message);

/** @returns {FullRig} */
function setUp() {
  return {
    wrk: needProgram("wrk", "it makes the requests"),
    curl: needProgram("curl", "it downloads the large file"),
    node: serverNode(),
    pinning: choosePinning(),
    directory: makeFixtures(),
  };
}

/**
 * Decides which benchmarks are run with whom, before the first of them begins.
 *
 * @param {import("./lib/options.mjs").Options} options
 * @returns {Plan[]}
 */
function makePlans({ names, only }) {
  const plans = names.map((name) => {
    const { present, missing } = selectPeers(BENCHMARKS[name]?.peers ?? [], only);
    for (const peer of missing)
      progress(`${name}: ${peer.program} is not installed, goes on without ${peer.name}`);
    return { name, peers: present };
  });
  const withPeers = plans.filter(({ peers }) => peers.length > 0);
  if (withPeers.length === 0) throw new BenchFailure(`No server is left for ${names.join(", ")}.`);
  return withPeers;
}

/**
 * Runs one benchmark and prints its tables.
 *
 * @param {Plan} plan
 * @param {FullRig} rig
 * @param {import("./lib/options.mjs").Options} options
 * @returns {Promise<object[]>} the results, as `--json` writes them
 */
async function runPlan({ name, peers }, rig, { rounds, seconds }) {
  const benchmark = BENCHMARKS[name];
  if (benchmark?.kind !== "throughput") {
    const result = await runMemory(peers, rig, rounds, progress);
    console.log(`\n${formatMemory(result)}`);
    return [result];
  }
  const timing = { rounds, seconds, warmUpSeconds: WARM_UP_SECONDS };
  const results = [];
  for (const target of benchmark.targets) {
    const result = await runThroughput(target, peers, rig, timing, progress);
    console.log(`\n${formatThroughput(result, timing)}`);
    results.push(result);
  }
  return results;
}

/** @param {string[]} args */
async function main(args) {
  const options = parseOptions(args);
  if (options.help) return console.log(USAGE);
  const plans = makePlans(options);
  const rig = setUp();
  const machine = describeMachine(rig, [...new Set(plans.flatMap(({ peers }) => peers))], args);
  console.log(formatMachine(machine));

  const results = [];
  for (const plan of plans) results.push(...(await runPlan(plan, rig, options)));
  if (options.json !== undefined) {
    // npm starts this in its own folder, and keeps in INIT_CWD where the person was.
    const file = resolve(process.env.INIT_CWD ?? "", options.json);
    const { rounds, seconds } = options;
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
