import assert from "node:assert/strict";
import dns from "node:dns";
import { once } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import * as net from "node:net";
import * as os from "node:os";
import { type TestContext, test } from "node:test";
import {
  type AddressFamily,
  AF_INET6,
  AF_UNIX,
  BaseRequestHandler,
  type InetAddress,
  StreamRequestHandler,
  TCPServer,
  type UnixAddress,
} from "pyserve/socketserver";
import { sharesPorts } from "#src/socketserver/listen.js";
import {
  closeAfter,
  deferred,
  leavesNothingOpen,
  openDescriptors,
  serve,
  standardError,
  TCP_SERVERS,
  turns,
  until,
} from "../support/servers.js";
import { exchange, StreamClient } from "../support/stream-client.js";

type LookedUp = (error: Error | null, address: string, family: number) => void;
type Lookup = (name: string, options: dns.LookupOptions, done: LookedUp) => void;

const BINDS_AT_ONCE = "BoundSocket" in net;
const ANY_PORT: InetAddress = ["localhost", 0];

class Echo extends StreamRequestHandler {
  override async handle() {
    await this.wfile.write(await this.rfile.readline());
  }
}

/** Replaces Node's `lookup` until the end of the test, even if it is imported by its name. */
function mockLookup(t: TestContext, lookup: Lookup): void {
  const { mock } = t.mock.method(dns, "lookup", lookup as unknown as typeof dns.lookup);
  syncBuiltinESMExports();
  t.after(() => {
    mock.restore();
    syncBuiltinESMExports();
  });
}

class Peer extends BaseRequestHandler<TCPServer> {
  override handle() {
    this.request.end(this.client_address.join(" "));
  }
}

class TCPServer6 extends TCPServer {
  static override address_family: AddressFamily = AF_INET6;
}

class TCPServer6Only extends TCPServer6 {
  static override ipv6_only = true;
}

const real: readonly [Server: typeof TCPServer<InetAddress>, host: string, real: string][] = [
  [TCPServer, "127.0.0.1", "127.0.0.1"],
  [TCPServer, "127.0.0.5", "127.0.0.5"],
  [TCPServer, "localhost", "127.0.0.1"],
  [TCPServer, "", "0.0.0.0"],
  [TCPServer, "0.0.0.0", "0.0.0.0"],
  [TCPServer6, "::1", "::1"],
  [TCPServer6, "localhost", "::1"],
  [TCPServer6, "", "::"],
  [TCPServer6Only, "", "::"],
];

for (const [Server, host, expected] of real) {
  test(`${Server.name} on ${JSON.stringify(host)} has its real address when it is constructed, and listens`, async (t) => {
    const server = new Server([host, 0], Echo);
    const [bound, port] = server.server_address;
    assert.equal(bound, expected);
    assert.ok(port > 0 && port < 65_536, `${port}`);
    serve(t, server);
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
    assert.deepEqual(server.server_address, [bound, port]);
  });
}

test("TCPServer binds to the port that it is told", async (t) => {
  const first = new TCPServer(ANY_PORT, Echo);
  const { server_address } = first;
  await first.server_close();
  const second = serve(t, new TCPServer(server_address, Echo));
  assert.deepEqual(second.server_address, server_address);
  assert.equal(await exchange(server_address, "hello\n"), "hello\n");
});

test("TCPServer binds again at once to a port that connections of before still use", async (t) => {
  const first = new TCPServer(ANY_PORT, Echo);
  const serving = first.serve_forever();
  const client = await StreamClient.connect(first.server_address);
  client.send("hello\n");
  assert.equal(await client.read(6), "hello\n");
  await first.server_close();
  await serving;
  const second = serve(t, new TCPServer(first.server_address, Echo));
  assert.equal(await exchange(second.server_address, "again\n"), "again\n");
  client.socket.destroy();
});

test("TCPServer tells handlers the numeric address of the peer", async (t) => {
  const server = serve(t, new TCPServer(ANY_PORT, Peer));
  const client = await StreamClient.connect(server.server_address);
  const { localPort } = client.socket;
  assert.equal(await client.finish(), `127.0.0.1 ${localPort}`);
});

test("TCPServer on all IPv6 interfaces serves IPv4 too", async (t) => {
  const server = serve(t, new TCPServer6(["", 0], Peer));
  const [, port] = server.server_address;
  assert.match(await exchange(["127.0.0.1", port], ""), /^::ffff:127\.0\.0\.1 \d+$/);
  assert.match(await exchange(["::1", port], ""), /^::1 \d+$/);
});

