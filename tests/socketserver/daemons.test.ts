/** Daemons: servers that don't keep their process alive. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { BaseRequestHandler, supportsAcceptInThreads, TCPServer } from "pyserve/socketserver";
import { canTransferSockets } from "#src/workers/socket-transfer.js";
import { Child } from "../support/child.js";
import { until } from "../support/servers.js";
import { CERTIFICATE } from "../support/tls.js";

const PRELUDE = `
  import { mkdtempSync } from "node:fs";
  import { tmpdir } from "node:os";
  import { join } from "node:path";
  import {
    BaseHTTPRequestHandler, BaseRequestHandler, ForkingTCPServer, HTTPServer, HTTPSServer, StreamRequestHandler, TCPServer,
    ThreadingHTTPServer, ThreadingTCPServer, ThreadingUDPServer, UDPServer, UnixStreamServer, DatagramRequestHandler,
  } from "pyserve";
  const here = ["127.0.0.1", 0];
  const path = () => join(mkdtempSync(join(tmpdir(), "pyserve-")), "socket");
  const threads = (server) => Object.assign(server, { max_threads: 1 });
  const { cert, key } = ${JSON.stringify(CERTIFICATE)};
`;

const SERVERS: Readonly<Record<string, string>> = {
  TCPServer: "new TCPServer(here, StreamRequestHandler)",
  ThreadingTCPServer: "new ThreadingTCPServer(here, StreamRequestHandler)",
  UDPServer: "new UDPServer(here, DatagramRequestHandler)",
  ThreadingUDPServer: "new ThreadingUDPServer(here, DatagramRequestHandler)",
  UnixStreamServer: "new UnixStreamServer(path(), StreamRequestHandler)",
  HTTPServer: "new HTTPServer(here, BaseHTTPRequestHandler)",
  ThreadingHTTPServer: "new ThreadingHTTPServer(here, BaseHTTPRequestHandler)",
  HTTPSServer: "new HTTPSServer(here, BaseHTTPRequestHandler, { cert, key })",
  ForkingTCPServer: "new ForkingTCPServer(here, BaseHTTPRequestHandler)",
  ...(canTransferSockets() && {
    "ThreadingHTTPServer with threads": "threads(new ThreadingHTTPServer(here, BaseHTTPRequestHandler))",
  }),
  ...(supportsAcceptInThreads() && {
    "ThreadingHTTPServer whose threads accept":
      "(ThreadingHTTPServer.accept_in_threads = true, threads(new ThreadingHTTPServer(here, BaseHTTPRequestHandler)))",
  }),
};

const WAYS: Readonly<Record<string, string>> = {
  "unref() before": "server.unref(); server.serve_forever();",
  "unref() while it serves": "server.serve_forever(); setTimeout(() => server.unref(), 20);",
  "the option ref": "server.serve_forever({ ref: false });",
};

function run(t: TestContext, script: string): Child {
  return new Child(t, PRELUDE + script);
}

// All servers in one process, which ends only if none keeps it alive.
for (const [way, serving] of Object.entries(WAYS)) {
  test(`a process ends although its daemons serve, by ${way}: ${Object.keys(SERVERS).join(", ")}`, async (t) => {
    const started = Object.values(SERVERS).map((made) => `{ const server = ${made}; ${serving} }`);
    const child = run(t, `${started.join("\n")} console.log("main is done");`);
    assert.equal(await child.end(), 0, child.errors);
    assert.equal(child.output, "main is done\n");
  });
}

test("handle_request() of a daemon does not keep the process alive, either", async (t) => {
  const child = run(t, `new TCPServer(here, StreamRequestHandler).unref().handle_request();`);
  assert.equal(await child.end(), 0, child.errors);
});

test("ref() takes unref() back, also while the server serves", async (t) => {
  const child = run(
    t,
    `const server = new TCPServer(here, StreamRequestHandler);
     server.unref().serve_forever();
     server.ref();
     setTimeout(() => { console.log("still there"); void server.shutdown(); }, 50).unref();`,
  );
  assert.equal(await child.end(), 0, child.errors);
  assert.equal(child.output, "still there\n");
});

test("serve_forever({ ref: true }) takes it back", async (t) => {
  const child = run(
    t,
    `const server = new TCPServer(here, StreamRequestHandler).unref();
     server.serve_forever({ ref: true });
     setTimeout(() => { console.log("still there"); void server.shutdown(); }, 50).unref();`,
  );
  assert.equal(await child.end(), 0, child.errors);
  assert.equal(child.output, "still there\n");
});

test("a daemon serves while something else keeps the process alive", async (t) => {
  const child = run(
    t,
    `class Echo extends StreamRequestHandler {
       async handle() { this.wfile.write(await this.rfile.readline()); }
     }
     const server = new TCPServer(here, Echo);
     server.serve_forever({ ref: false });
     const { connect } = await import("node:net");
     const client = connect(server.server_address[1], "127.0.0.1").end("hello\\n");
     client.pipe(process.stdout);`,
  );
  assert.equal(await child.end(), 0, child.errors);
  assert.equal(child.output, "hello\n");
});

const OPEN: readonly (readonly [server: string, handler: string])[] = [
  ["TCPServer", "StreamRequestHandler"],
  ["HTTPServer", "BaseHTTPRequestHandler"],
  ["ThreadingHTTPServer", "BaseHTTPRequestHandler"],
  ["ThreadingTCPServer", "StreamRequestHandler"],
];

for (const [server, handler] of OPEN) {
  test(`${server}: an open connection does not keep the process of a daemon alive`, async (t) => {
    const child = run(
      t,
      `class Waiting extends ${handler} {
         async handle() {
           console.log("open");
           await (this.rfile.readline ? super.handle() : 0);
           ${handler === "StreamRequestHandler" ? "await this.rfile.readline();" : ""}
           console.log("closed");
         }
       }
       const server = new ${server}(here, Waiting);
       server.serve_forever({ ref: false });
       console.log(server.server_address[1]);
       const alive = setInterval(() => {}, 1000);
       process.on("SIGUSR2", () => clearInterval(alive));`,
    );
    await until(() => child.output.includes("\n"), "the port");
    const socket = connect(Number.parseInt(child.output, 10), "127.0.0.1");
    socket.on("error", () => {});
    t.after(() => socket.destroy());
    await until(() => child.output.includes("open\n"), "the connection to be served");
    child.process.kill("SIGUSR2");
    assert.equal(await child.end(), 0, child.errors);
    assert.doesNotMatch(child.output, /closed/);
  });
}

test("unref() and ref() return the server", async () => {
  await using server = new TCPServer(["127.0.0.1", 0], BaseRequestHandler);
  assert.equal(server.unref(), server);
  assert.equal(server.ref(), server);
});
