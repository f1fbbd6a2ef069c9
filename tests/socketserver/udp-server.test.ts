import assert from "node:assert/strict";
import * as dgram from "node:dgram";
import { once } from "node:events";
import * as net from "node:net";
import * as os from "node:os";
import { test } from "node:test";
import {
  type AddressFamily,
  AF_INET6,
  AF_UNIX,
  BaseRequestHandler,
  DatagramRequestHandler,
  type InetAddress,
  ThreadingUDPServer,
  UDPServer,
} from "pyserve/socketserver";
import { sharesPorts } from "#src/socketserver/listen.js";
import { HANDLER_HOOKS, type Interference, logging, SERVER_HOOKS } from "../support/hook-log.js";
import {
  closeAfter,
  deferred,
  leavesNothingOpen,
  serve,
  standardError,
  turns,
  until,
} from "../support/servers.js";

const ANY_PORT: InetAddress = ["localhost", 0];

class Echo extends DatagramRequestHandler {
  override async handle() {
    await this.wfile.write(await this.rfile.read());
  }
}

class UDPServer6 extends UDPServer {
  static override address_family: AddressFamily = AF_INET6;
}

class Sharing extends UDPServer {
  static override allow_reuse_port = true;
}

/** Sends a datagram. Returns the first answer, and its sender. */
async function ask(address: InetAddress, data: string | Buffer) {
  const [host, port] = address;
  const client = dgram.createSocket(net.isIPv6(host) ? "udp6" : "udp4");
  try {
    client.send(data, port, { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host);
    const [bytes, from] = (await once(client, "message")) as [Buffer, dgram.RemoteInfo];
    return { text: bytes.toString(), bytes, from };
  } finally {
    client.close();
  }
}

for (const [Server, host, expected] of [
  [UDPServer, "127.0.0.1", "127.0.0.1"],
  [UDPServer, "localhost", "127.0.0.1"],
  [UDPServer, "", "0.0.0.0"],
  [UDPServer6, "::1", "::1"],
  [UDPServer6, "localhost", "::1"],
  [UDPServer6, "", "::"],
  [ThreadingUDPServer, "localhost", "127.0.0.1"],
] as const) {
  test(`${Server.name} on ${JSON.stringify(host)} has its real address when it is constructed`, async (t) => {
    const server = new Server([host, 0], Echo);
    const [bound, port] = server.server_address;
    assert.equal(bound, expected);
    assert.ok(port > 0, `${port}`);
    assert.ok(server.fileno() > 0);
    serve(t, server);
    const answer = await ask(server.server_address, "hello");
    assert.equal(answer.text, "hello");
    assert.equal(answer.from.port, port);
  });
}

test("UDPServer throws in its constructor when its address is taken", async (t) => {
  const taken = closeAfter(t, new UDPServer(ANY_PORT, Echo));
  await leavesNothingOpen(async () => {
    assert.throws(() => new UDPServer(taken.server_address, Echo), { code: "EADDRINUSE" });
    assert.throws(() => new UDPServer(["192.0.2.1", 0], Echo), { code: "EADDRNOTAVAIL" });
    assert.throws(() => new UDPServer(["::1", 0], Echo), RangeError);
    assert.throws(() => new UDPServer(["localhost", 70_000], Echo), RangeError);
    assert.throws(() => new UDPServer("localhost:80" as never, Echo), TypeError);
  });
});

test("UDPServer looks up other names, and reports one that does not exist", async (t) => {
  const bad = closeAfter(t, new UDPServer(["no-such-host.invalid", 0], Echo));
  await assert.rejects(bad.serve_forever(), { syscall: "getaddrinfo" });
  await assert.rejects(bad.handle_request(), { syscall: "getaddrinfo" });
  const good = new UDPServer([os.hostname(), 0], Echo);
  serve(t, good);
  await until(() => good.server_address[1] > 0);
  assert.equal((await ask(good.server_address, "hello")).text, "hello");
});

test("UDPServer is closed while it looks up a name, and whoever waits for it continues", async () => {
  const server = new UDPServer([os.hostname(), 0], Echo);
  const serving = server.serve_forever();
  await server.server_close();
  await serving;
  assert.equal(server.fileno(), -1);
});

test("UDPServer is bound by hand", async (t) => {
  const server = closeAfter(t, new UDPServer(ANY_PORT, Echo, { bind_and_activate: false }));
  await assert.rejects(server.serve_forever(), /server_bind/);
  server.server_bind();
  server.server_activate();
  serve(t, server);
  assert.equal((await ask(server.server_address, "hello")).text, "hello");
});

test("UDPServer with allow_reuse_address, which Linux grants while the other is bound, shares its port", async (t) => {
  if (process.platform !== "linux") return t.skip("elsewhere it means something else");
  class Reusing extends UDPServer {
    static override allow_reuse_address = true;
  }
  const first = closeAfter(t, new Reusing(ANY_PORT, Echo));
  const second = closeAfter(t, new Reusing(first.server_address, Echo));
  assert.deepEqual(second.server_address, first.server_address);
});

test("UDPServer uses settings assigned to an instance before it is bound by hand, as in Python", async (t) => {
  if (process.platform !== "linux") return t.skip("elsewhere allow_reuse_address means something else");
  await leavesNothingOpen(async () => {
    const byHand = () => {
      const server = new UDPServer(["localhost", 0], Echo, { bind_and_activate: false });
      server.allow_reuse_address = true;
      server.address_family = AF_INET6;
      return server;
    };
    await using first = byHand();
    first.server_bind();
    assert.equal(first.server_address[0], "::1");
    await using second = byHand();
    second.server_address = first.server_address;
    second.server_bind();
    assert.deepEqual(second.server_address, first.server_address);
    await first.server_close();
    const serving = second.serve_forever();
    assert.equal((await ask(second.server_address, "hello")).text, "hello");
    await second.server_close();
    await serving;
  });
});

test("UDPServer with ipv6_only leaves IPv4 alone", async (t) => {
  class Only extends UDPServer6 {
    static override ipv6_only = true;
  }
  const six = closeAfter(t, new Only(["", 0], Echo));
  const four = closeAfter(t, new UDPServer(["", six.server_address[1]], Echo));
  assert.equal(four.server_address[1], six.server_address[1]);
  const both = closeAfter(t, new UDPServer6(["", 0], Echo));
  assert.throws(() => new UDPServer(["", both.server_address[1]], Echo), { code: "EADDRINUSE" });
});

for (const family of [AF_UNIX, "AF_INET4"]) {
  test(`UDPServer refuses the address family ${family}`, async () => {
    class Odd extends UDPServer {
      static override address_family = family as AddressFamily;
    }
    await leavesNothingOpen(async () => {
      assert.throws(() => new Odd(ANY_PORT, Echo), {
        name: "RangeError",
        message: new RegExp(`address_family.*${family}`),
      });
    });
  });
}

test("UDPServer with allow_reuse_port shares its port, or says what it needs", async (t) => {
  if (!sharesPorts()) {
    assert.throws(() => new Sharing(ANY_PORT, Echo), /allow_reuse_port.*Node/);
    return;
  }
  const first = closeAfter(t, new Sharing(ANY_PORT, Echo));
  const second = closeAfter(t, new Sharing(first.server_address, Echo));
  assert.deepEqual(second.server_address, first.server_address);
  assert.throws(() => new UDPServer(first.server_address, Echo), { code: "EADDRINUSE" });
});

test("UDPServer cuts a datagram at max_packet_size, as in Python", async (t) => {
  const server = serve(t, new UDPServer(ANY_PORT, Echo));
  assert.equal((await ask(server.server_address, "x".repeat(10_000))).text.length, 8192);
  server.max_packet_size = 5;
  assert.equal((await ask(server.server_address, "0123456789")).text, "01234");
});

test("UDPServer passes the packet and its socket as the request", async (t) => {
  class Raw extends BaseRequestHandler<UDPServer> {
    override handle() {
      const [packet, socket] = this.request;
      assert.equal(socket, this.server.socket);
      const [host, port] = this.client_address;
      socket.send(`${host} ${port} ${packet}`, port, host);
    }
  }
  const server = serve(t, new UDPServer(ANY_PORT, Raw));
  assert.match((await ask(server.server_address, "hello")).text, /^127\.0\.0\.1 \d+ hello$/);
});

test("UDPServer serves an empty datagram", async (t) => {
  class Length extends DatagramRequestHandler {
    override async handle() {
      assert.equal((await this.rfile.readline()).length, 0);
      await this.wfile.write(`length ${this.packet.length}`);
    }
  }
  const server = serve(t, new UDPServer(ANY_PORT, Length));
  assert.equal((await ask(server.server_address, Buffer.alloc(0))).text, "length 0");
});

test("UDPServer serves one datagram after the other, including those that arrived before it served", async (t) => {
  const served: string[] = [];
  const gate = deferred();
  let active = 0;
  class Gated extends DatagramRequestHandler {
    override async handle() {
      assert.equal(++active, 1);
      served.push(String(this.packet));
      await gate.promise;
      active--;
    }
  }
  const server = new UDPServer(ANY_PORT, Gated);
  const client = dgram.createSocket("udp4");
  for (const text of ["a", "b", "c"]) {
    client.send(text, server.server_address[1], "127.0.0.1");
    await turns(3);
  }
  serve(t, server);
  await until(() => served.length === 1);
  await turns();
  assert.deepEqual(served, ["a"]);
  gate.resolve();
  await until(() => served.length === 3);
  assert.deepEqual(served, ["a", "b", "c"]);
  client.close();
});

test("ThreadingUDPServer serves datagrams at the same time", async (t) => {
  const both = deferred();
  let active = 0;
  class Meeting extends DatagramRequestHandler<ThreadingUDPServer> {
    override async handle() {
      if (++active === 2) both.resolve();
      await both.promise;
      await this.wfile.write("met");
    }
  }
  const server = serve(t, new ThreadingUDPServer(ANY_PORT, Meeting));
  const answers = await Promise.all([1, 2].map((n) => ask(server.server_address, `${n}`)));
  assert.deepEqual(
    answers.map(({ text }) => text),
    ["met", "met"],
  );
});

test("ThreadingUDPServer drops datagrams beyond `max_datagrams`, and takes more when some are served", async (t) => {
  const gate = deferred();
  const served: string[] = [];
  class Slow extends DatagramRequestHandler<ThreadingUDPServer> {
    override async handle() {
      served.push(String(this.packet));
      await gate.promise;
      await this.wfile.write("done");
    }
  }
  const server = serve(t, new ThreadingUDPServer(ANY_PORT, Slow));
  server.max_datagrams = 2;
  const answers = ["a", "b"].map((text) => ask(server.server_address, text));
  await until(() => served.length === 2);
  const arrived = t.mock.method(server, "get_request");
  const client = dgram.createSocket("udp4");
  for (const text of ["c", "d"]) client.send(text, server.server_address[1], "127.0.0.1");
  await turns(20);
  assert.equal(arrived.mock.callCount(), 0);
  gate.resolve();
  await Promise.all(answers);
  assert.equal((await ask(server.server_address, "e")).text, "done");
  assert.deepEqual(served, ["a", "b", "e"]);
  client.close();
});

test("ThreadingUDPServer.server_close waits for answers, and cuts off after drain_timeout", async (t) => {
  const gate = deferred();
  const begun: string[] = [];
  class Slow extends DatagramRequestHandler<ThreadingUDPServer> {
    override async handle() {
      begun.push(String(this.packet));
      await (String(this.packet) === "never" ? new Promise(() => {}) : gate.promise);
      await this.wfile.write("late");
    }
  }
  const patient = serve(t, new ThreadingUDPServer(ANY_PORT, Slow));
  const answer = ask(patient.server_address, "slow");
  await until(() => begun.length === 1);
  const closing = patient.server_close();
  gate.resolve();
  await closing;
  assert.equal((await answer).text, "late");

  const impatient = serve(t, new ThreadingUDPServer(ANY_PORT, Slow));
  impatient.drain_timeout = 0.01;
  const client = dgram.createSocket("udp4");
  client.send("never", impatient.server_address[1], "127.0.0.1");
  await until(() => begun.length === 2);
  await impatient.server_close();
  client.close();
});

test("UDPServer times out in handle_request, and may be polled with a timeout of 0", async (t) => {
  let timeouts = 0;
  class Timed extends UDPServer {
    override handle_timeout() {
      timeouts++;
    }
  }
  const server = closeAfter(t, new Timed(ANY_PORT, Echo));
  server.timeout = 0.01;
  await server.handle_request();
  assert.equal(timeouts, 1);
  server.timeout = 0;
  let answer: string | undefined;
  ask(server.server_address, "polled").then(({ text }) => {
    answer = text;
  });
  while (answer === undefined) await server.handle_request();
  assert.equal(answer, "polled");
});

const TO_FINISH = ["get_request", "verify_request", "process_request", "finish_request"];
const RELEASE = ["shutdown_request", "close_request"];

function fails(): never {
  throw new Error("on purpose");
}

for (const Server of [UDPServer, ThreadingUDPServer] as const) {
  for (const [name, interference, calls] of [
    ["that is served", {}, [...TO_FINISH, "setup", "handle", "finish", ...RELEASE]],
    ["that is refused", { verify_request: () => false }, ["get_request", "verify_request", ...RELEASE]],
    [
      "whose handle raises",
      { handle: fails },
      [...TO_FINISH, "setup", "handle", "finish", "handle_error", ...RELEASE],
    ],
    ["whose setup raises", { setup: fails }, [...TO_FINISH, "setup", "handle_error", ...RELEASE]],
  ] as [string, Record<string, Interference>, string[]][]) {
    for (const asynchronous of [false, true]) {
      test(`${Server.name} calls ${asynchronous ? "asynchronous" : "synchronous"} hooks in Python's order for a datagram ${name}`, async (t) => {
        standardError(t);
        const log: string[] = [];
        const LoggingServer = logging(
          Server as typeof UDPServer,
          SERVER_HOOKS,
          log,
          asynchronous,
          interference,
        );
        const LoggingEcho = logging(Echo, HANDLER_HOOKS, log, asynchronous, interference);
        const server = serve(t, new LoggingServer(ANY_PORT, LoggingEcho));
        const client = dgram.createSocket("udp4");
        client.send("hello", server.server_address[1], "127.0.0.1");
        await until(() => log.length >= calls.length);
        await turns(5);
        assert.deepEqual(log, calls);
        client.close();
      });
    }
  }
}