test("TCPServer with ipv6_only leaves IPv4 alone", async (t) => {
  const server = serve(t, new TCPServer6Only(["", 0], Peer));
  const [, port] = server.server_address;
  assert.match(await exchange(["::1", port], ""), /^::1 \d+$/);
  await assert.rejects(exchange(["127.0.0.1", port], ""), { code: "ECONNREFUSED" });
});

test("TCPServer looks up other names, and has the real address when it serves", async (t) => {
  const own = os.hostname();
  // Any name other than localhost is looked up, even another spelling of it.
  const name = net.isIP(own) !== 0 || own === "localhost" ? "localhost." : own;
  const server = closeAfter(t, new TCPServer([name, 0], Echo));
  server.timeout = 0;
  await server.handle_request();
  const [host, port] = server.server_address;
  assert.notEqual(net.isIP(host), 0, host);
  assert.ok(port > 0);
  serve(t, server);
  assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
});

test("TCPServer is closed while it looks up a name, and whoever waits for it continues", async () => {
  const server = new TCPServer([os.hostname(), 0], Echo);
  const serving = server.serve_forever();
  await server.server_close();
  await serving;
  assert.equal(server.fileno(), -1);
  await turns();
  assert.equal(server.socket.listening, false);
});

for (const [Server, family] of [
  [TCPServer, 4],
  [TCPServer6, 6],
] as const) {
  test(`${Server.name} looks a name up for an address of IPv${family} alone`, async (t) => {
    const families: unknown[] = [];
    // `listen` would take the first address of any family.
    mockLookup(t, (_name, options, done) => {
      families.push(options.family);
      setImmediate(done, null, family === 4 ? "127.0.0.1" : "::1", family);
    });
    const server = serve(t, new Server(["name.invalid", 0], Echo));
    await until(() => server.server_address[1] > 0);
    assert.deepEqual(families, [family]);
    assert.equal(server.server_address[0], family === 4 ? "127.0.0.1" : "::1");
    assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
  });
}

test("TCPServer is closed at once while it looks up a name", async (t) => {
  const answers: (() => void)[] = [];
  mockLookup(t, (_name, _options, done) => answers.push(() => done(null, "127.0.0.1", 4)));
  await leavesNothingOpen(async () => {
    const server = new TCPServer(["name.invalid", 0], Echo);
    const serving = server.serve_forever();
    await server.server_close();
    await serving;
    for (const answer of answers) answer();
    await turns();
    assert.equal(server.fileno(), -1);
    assert.equal(server.socket.listening, false);
  });
  assert.equal(answers.length, 1);
});

test("TCPServer reports a name that does not exist when it starts to serve", async (t) => {
  const server = closeAfter(t, new TCPServer(["no-such-host.invalid", 0], Echo));
  await assert.rejects(server.serve_forever(), { syscall: "getaddrinfo" });
  await assert.rejects(server.handle_request(), { syscall: "getaddrinfo" });
});

const unusable: readonly [address: unknown, error: RegExp][] = [
  [["localhost", -1], /^RangeError: .*port.*-1/],
  [["localhost", 65_536], /^RangeError: .*port.*65536/],
  [["localhost", 80.5], /^RangeError: .*port.*80\.5/],
  [["localhost", Number.NaN], /^RangeError: .*port.*NaN/],
  [["localhost", "80"], /^TypeError: .*\["localhost","80"\]/],
  [["localhost"], /^TypeError: .*\["localhost"\]/],
  [[80, "localhost"], /^TypeError: .*\[80,"localhost"\]/],
  ["localhost:80", /^TypeError: .*\[host, port\].*"localhost:80"/],
  [8000, /^TypeError: .*8000/],
  [null, /^TypeError: .*null/],
  [undefined, /^TypeError: .*undefined/],
  [["::1", 0], /^RangeError: .*::1.*IPv6.*AF_INET6/],
];

for (const [address, error] of unusable) {
  test(`TCPServer refuses the address ${JSON.stringify(address)}`, async () => {
    await leavesNothingOpen(async () => {
      assert.throws(
        () => new TCPServer(address as InetAddress, Echo),
        (thrown) => error.test(String(thrown)),
      );
    });
  });
}

for (const family of [AF_UNIX, "AF_INET4", 10, undefined]) {
  test(`TCPServer refuses the address family ${family}`, async () => {
    class Odd extends TCPServer {
      static override address_family = family as AddressFamily;
    }
    await leavesNothingOpen(async () => {
      assert.throws(() => new Odd(ANY_PORT, Echo), {
        name: "RangeError",
        message: new RegExp(`address_family.*AF_INET or AF_INET6.*${family}`),
      });
    });
  });
}

