// @ts-check Sends light requests on one connection, one after another, and measures the time of each. With `busy`, a
//   second connection sends heavy requests meanwhile. `node latency.mjs PORT SECONDS idle|busy` prints `{ "p50": ms,
//   "p99": ms, "requests": n }`.
import { once } from "node:events";
import { connect } from "node:net";
import { percentile } from "../lib/statistics.mjs";

/** Time for V8 to compile this program, and for both connections to get a thread. It does not count. */
const WARM_UP_MS = 500;

/**
 * A connection that stays open. It does not use `node:http`, whose own work would be a large part of the time.
 *
 * @param {number} port
 */
async function openConnection(port) {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  let received = "";
  let answered = () => {};
  socket.setEncoding("latin1").on("data", (text) => {
    received += text;
    if (isWhole(received)) answered();
  });
  // A missing response must not look like the end of a measurement.
  socket.on("error", fail).on("end", () => fail(new Error("the server has closed the connection")));

  return {
    /**
     * @param {string} path
     * @returns {Promise<void>} resolves with the last byte of the response
     */
    ask(path) {
      received = "";
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      return new Promise((resolve) => {
        answered = resolve;
      });
    },
    close: () => socket.destroy(),
  };
}

/**
 * True if the whole response has arrived. All these servers send `Content-Length`.
 *
 * @param {string} text
 * @returns {boolean}
 */
function isWhole(text) {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  if (!text.startsWith("HTTP/1.1 200 ")) return fail(new Error(`a wrong answer: ${text}`));
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]);
  return text.length - headEnd - 4 >= length;
}

/**
 * @param {Error} error
 * @returns {never}
 */
function fail(error) {
  console.error(error.message);
  process.exit(1);
}

/**
 * @param {{ ask(path: string): Promise<void> }} connection
 * @returns {Promise<never>}
 */
async function keepBusy(connection) {
  for (;;) await connection.ask("/heavy");
}

/**
 * @param {{ ask(path: string): Promise<void> }} connection
 * @param {number} seconds
 * @returns {Promise<number[]>} milliseconds of each request
 */
async function timeRequests(connection, seconds) {
  const times = [];
  const start = performance.now() + WARM_UP_MS;
  for (let now = performance.now(); now < start + seconds * 1000; ) {
    const sent = now;
    await connection.ask("/light");
    now = performance.now();
    if (sent >= start) times.push(now - sent);
  }
  return times;
}

const [port = Number.NaN, seconds = Number.NaN] = process.argv.slice(2).map(Number);
if (process.argv[4] === "busy") {
  // Opened first, so that the light connection goes to the other thread.
  const heavy = await openConnection(port);
  await heavy.ask("/heavy");
  void keepBusy(heavy);
}
const times = await timeRequests(await openConnection(port), seconds);
console.log(
  JSON.stringify({ p50: percentile(times, 0.5), p99: percentile(times, 0.99), requests: times.length }),
);
process.exit();
