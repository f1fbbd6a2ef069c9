/** Servers and their process: when it ends, and what it inherits. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { StreamRequestHandler, TCPServer } from "pyserve/socketserver";
import { Child } from "../support/child.js";
import { closeAfter, until } from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";

const PRELUDE = `
  import { StreamRequestHandler, TCPServer, ThreadingTCPServer, UDPServer } from "pyserve/socketserver";
  class Echo extends StreamRequestHandler {
    async handle() {
      const line = await this.rfile.readline();
      if (String(line) === "stop\\n") void this.server.shutdown();
      await this.wfile.write(line);
    }
  }
  const announce = (server) => console.log(server.server_address[1]);
`;

class Unused extends StreamRequestHandler {}

/** Runs a script that may use the declarations of the prelude. */
function run(t: TestContext, script: string): Child {
  return new Child(t, PRELUDE + script);
}

/** The address that a script has announced. */
async function announced(child: Child): Promise<readonly [string, number]> {
  await until(() => child.output.includes("\n") || child.process.exitCode !== null, "the child's first line");
  assert.match(child.output, /^\d+\n/, child.errors);
  return ["127.0.0.1", Number.parseInt(child.output, 10)];
}

const endings: readonly [what: string, script: string][] = [
  ["that has made a server and never serves", `new TCPServer(["localhost", 0], Echo);`],
  ["that has made a UDP server and never serves", `new UDPServer(["localhost", 0], Echo);`],
  [
    "that has shut down and not closed",
    `const server = new ThreadingTCPServer(["localhost", 0], Echo);
     const serving = server.serve_forever();
     await server.shutdown();
     await serving;`,
  ],
  [
    "that has closed while serving",
    `const server = new TCPServer(["localhost", 0], Echo);
     const serving = server.serve_forever({ poll_interval: 1000 });
     await server.server_close();
     await serving;`,
  ],
  [
    "whose serving an AbortSignal has ended",
    `const server = new UDPServer(["localhost", 0], Echo);
     await server.serve_forever({ signal: AbortSignal.timeout(20) });`,
  ],
  [
    "that has waited in vain for a request",
    `const server = new TCPServer(["localhost", 0], Echo);
     server.timeout = 0.02;
     await server.handle_request();`,
  ],
];

for (const [what, script] of endings) {
  test(`a process ends by itself ${what}`, async (t) => {
    const child = run(t, script);
    assert.equal(await child.end(), 0);
    assert.equal(child.errors, "");
  });
}

test("a process lives as long as it serves, and no longer", async (t) => {
  const child = run(
    t,
    `const server = new TCPServer(["localhost", 0], Echo);
     announce(server);
     await server.serve_forever();
     await server.server_close();
     console.log("served");`,
  );
  const address = await announced(child);
  assert.equal(await exchange(address, "hello\n"), "hello\n");
  assert.equal(await exchange(address, "stop\n"), "stop\n");
  assert.equal(await child.end(), 0);
  assert.match(child.output, /served/);
});

test("a connection that nobody serves does not keep the process alive", async (t) => {
  const child = run(
    t,
    `const server = new TCPServer(["localhost", 0], Echo);
     announce(server);
     const alive = setInterval(() => {}, 1000);
     server.socket.once("connection", () => clearInterval(alive));`,
  );
  const client = await StreamClient.connect(await announced(child));
  assert.equal(await child.end(), 0);
  client.socket.destroy();
});

test("a client that does not close its side does not keep the process alive", async (t) => {
  const child = run(
    t,
    `const server = new TCPServer(["localhost", 0], Echo);
     server.linger_timeout = 1000;
     announce(server);
     await server.handle_request();
     await server.server_close();`,
  );
  const client = await StreamClient.connect(await announced(child));
  client.send("hello\n");
  assert.equal(await client.read(6), "hello\n");
  assert.equal(await child.end(), 0);
  client.socket.destroy();
});

const unfinished = `
  const server = new (class extends ThreadingTCPServer {})(["localhost", 0], class extends StreamRequestHandler {
    async handle() {
      await this.wfile.write("ready\\n");
      setImmediate(() => void server.server_close().then(() => console.log("closed")));
      await this.wfile.write(await this.rfile.readline());
    }
  });
  announce(server);
`;

test("requests of daemons do not keep the process alive", async (t) => {
  const child = run(t, `${unfinished} server.daemon_threads = true; await server.serve_forever();`);
  const client = await StreamClient.connect(await announced(child));
  assert.equal(await client.read(6), "ready\n");
  assert.equal(await child.end(), 0);
  assert.match(child.output, /closed/);
  client.socket.destroy();
});

test("time limits of daemons do not keep the process alive", async (t) => {
  const child = run(
    t,
    `class Daemons extends ThreadingTCPServer {
       static daemon_threads = true;
     }
     class Limited extends StreamRequestHandler {
       static timeout = 1000;
       async handle() {
         setImmediate(() => void this.server.server_close());
         await this.rfile.read();
       }
     }
     const server = new Daemons(["localhost", 0], Limited);
     announce(server);
     await server.serve_forever();`,
  );
  const client = await StreamClient.connect(await announced(child));
  assert.equal(await child.end(), 0, child.errors);
  client.socket.destroy();
});

test("requests that are not daemons keep the process alive, although server_close does not wait for them", async (t) => {
  const child = run(t, `${unfinished} server.block_on_close = false; await server.serve_forever();`);
  const client = await StreamClient.connect(await announced(child));
  assert.equal(await client.read(6), "ready\n");
  await until(() => child.output.includes("closed"));
  assert.equal(await client.finish("bye\n"), "bye\n");
  assert.equal(await child.end(), 0);
});

test("an error in a handler never ends the process", async (t) => {
  const child = run(
    t,
    `class Failing extends Echo {
       async handle() {
         await super.handle();
         void this.wfile.write("not awaited");
         throw new Error("on purpose");
       }
     }
     const server = new TCPServer(["localhost", 0], Failing);
     announce(server);
     await server.serve_forever();
     await server.server_close();`,
  );
  const address = await announced(child);
  assert.equal(await exchange(address, "hello\n"), "hello\nnot awaited");
  assert.equal(await exchange(address, "stop\n"), "stop\nnot awaited");
  assert.equal(await child.end(), 0);
  assert.equal(child.errors.match(/Error: on purpose/g)?.length, 2);
});

for (const kind of ["TCPServer", "ThreadingTCPServer"]) {
  test(`${kind} serves at a descriptor that its process has inherited`, async (t) => {
    if (process.platform === "win32") return t.skip("Windows has no descriptors to inherit");
    const listening = closeAfter(t, new TCPServer(["localhost", 0], Unused));
    const script = `${PRELUDE}
      const server = new ${kind}(["", 0], Echo, { fd: 3 });
      console.log(JSON.stringify(server.server_address));
      await server.serve_forever();
      await server.server_close();`;
    const child = new Child(t, script, [listening.fileno()]);
    await listening.server_close();
    assert.equal(await exchange(listening.server_address, "hello\n"), "hello\n");
    await until(() => child.output.includes("\n"), "the child's first line");
    assert.deepEqual(JSON.parse(child.output), listening.server_address);
    assert.equal(await exchange(listening.server_address, "stop\n"), "stop\n");
    assert.equal(await child.end(), 0, child.errors);
  });
}