test("TCPServer with AF_UNIX names the class for paths", () => {
  class OnPath extends TCPServer<UnixAddress> {
    static override address_family: AddressFamily = AF_UNIX;
  }
  assert.throws(() => new OnPath("/run/socket", Echo as never), /UnixStreamServer/);
});

test("TCPServer with AF_INET6 refuses an IPv4 address", () => {
  assert.throws(() => new TCPServer6(["127.0.0.1", 0], Echo), {
    name: "RangeError",
    message: /127\.0\.0\.1.*AF_INET/,
  });
});

for (const [what, host, code] of [
  ["an address that is taken", undefined, "EADDRINUSE"],
  ["an address of another machine", "192.0.2.1", "EADDRNOTAVAIL"],
] as const) {
  test(`TCPServer reports ${what} ${BINDS_AT_ONCE ? "in its constructor" : "when it is to serve"}`, async (t) => {
    const taken = closeAfter(t, new TCPServer(ANY_PORT, Echo));
    const address: InetAddress = host === undefined ? taken.server_address : [host, 0];
    await leavesNothingOpen(async () => {
      if (BINDS_AT_ONCE) {
        assert.throws(() => new TCPServer(address, Echo), { code });
        return;
      }
      const server = new TCPServer(address, Echo);
      await assert.rejects(server.serve_forever(), { code });
      await assert.rejects(server.handle_request(), { code });
      await assert.rejects(server.serve_forever(), { code });
      await server.server_close();
    });
  });

  test(`TCPServer reports ${what} to who calls serve_forever in the same turn`, async (t) => {
    const taken = closeAfter(t, new TCPServer(ANY_PORT, Echo));
    const address: InetAddress = host === undefined ? taken.server_address : [host, 0];
    const use = async () => {
      await using server = new TCPServer(address, Echo);
      await server.serve_forever();
    };
    await assert.rejects(use, { code });
  });
}

test("a constructor that fails neither hides the cause nor ends the process by an override of server_close", async (t) => {
  const taken = closeAfter(t, new TCPServer(ANY_PORT, Echo));
  class WithFields extends TCPServer {
    readonly #sessions = new Map<string, string>();
    override async server_close() {
      this.#sessions.clear();
      await super.server_close();
    }
  }
  assert.throws(() => new WithFields(["localhost", -1], Echo), RangeError);
  if (BINDS_AT_ONCE) assert.throws(() => new WithFields(taken.server_address, Echo), { code: "EADDRINUSE" });
  await turns();
});

test("TCPServer is bound and activated by hand", async (t) => {
  const server = new TCPServer(["127.0.0.9", 0], Echo, { bind_and_activate: false });
  assert.deepEqual(server.server_address, ["127.0.0.9", 0]);
  assert.equal(server.fileno(), -1);
  server.server_address = ["127.0.0.1", 0];
  server.request_queue_size = 7;
  server.server_bind();
  assert.equal(server.server_address[0], "127.0.0.1");
  assert.ok(server.server_address[1] > 0);
  assert.ok(server.fileno() > 0);
  if (BINDS_AT_ONCE) {
    await assert.rejects(server.serve_forever(), {
      code: "PYSERVE_SERVER_NOT_BOUND",
      message: /server_activate/,
    });
  }
  server.server_activate();
  serve(t, server);
  assert.equal(await exchange(server.server_address, "hello\n"), "hello\n");
});

test("TCPServer that is bound and not activated serves nobody, and frees its address", async (t) => {
  const server = new TCPServer(ANY_PORT, Echo, { bind_and_activate: false });
  server.server_bind();
  // If Node can only bind and listen in one step, connections are accepted, and wait.
  if (BINDS_AT_ONCE) await assert.rejects(exchange(server.server_address, ""), { code: "ECONNREFUSED" });
  await server.server_close();
  assert.equal(server.fileno(), -1);
  serve(t, new TCPServer(server.server_address, Echo));
});

test("TCPServer with allow_reuse_port shares its port, or says what it needs", async (t) => {
  class Sharing extends TCPServer {
    static override allow_reuse_port = true;
  }
  if (!sharesPorts()) {
    assert.throws(() => new Sharing(ANY_PORT, Echo), /allow_reuse_port.*Node/);
    return;
  }
  const first = serve(t, new Sharing(ANY_PORT, Echo));
  const second = serve(t, new Sharing(first.server_address, Echo));
  assert.deepEqual(second.server_address, first.server_address);
  const alone = async () => {
    await using server = new TCPServer(first.server_address, Echo);
    await server.serve_forever();
  };
  await assert.rejects(alone, { code: "EADDRINUSE" });
  assert.equal(await exchange(first.server_address, "hello\n"), "hello\n");
});

