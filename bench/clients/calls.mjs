// @ts-check Counts the calls of pyserve's own functions for one request or one connection. V8 counts them. Server and
//   client are in this process. `node calls.mjs` prints `{ NAME: { "calls": n, "functions": n, "files": n }, … }`.
import { once } from "node:events";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import inspector from "node:inspector/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SimpleHTTPRequestHandler, ThreadingHTTPServer, ThreadingTCPServer } from "../../dist/index.js";
import { EchoLines } from "../servers/echo-handler.mjs";
import { Hello } from "../servers/hello-handler.mjs";

/** Connections before the counted one, so that everything that is created only once exists. */
const WARM_UP = 50;

/** Milliseconds for the work of a server after its response. */
const SETTLE_MS = 30;

/** @typedef {{ calls: number, functions: number, files: number }} Count */

class Files extends SimpleHTTPRequestHandler {
  /** @override */
  log_message() {}
}

const session = new inspector.Session();
session.connect();
await session.post("Profiler.enable");

/**
 * @param {() => Promise<unknown>} work
 * @returns {Promise<Count>}
 */
async function count(work) {
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await session.post("Profiler.takePreciseCoverage");
  await work();
  await sleep(SETTLE_MS);
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  const called = result
    .filter(({ url }) => url.includes("/dist/"))
    .flatMap(({ url, functions }) => functions.map(({ ranges }) => ({ url, calls: ranges[0]?.count ?? 0 })))
    .filter(({ calls }) => calls > 0);
  return {
    calls: called.reduce((sum, { calls }) => sum + calls, 0),
    functions: called.length,
    files: new Set(called.map(({ url }) => url)).size,
  };
}

/** @param {number} port */
async function open(port) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/**
 * @param {import("node:net").Socket} socket
 * @param {string} text
 */
async function ask(socket, text) {
  socket.write(text);
  await once(socket, "data");
}

/** @param {import("node:net").Socket} socket */
async function leave(socket) {
  socket.end();
  await once(socket, "close");
}

/**
 * Counts the calls for a request on a connection that has had some, and for a connection with one request.
 *
 * @param {{ server_address: unknown, serve_forever(): Promise<void>, shutdown(): Promise<void>, server_close(): unknown }} server
 * @param {string} request
 * @returns {Promise<{ request: Count, connection: Count }>}
 */
async function countBoth(server, request) {
  const serving = server.serve_forever();
  const port = Number(/** @type {unknown[]} */ (server.server_address)[1]);
  for (let at = 0; at < WARM_UP; at++) {
    const socket = await open(port);
    await ask(socket, request);
    await ask(socket, request);
    await leave(socket);
  }
  const kept = await open(port);
  await ask(kept, request);
  await ask(kept, request);
  const counts = {
    request: await count(() => ask(kept, request)),
    connection: await count(async () => {
      const socket = await open(port);
      await ask(socket, request);
      await leave(socket);
    }),
  };
  await leave(kept);
  await server.shutdown();
  await server.server_close();
  await serving;
  return counts;
}

const directory = mkdtempSync(join(tmpdir(), "pyserve-bench-calls-"));
const file = join(directory, "1-kib.txt");
writeFileSync(file, "x".repeat(1024));
utimesSync(file, 1e9, 1e9);

const get = (/** @type {string} */ path) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
const address = /** @type {[string, number]} */ (["127.0.0.1", 0]);
const hello = await countBoth(new ThreadingHTTPServer(address, Hello), get("/hello"));
const files = await countBoth(
  new ThreadingHTTPServer(address, Files, { handler_args: { directory } }),
  get("/1-kib.txt"),
);
const echo = await countBoth(new ThreadingTCPServer(address, EchoLines), "a line\n");
rmSync(directory, { recursive: true });

console.log(
  JSON.stringify({
    "kept-alive hello": hello.request,
    "connection with one hello": hello.connection,
    "cached file": files.request,
    "connection with one file": files.connection,
    "echoed line": echo.request,
    "connection with one echoed line": echo.connection,
  }),
);
