/**
 * Servers in workers of `node:cluster`, as in pm2's cluster mode: they share the address that their primary process
 * binds.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Child } from "../support/child.js";

const NAMES =
  "BaseHTTPRequestHandler, BaseRequestHandler, DatagramRequestHandler, HTTPServer, run, TCPServer, ThreadingHTTPServer, UDPServer, UnixStreamServer";

const HANDLERS = `
  import { ${NAMES} } from "pyserve";
  class Hello extends BaseHTTPRequestHandler {
    do_GET() { this.send_response(200); this.end_headers(); this.wfile.write(String(process.pid)); }
    log_message() {}
  }
  class Tell extends BaseRequestHandler {
    handle() { this.request.end(String(process.pid)); }
  }
  class Answer extends DatagramRequestHandler {
    handle() { this.wfile.write(String(process.pid)); }
  }
  const here = ["127.0.0.1", Number(process.env.PORT ?? 0)];
`;

/** A worker's script with its own server: its address, and the way to stop it. */
const serving = (made: string) => `
  const server = ${made};
  const served = server.serve_forever();
  const address = () => server.server_address;
  const isBound = () => typeof address() === "string" || address()[1] !== 0;
  while (!isBound() || server.socket.listening === false) await new Promise(setImmediate);
  const port = address()[1];
  const stop = async () => { await server.server_close(); await served; };`;

const RUNNING = `
  const stopped = new AbortController();
  let served;
  const [url] = await new Promise((on_listening) => {
    served = run({ HandlerClass: Hello, bind: here[0], port: here[1], signal: stopped.signal, on_listening });
  });
  const port = Number(new URL(url).port);
  const stop = async () => { stopped.abort(); await served; };`;

/** Each way to serve, and a client that returns the number of the process that has answered. */
const SERVERS: Readonly<Record<string, readonly [worker: string, ask: string]>> = {
  TCPServer: [serving("new TCPServer(here, Tell)"), "overTCP(port)"],
  HTTPServer: [serving("new HTTPServer(here, Hello)"), "overHTTP(port)"],
  ThreadingHTTPServer: [serving("new ThreadingHTTPServer(here, Hello)"), "overHTTP(port)"],
  run: [RUNNING, "overHTTP(port)"],
  UDPServer: [serving("new UDPServer(here, Answer)"), "overUDP(port)"],
  UnixStreamServer: [
    serving("new UnixStreamServer(process.env.SOCKET, Tell)"),
    "overTCP(process.env.SOCKET)",
  ],
};

const ASK = `
  import { createSocket } from "node:dgram";
  import { connect } from "node:net";
  async function overTCP(where) {
    const pieces = [];
    for await (const piece of connect(where)) pieces.push(piece);
    return String(Buffer.concat(pieces));
  }
  const overHTTP = async (port) => (await fetch("http://127.0.0.1:" + port, { headers: { connection: "close" } })).text();
  async function overUDP(port) {
    const socket = createSocket("udp4");
    try {
      socket.send("x", port, "127.0.0.1");
      const [answer] = await once(socket, "message");
      return String(answer);
    } finally {
      socket.close();
    }
  }
`;

for (const [name, [serve, ask]] of Object.entries(SERVERS)) {
  test(`${name}: the workers of a cluster share an address`, async (t) => {
    const worker = `${HANDLERS}${serve}
      process.send({ port, pid: process.pid });
      process.on("message", async () => { await stop(); process.disconnect(); });`;
    const primary = `
      import cluster from "node:cluster";
      import { once } from "node:events";
      import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
      import { tmpdir } from "node:os";
      import { join } from "node:path";
      ${ASK}
      process.env.SOCKET = join(mkdtempSync(join(tmpdir(), "pyserve-")), "socket");
      const worker = ${JSON.stringify(worker)};
      const file = join(process.cwd(), "cluster-worker-" + process.pid + ".mjs");
      writeFileSync(file, worker);
      process.on("exit", () => rmSync(file, { force: true }));
      cluster.setupPrimary({ exec: file, execArgv: [], args: [], silent: true });
      const workers = [cluster.fork(), cluster.fork()];
      for (const it of workers) it.process.stderr.pipe(process.stderr);
      const told = await Promise.all(workers.map(async (it) => (await once(it, "message"))[0]));
      const [{ port }] = told;
      console.log("same " + (told[0].port === told[1].port));
      const pids = new Set();
      for (let count = 0; count < 20; count++) pids.add(await ${ask});
      console.log("known " + [...pids].every((pid) => told.some((it) => String(it.pid) === pid)));
      const ended = Promise.all(workers.map((it) => once(it, "exit")));
      for (const it of workers) it.send("close");
      await ended;
      console.log("ended");`;
    const child = new Child(t, primary);
    assert.equal(await child.end(), 0, child.errors);
    assert.equal(child.output, "same true\nknown true\nended\n", child.errors);
  });
}