for (const fd of [-1, 1.5, Number.NaN, "3"]) {
  test(`TCPServer refuses the descriptor ${fd}`, () => {
    assert.throws(() => new TCPServer(["", 0], Echo, { fd: fd as number }), {
      name: "RangeError",
      message: new RegExp(`fd.*${fd}`),
    });
  });
}

test("TCPServer reports a descriptor that is not a socket when it starts to serve", async (t) => {
  const server = closeAfter(t, new TCPServer(["", 0], Echo, { fd: 9999 }));
  await assert.rejects(server.serve_forever(), /EINVAL|EBADF/);
});

for (const Server of TCP_SERVERS) {
  test(`${Server.name} closes who waits when it is closed`, async () => {
    await leavesNothingOpen(async () => {
      const server = new Server(ANY_PORT, Echo);
      const clients = await Promise.all([1, 2, 3].map(() => StreamClient.connect(server.server_address)));
      await turns();
      await server.server_close();
      for (const client of clients) {
        assert.equal(await client.finish(), "");
        await client.closed();
      }
      await assert.rejects(exchange(server.server_address, ""), { code: "ECONNREFUSED" });
    });
  });

  test(`${Server.name} passes over a client that left before its turn`, async (t) => {
    const lines = standardError(t);
    const server = new Server(ANY_PORT, Echo);
    for (let leaver = 0; leaver < 3; leaver++) {
      const client = await StreamClient.connect(server.server_address);
      await turns(3);
      client.reset();
      await client.closed();
    }
    const answer = exchange(server.server_address, "hello\n");
    serve(t, server);
    assert.equal(await answer, "hello\n");
    assert.deepEqual(lines, []);
  });

  test(`${Server.name} leaves nothing open of many clients, however they leave`, async () => {
    await leavesNothingOpen(async () => {
      const server = new Server(ANY_PORT, Echo);
      const serving = server.serve_forever();
      const leave = [
        (client: StreamClient) => client.reset(),
        (client: StreamClient) => client.end(),
        (client: StreamClient) => client.socket.destroy(),
        (client: StreamClient) => client.end("hello\n"),
        (client: StreamClient) => client.send("no line end").reset(),
      ];
      for (let round = 0; round < 30; round++) {
        const client = await StreamClient.connect(server.server_address);
        leave[round % leave.length]?.(client);
        if (!client.socket.destroyed) await client.rest();
        client.socket.destroy();
      }
      await server.server_close();
      await serving;
    });
  });
}

test("TCPServer serves one connection after the other, in their order, and loses none", async (t) => {
  const begun: string[] = [];
  const gates = [deferred(), deferred(), deferred()];
  let active = 0;
  class Gated extends StreamRequestHandler {
    override async handle() {
      assert.equal(++active, 1);
      const name = (await this.rfile.readline()).toString().trim();
      begun.push(name);
      await gates[begun.length - 1]?.promise;
      await this.wfile.write(`${name}\n`);
      active--;
    }
  }
  const server = serve(t, new TCPServer(ANY_PORT, Gated));
  const clients: StreamClient[] = [];
  for (const name of ["a", "b", "c"]) {
    const client = await StreamClient.connect(server.server_address);
    clients.push(client.send(`${name}\n`));
    await turns();
  }
  for (const [turn, client] of clients.entries()) {
    await until(() => begun.length === turn + 1);
    await turns();
    assert.equal(begun.length, turn + 1);
    gates[turn]?.resolve();
    assert.equal(await client.read(2), `${"abc"[turn]}\n`);
    client.end();
  }
  assert.deepEqual(begun, ["a", "b", "c"]);
});

test("TCPServer lets a handler listen for data without calling `resume`", async (t) => {
  class Listening extends BaseRequestHandler<TCPServer> {
    override async handle() {
      this.request.on("data", (bytes: Buffer) => this.request.write(String(bytes).toUpperCase()));
      await once(this.request, "end");
    }
  }
  const server = serve(t, new TCPServer(ANY_PORT, Listening));
  assert.equal(await exchange(server.server_address, "hello\n"), "HELLO\n");
});

