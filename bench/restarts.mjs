// @ts-check Restarts a server under load, again and again, and counts lost requests: `node restarts.mjs tasks`.
//   README.md explains more.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect as connectTCP } from "node:net";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { connect as connectTLS } from "node:tls";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const SERVER = fileURLToPath(new URL("servers/restarts-server.mjs", import.meta.url));
/** Milliseconds from a refused connection to the next attempt. */
const RETRY_DELAY = 5;
/** Maximum milliseconds for a response, or for a restart. */
const PATIENCE = 30_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    restarts: { type: "string", default: "100" },
    requests: { type: "string", default: "10000" },
    clients: { type: "string", default: "12" },
    /** Maximum milliseconds between a response and the next request. */
    pause: { type: "string", default: "0" },
    /** True to send each request on its own connection. */
    close: { type: "boolean", default: false },
  },
});
const [way = "tasks"] = positionals;
const restarts = Number(values.restarts);
const requests = Number(values.requests);
const clients = Number(values.clients);
const pause = Number(values.pause);

/**
 * @typedef {object} Tally
 * @property {number} answered
 * @property {number} refused - connections on which no request was sent
 * @property {number} goodbyes - responses that announced the end of the connection
 * @property {string[]} lost - requests that were sent and not answered, each with the observed result
 */

/** @type {Tally} */
const tally = { answered: 0, refused: 0, goodbyes: 0, lost: [] };
let isOver = false;
let answeredOfRun = 0;

/** A server process. */
class Server {
  /** @type {import("node:child_process").ChildProcess} */
  #process;

  /** @param {import("node:child_process").ChildProcess} child */
  constructor(child) {
    this.#process = child;
  }

  /** @param {number} port */
  static async start(port) {
    const child = spawn(process.execPath, [SERVER, way, String(port)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const server = new Server(child);
    let text = "";
    for await (const bytes of /** @type {import("node:stream").Readable} */ (child.stdout)) {
      text += bytes;
      const found = /:(\d+)\//.exec(text);
      if (found !== null) {
        server.port = Number(found[1]);
        break;
      }
    }
    return server;
  }

  port = 0;

  /** Returns the milliseconds that it took to end. */
  async stop() {
    const began = performance.now();
    const ended = once(this.#process, "exit", { signal: AbortSignal.timeout(PATIENCE) });
    this.#process.kill("SIGTERM");
    const [status, signal] = await ended;
    if (status !== 0) throw new Error(`The server ended with ${status ?? signal}.`);
    return performance.now() - began;
  }
}

/** A client that posts in a loop on one connection, and repeats nothing. */
class Client {
  /** @type {import("node:net").Socket | undefined} */
  #socket;
  #isUsed = false;
  #text = "";
  /** Called with the received bytes, or with the reason why none will follow. */
  #wake = () => {};
  #end = "";

  /** @param {number} port */
  constructor(port) {
    this.port = port;
  }

  /** @param {number} number */
  async loop(number) {
    for (let count = 0; !isOver; count++) {
      if (this.#socket === undefined && !(await this.#connect())) {
        await sleep(RETRY_DELAY);
        continue;
      }
      await this.#post(`${number}.${count}`);
      if (pause > 0) await sleep(Math.random() * pause);
      else await turn();
    }
    this.#socket?.destroy();
  }

  async #connect() {
    const options = { port: this.port, host: "127.0.0.1", rejectUnauthorized: false };
    const socket = way.startsWith("tls") ? connectTLS(options) : connectTCP(options);
    this.#socket = socket;
    this.#text = this.#end = "";
    this.#isUsed = false;
    /** @type {unknown} */
    const failure = await new Promise((resolve) => {
      socket.once(way.startsWith("tls") ? "secureConnect" : "connect", () => resolve(undefined));
      socket.on("error", (error) => {
        this.#finish(socket, /** @type {NodeJS.ErrnoException} */ (error).code ?? error.message);
        resolve(error);
      });
      socket.on("end", () => this.#finish(socket, "end"));
      socket.on("close", () => {
        this.#finish(socket, "close");
        resolve("close");
      });
    });
    if (failure !== undefined) {
      tally.refused++;
      const code = /** @type {NodeJS.ErrnoException} */ (failure).code ?? String(failure);
      if (code !== "ECONNREFUSED") refusals.set(code, (refusals.get(code) ?? 0) + 1);
      return false;
    }
    socket.on("data", (bytes) => {
      this.#text += bytes.toString("latin1");
      this.#wake();
    });
    return this.#socket === socket;
  }

  /**
   * @param {import("node:net").Socket} socket
   * @param {string} why
   */
  #finish(socket, why) {
    socket.destroy();
    // The events of an earlier connection say nothing about this one.
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#end = why;
    this.#wake();
  }

  /** @param {string} content */
  async #post(content) {
    const socket = /** @type {import("node:net").Socket} */ (this.#socket);
    this.#text = "";
    const lines = ["POST / HTTP/1.1", "Host: h", `Content-Length: ${content.length}`];
    if (values.close) lines.push("Connection: close");
    socket.write(`${lines.join("\r\n")}\r\n\r\n${content}`);
    const timer = setTimeout(() => this.#finish(socket, "nothing came"), PATIENCE);
    while (!this.#isAnswered(content) && this.#end === "")
      await new Promise((resolve) => {
        this.#wake = () => resolve(undefined);
      });
    clearTimeout(timer);
    if (!this.#isAnswered(content)) {
      tally.lost.push(
        `${this.#end} ${this.#isUsed ? "on a kept connection" : "on a new connection"}, ${this.#text.length} bytes came`,
      );
      return;
    }
    tally.answered++;
    answeredOfRun++;
    this.#isUsed = true;
    if (/\r\nconnection: close\r\n/i.test(this.#text)) {
      tally.goodbyes++;
      this.#finish(socket, "goodbye");
    }
  }

  /** @param {string} content */
  #isAnswered(content) {
    return this.#text.startsWith("HTTP/1.1 200 ") && this.#text.endsWith(`\r\n\r\n${content}`);
  }
}

/** @type {Map<string, number>} */
const refusals = new Map();
/** @type {number[]} */
const times = [];
let server = await Server.start(0);
const { port } = server;
const loops = Array.from({ length: clients }, (_, number) => new Client(port).loop(number));
for (let count = 0; count < restarts; count++) {
  answeredOfRun = 0;
  const end = performance.now() + PATIENCE;
  while (answeredOfRun < requests / restarts && performance.now() < end) await sleep(Math.random() * 10);
  times.push(await server.stop());
  server = await Server.start(port);
}
isOver = true;
await Promise.all(loops);
await server.stop();
times.sort((a, b) => a - b);
console.log(
  `${way}: ${restarts} restarts, ${tally.answered} answered, ${tally.lost.length} lost, ${tally.goodbyes} replies said that the connection ends, ${tally.refused} connections refused;`,
  `a stop took ${times[0]?.toFixed()} to ${times.at(-1)?.toFixed()} ms, in the median ${times[times.length >> 1]?.toFixed()} ms`,
);
if (refusals.size > 0)
  console.log("Connections that failed without a request:", Object.fromEntries(refusals));
for (const line of new Set(tally.lost))
  console.log(`${tally.lost.filter((one) => one === line).length} × ${line}`);
process.exitCode = tally.lost.length > 0 ? 1 : 0;
