/** Servers in workers of `node:cluster`, as pm2's cluster mode has them: they share what their primary binds. */
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

/** Each server, and what asks it, which gives the number of the process that has answered. */
const SERVERS: Readonly<Record<string, readonly [made: string, ask: string]>> = {
  TCPServer: ["new TCPServer(here, Tell)", "overTCP(port)"],
  HTTPServer: ["new HTTPServer(here, Hello)", "overHTTP(port)"],
  ThreadingHTTPServer: ["new ThreadingHTTPServer(here, Hello)", "overHTTP(port)"],
  UDPServer: ["new UDPServer(here, Answer)", "overUDP(port)"],
  UnixStreamServer: ["new UnixStreamServer(process.env.SOCKET, Tell)", "overTCP(process.env.SOCKET)"],
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

for (const [name, [made, ask]] of Object.entries(SERVERS)) {
  test(`${name}: the workers of a cluster share an address`, async (t) => {
    const worker = `${HANDLERS}
      const server = ${made};
      const served = server.serve_forever();
      const address = () => server.server_address;
      while (typeof address() !== "string" && address()[1] === 0) await new Promise(setImmediate);
      await new Promise((resolve) => setTimeout(resolve, 0));
      process.send({ port: address()[1], pid: process.pid });
      process.on("message", async () => { await server.server_close(); await served; process.disconnect(); });`;
    const primary = `
      import cluster from "node:cluster";
      import { once } from "node:events";
      import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
      import { tmpdir } from "node:os";
      import { join } from "node:path";
      ${ASK}
      process.env.SOCKET = join(mkdtempSync(join(tmpdir(), "pyserve-")), "socket");
      const worker = ${JSON.stringify(worker)};
      const file = join(process.cwd(), "build", "cluster-worker-" + process.pid + ".mjs");
      writeFileSync(file, worker);
      process.on("exit", () => rmSync(file, { force: true }));
      cluster.setupPrimary({ exec: file, execArgv: [], args: [] });
      const workers = [cluster.fork(), cluster.fork()];
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