test("TCPServer lets Node drop new connections while `socket.maxConnections` are waiting", async (t) => {
  const gate = deferred();
  class Gated extends Echo {
    override async handle() {
      await gate.promise;
      await super.handle();
    }
  }
  const server = serve(t, new TCPServer(ANY_PORT, Gated));
  server.socket.maxConnections = 2;
  const taken = [await StreamClient.connect(server.server_address)];
  taken.push(await StreamClient.connect(server.server_address));
  const dropped = await StreamClient.connect(server.server_address);
  assert.equal(await dropped.finish(), "");
  gate.resolve();
  for (const client of taken) assert.equal(await client.finish("hello\n"), "hello\n");
});

for (const [size, most] of [
  [200, 200],
  [5, 128],
] as const) {
  test(`TCPServer with request_queue_size ${size} lets ${most} connections wait, and resets the next`, async (t) => {
    const gate = deferred();
    class Gated extends Echo {
      override async handle() {
        await gate.promise;
        await super.handle();
      }
    }
    class Small extends TCPServer {
      static override request_queue_size = size;
    }
    const server = serve(t, new Small(ANY_PORT, Gated));
    const arrived = t.mock.fn();
    server.socket.on("connection", arrived);
    const clients: StreamClient[] = [];
    // One after another, so that the system's own queue is never full. The first one is served.
    while (clients.length < most + 1) {
      clients.push(await StreamClient.connect(server.server_address));
      await until(() => arrived.mock.callCount() === clients.length);
    }
    const above = net.connect(server.server_address[1], server.server_address[0]);
    const [error] = await once(above, "error");
    gate.resolve();
    assert.equal(error.code, "ECONNRESET");
    for (const client of clients) assert.equal(await client.finish("hello\n"), "hello\n");
    assert.equal(await exchange(server.server_address, "again\n"), "again\n");
  });
}

test("TCPServer reads nothing of a connection that waits", async (t) => {
  const inFirst = deferred();
  const gate = deferred();
  const seen: number[] = [];
  class Counting extends StreamRequestHandler {
    override async setup() {
      seen.push(this.request.bytesRead);
      await super.setup();
    }
    override async handle() {
      if (seen.length === 1) {
        inFirst.resolve();
        await gate.promise;
      }
      await this.wfile.write(String((await this.rfile.read()).length));
    }
  }
  const server = serve(t, new TCPServer(ANY_PORT, Counting));
  const first = await StreamClient.connect(server.server_address);
  await inFirst.promise;
  const second = await StreamClient.connect(server.server_address);
  const size = 300_000;
  second.end("x".repeat(size));
  await turns(50);
  gate.resolve();
  assert.equal(await first.finish(), "0");
  assert.equal(await second.rest(), String(size));
  assert.deepEqual(seen, [0, 0]);
  second.socket.destroy();
});

test("TCPServer sends the whole response although the client has sent bytes that nobody reads", async (t) => {
  const reply = "r".repeat(200_000);
  class Deaf extends StreamRequestHandler {
    override async handle() {
      await this.wfile.write(reply);
    }
  }
  const server = serve(t, new TCPServer(ANY_PORT, Deaf));
  const client = await StreamClient.connect(server.server_address);
  client.send("u".repeat(1_000_000));
  const answer = await client.rest();
  assert.equal(answer.length, reply.length);
  assert.equal(client.error, undefined);
  client.socket.destroy();
});

test("TCPServer ends a connection whose peer does not close, after linger_timeout", async () => {
  await leavesNothingOpen(async () => {
    class Impatient extends TCPServer {
      static override linger_timeout = 0.01;
    }
    const server = new Impatient(ANY_PORT, Echo);
    const serving = server.serve_forever();
    const client = await StreamClient.connect(server.server_address);
    const before = openDescriptors() ?? 0;
    client.send("hello\n");
    assert.equal(await client.read(6), "hello\n");
    await until(() => (openDescriptors() ?? 0) < before, "the connection to be closed by the server");
    client.socket.destroy();
    await server.server_close();
    await serving;
  });
});

test("TCPServer resets a client that takes nothing of the end of a response, after stall_timeout", async () => {
  await leavesNothingOpen(async () => {
    class Impatient extends TCPServer {
      static override stall_timeout = 0.02;
    }
    const closed = deferred();
    class Flood extends BaseRequestHandler<TCPServer> {
      override handle() {
        this.request.once("close", () => closed.resolve());
        this.request.write(Buffer.alloc(64 * 1024 * 1024));
      }
    }
    const server = new Impatient(ANY_PORT, Flood);
    const serving = server.serve_forever();
    const client = net.connect(server.server_address[1], "127.0.0.1").on("error", () => {});
    client.pause();
    await closed.promise;
    client.destroy();
    await server.server_close();
    await serving;
  });
});
