// @ts-check Ends a worker under load, again and again: `node soak.mjs threads 1000` or `node soak.mjs processes 200`.
//   README.md explains more.
import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { KeptConnection } from "./lib/kept-connection.mjs";
import { Mortal, MortalProcesses, MortalThreads, told } from "./servers/mortal-handler.mjs";

const CONNECTIONS = 6;
/** Minimum number of requests on each surviving connection in one round. */
const REQUESTS = 3;
/** Rounds before the descriptors are counted for the first time: Node keeps some for all threads, or all processes. */
const WARM_UP_ROUNDS = 10;
/** Seconds until the death of a worker must be reported, and until closed resources must be gone. */
const PATIENCE = 30;
/** Number of equal counts in a row, 50 ms apart. */
const SETTLED = 20;

/**
 * Each kind of worker, and the ways to kill it. (An exception in a child process is left out: Node would
 * print each one.)
 */
const KINDS = {
  threads: { Server: MortalThreads, deaths: ["exit", "throw", "reject", "killed"] },
  processes: { Server: MortalProcesses, deaths: ["exit", "killed"] },
};

/**
 * @typedef {object} Tally
 * @property {number} deaths
 * @property {number} requests - answered requests
 * @property {number} lostWithWorker - connections that ended with their worker, as they should
 * @property {number} lostElsewhere - connections of other workers that ended too
 */

/** @type {Map<number, import("node:worker_threads").Worker>} */
const threads = new Map();
process.on("worker", (worker) => {
  const { threadId } = worker;
  threads.set(threadId, worker);
  worker.once("exit", () => threads.delete(threadId));
});

/**
 * Waits for a condition that must become true soon.
 *
 * @param {() => boolean} condition
 * @param {string} what
 */
async function until(condition, what) {
  const end = performance.now() + PATIENCE * 1000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: not after ${PATIENCE} s`);
    await sleep(5);
  }
}

/**
 * Ends the worker that answers with `place`.
 *
 * @param {KeptConnection} victim
 * @param {string} place
 * @param {string} death
 */
async function kill(victim, place, death) {
  if (death !== "killed") return victim.ask(`/die/${death}`);
  const [pid, thread] = place.split(".").map(Number);
  if (thread) await threads.get(thread)?.terminate();
  else if (pid) process.kill(pid, "SIGKILL");
  return victim.ask("/where");
}

/**
 * Runs connections under load. One of them ends its worker; those of the other workers must continue.
 *
 * @param {number} port
 * @param {string} death
 * @param {Tally} tally
 */
async function killUnderLoad(port, death, tally) {
  const before = told.length;
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => KeptConnection.open(port)));
  const places = await Promise.all(connections.map((connection) => connection.ask("/where")));
  const isKnown = () => told.length > before;
  const [victim] = connections;
  const [place] = places;
  if (victim === undefined || place == null) throw new Error("a connection was lost before anything died");
  const goingOn = connections.slice(1).map((connection, index) => {
    const own = places[index + 1];
    return own === place ? outlive(connection) : goOn(connection, own, isKnown, tally);
  });
  const answer = await kill(victim, place, death);
  if (answer !== null) throw new Error(`a dead worker has answered: ${answer}`);
  await Promise.all(goingOn);
  await until(isKnown, "handle_error is told");
  tally.deaths++;
  tally.requests += places.length;
  tally.lostWithWorker += places.filter((other) => other === place).length;
  await Promise.all(connections.map((connection) => connection.close()));
}

/**
 * Sends requests until the connection ends with its worker.
 *
 * @param {KeptConnection} connection
 */
async function outlive(connection) {
  while ((await connection.ask("/where")) !== null);
}

/**
 * Sends requests until the death of another worker is reported, and at least a few.
 *
 * @param {KeptConnection} connection
 * @param {string | null | undefined} place - the worker that serves it
 * @param {() => boolean} isKnown
 * @param {Tally} tally
 */
async function goOn(connection, place, isKnown, tally) {
  for (let count = 0; count < REQUESTS || !isKnown(); count++) {
    if ((await connection.ask("/where")) !== place) {
      tally.lostElsewhere++;
      return;
    }
    tally.requests++;
  }
}

/**
 * Runs a server for a number of rounds.
 *
 * @param {typeof KINDS.threads | typeof KINDS.processes} kind
 * @param {number} rounds
 * @returns {Promise<Tally>}
 */
async function run({ Server, deaths }, rounds) {
  const tally = { deaths: 0, requests: 0, lostWithWorker: 0, lostElsewhere: 0 };
  const httpd = new Server(["127.0.0.1", 0], Mortal);
  const serving = httpd.serve_forever();
  try {
    for (let round = 0; round < rounds; round++) {
      const death = String(deaths[round % deaths.length]);
      await killUnderLoad(Number(httpd.server_address[1]), death, tally);
      if ((round + 1) % 100 === 0) console.error(`${round + 1} rounds: ${JSON.stringify(tally)}`);
    }
  } finally {
    await httpd.server_close();
    await serving;
  }
  return tally;
}

/** Counts open descriptors by their kind, and threads of the system. */
function census() {
  /** @type {Record<string, number>} */
  const kinds = { threads: readdirSync("/proc/self/task").length };
  for (const fd of readdirSync("/proc/self/fd")) {
    const kind = kindOf(fd);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

/** Waits until the counts have not changed for a while, and returns them. */
async function settledCensus() {
  await until(() => threads.size === 0, "all threads have ended");
  let last = census();
  for (let same = 0; same < SETTLED; same++) {
    await sleep(50);
    const next = census();
    if (!isDeepStrictEqual(next, last)) same = 0;
    last = next;
  }
  return last;
}

/** @param {string} fd */
function kindOf(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, "");
  } catch {
    // The descriptor of the folder that was just read.
    return "gone";
  }
}

/**
 * @param {string | undefined} name
 * @param {string} rounds
 */
async function main(name, rounds = "1000") {
  if ((name !== "threads" && name !== "processes") || !/^[1-9]\d*$/.test(rounds)) {
    console.error("usage: npm --prefix bench run soak -- threads|processes [ROUNDS]");
    return 2;
  }
  const kind = KINDS[name];
  await run(kind, WARM_UP_ROUNDS);
  const before = await settledCensus();
  const tally = await run(kind, Number(rounds));
  const after = await settledCensus();
  const isClean = isDeepStrictEqual(after, before);
  console.log(JSON.stringify({ rounds: Number(rounds), ...tally, before, after }, undefined, 2));
  return isClean && tally.lostElsewhere === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2], process.argv[3]);
