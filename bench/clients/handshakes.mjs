// @ts-check
// Makes full TLS handshakes, without sessions from earlier ones and without requests, and counts them.
// `node handshakes.mjs PORT SECONDS PID CONNECTIONS` prints `{ "handshakes": n, "seconds": s, "serverCpu": s, "clientCpu": s }`;
// PID is the server's.
import { setTimeout as sleep } from "node:timers/promises";
import { connect, createSecureContext } from "node:tls";
import { cpuSeconds } from "../lib/cpu-time.mjs";

/** Until this program is compiled; not counted. */
const WARM_UP_MS = 500;

/** One for all connections: to make it costs as much as a handshake. It keeps no sessions. */
const secureContext = createSecureContext();

/**
 * Makes one handshake and ends the connection. The server has then read to its end, and so has done its part too.
 *
 * @param {number} port
 * @returns {Promise<void>}
 */
function shakeHands(port) {
  return new Promise((resolve, reject) => {
    // Not the chain: the certificate vouches for itself. The handshake's signature is checked all the same.
    const socket = connect({ host: "127.0.0.1", port, secureContext, rejectUnauthorized: false });
    let wasFull = false;
    let hasEnded = false;
    socket.once("secureConnect", () => {
      wasFull = !socket.isSessionReused();
      socket.resume().end();
    });
    socket.once("end", () => {
      hasEnded = true;
    });
    socket.once("error", reject);
    socket.once("close", () => {
      if (wasFull && hasEnded) resolve();
      else reject(new Error(wasFull ? "the server did not end the connection" : "no full handshake"));
    });
  });
}

let handshakes = 0;

/** @param {number} port */
async function shakeHandsForever(port) {
  for (;;) {
    await shakeHands(port);
    handshakes++;
  }
}

/** @param {number} pid - the server's */
function readCounters(pid) {
  return {
    handshakes,
    seconds: performance.now() / 1000,
    serverCpu: cpuSeconds(pid),
    clientCpu: cpuSeconds(process.pid),
  };
}

/**
 * @param {number} pid - the server's
 * @param {number} seconds
 */
async function count(pid, seconds) {
  await sleep(WARM_UP_MS);
  const start = readCounters(pid);
  await sleep(seconds * 1000);
  const end = readCounters(pid);
  return {
    handshakes: end.handshakes - start.handshakes,
    seconds: end.seconds - start.seconds,
    serverCpu: end.serverCpu - start.serverCpu,
    clientCpu: end.clientCpu - start.clientCpu,
  };
}

const [port = Number.NaN, seconds = Number.NaN, pid = Number.NaN, connections = Number.NaN] = process.argv
  .slice(2)
  .map(Number);
// A connection that fails rejects, nobody catches it, and this program ends with an error.
for (let index = 0; index < connections; index++) void shakeHandsForever(port);
console.log(JSON.stringify(await count(pid, seconds)));
process.exit();
