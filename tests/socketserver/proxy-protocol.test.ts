import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import {
  type InetAddress,
  ServerError,
  StreamRequestHandler,
  supportsAcceptInThreads,
  supportsThreads,
  type TCPServer,
  ThreadingTCPServer,
  ThreadingUnixStreamServer,
} from "pyserve/socketserver";
import {
  AcceptingLines,
  ForkedLines,
  PlainLines,
  REFUSED,
  TaskLines,
  TellingLines,
  ThreadedLines,
  type ToldLine,
} from "../fixtures/told.js";
import { watchTimers } from "../support/clock.js";
import { temporaryDirectory } from "../support/file-server.js";
import {
  type BinaryHeader,
  binaryHeader,
  IPV6,
  LOCAL,
  paths,
  TCP6,
  tlv,
  UNIX,
  UNSPEC,
} from "../support/proxy-header.js";
import { leavesNothingOpen, serve, turns, until } from "../support/servers.js";
import { StreamClient } from "../support/stream-client.js";
import { ANY_PORT } from "../support/workers.js";

const LINE = Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n");
const lineFrom = (host: string) => Buffer.from(`PROXY TCP4 ${host} 192.0.2.2 5000 443\r\n`);

type ServerClass = new (address: InetAddress, Handler: typeof TellingLines) => TCPServer;

/** Servers of each kind that this Node supports. */
const SERVERS: readonly (readonly [name: string, Server: ServerClass])[] = [
  ["one after the other", PlainLines],
  ["in tasks", TaskLines],
  ...(supportsThreads() ? ([["on threads", ThreadedLines]] as const) : []),
  ...(supportsAcceptInThreads() ? ([["on threads that accept", AcceptingLines]] as const) : []),
  ["in processes", ForkedLines],
];

interface Settings {
  readonly trusted_proxies?: readonly string[] | null;
  readonly proxy_protocol?: boolean;
  readonly proxy_protocol_timeout?: number | null;
  readonly max_connections_per_address?: number;
}

/** A server for which every connection from this machine comes from a proxy, until the end of the test. */
function start(t: TestContext, Server: ServerClass, settings: Settings = {}, errors?: unknown[]): TCPServer {
  const server = new Server(ANY_PORT, TellingLines);
  if (errors !== undefined)
    server.handle_error = (_request: unknown, _address: unknown, error: unknown) => void errors.push(error);
  return serve(
    t,
    Object.assign(server, { proxy_protocol: true, trusted_proxies: ["loopback"], ...settings }),
  );
}

/**
 * Sends a line on a connection with the given beginning, and returns the answer; `null` if it is closed without one.
 */
async function tell(server: TCPServer, ...pieces: readonly (Buffer | string)[]): Promise<ToldLine | null> {
  const client = await StreamClient.connect(server.server_address);
  for (const piece of pieces) {
    client.send(piece as string);
    await turns(2);
  }
  client.end();
  const answer = await client.rest();
  client.socket.destroy();
  await client.closed();
  return answer === "" ? null : JSON.parse(answer);
}

const CLIENT = { client: ["192.0.2.1", 5000], peer: "127.0.0.1", isLocal: false } as const;

for (const [name, Server] of SERVERS) {
  test(`a server that serves ${name} reads both versions of the header, and hands on what is behind it`, async (t) => {
    const server = start(t, Server);
    for (const header of [LINE, binaryHeader(), binaryHeader({ hasChecksum: true })]) {
      const told = await tell(server, Buffer.concat([header, Buffer.from("hello\n")]));
      assert.deepEqual(told, { ...CLIENT, alpn: null, authority: null, line: "hello" });
      assert.deepEqual((await tell(server, header, "later\n"))?.line, "later");
    }
    const tlvs = [tlv(0x01, "h2"), tlv(0x02, "a.example")];
    const told = await tell(server, binaryHeader({ family: TCP6, addresses: IPV6, tlvs }), "x\n");
    assert.deepEqual([told?.client, told?.alpn, told?.authority], [["2001:db8::1", 5000], "h2", "a.example"]);
  });

  test(`a server that serves ${name} calls verify_request with the client's address`, async (t) => {
    const server = start(t, Server);
    assert.equal(await tell(server, lineFrom(REFUSED), "x\n"), null);
    assert.equal((await tell(server, lineFrom("192.0.2.67"), "x\n"))?.client[0], "192.0.2.67");
  });

  test(`a server that serves ${name} reads no header from those who are not listed`, async (t) => {
    const server = start(t, Server, { trusted_proxies: ["192.0.2.0/24"] });
    const told = await tell(server, LINE);
    assert.deepEqual(
      [told?.client[0], told?.isLocal, told?.line],
      ["127.0.0.1", null, LINE.toString().trim()],
    );
  });

  test(`a server that serves ${name} closes a listed proxy without a header, or with half of one, and serves the others`, async (t) => {
    const server = start(t, Server);
    assert.equal(await tell(server, "hello\n"), null);
    assert.equal(await tell(server, binaryHeader({ hasChecksum: true }).fill(0xff, 20, 21), "x\n"), null);
    assert.equal(await tell(server, LINE.subarray(0, 20)), null);
    assert.equal(await tell(server), null);
    assert.equal((await tell(server, LINE, "x\n"))?.line, "x");
  });

  test(`a server that serves ${name} serves new connections of proxies for drain_delay`, async (t) => {
    const expire = watchTimers(t, 3_600_000);
    const server = start(t, Server);
    server.drain_delay = 3600;
    assert.equal((await tell(server, LINE, "before\n"))?.line, "before");
    const closed = server.server_close();
    await until(() => server.is_closing);
    await turns();
    const told = await tell(server, LINE, "after\n");
    expire();
    await closed;
    assert.equal(told?.line, "after");
  });

  test(`a server that serves ${name} closes when headers are still awaited`, async (t) => {
    const server = start(t, Server);
    const client = await StreamClient.connect(server.server_address);
    client.send("PROXY TCP4");
    assert.equal((await tell(server, LINE, "x\n"))?.line, "x");
    await server.server_close();
    assert.equal(await client.rest(), "");
    client.socket.destroy();
  });
}

test("the header is read whatever it is cut into", async (t) => {
  const server = start(t, TaskLines);
  for (const header of [LINE, binaryHeader({ tlvs: [tlv(0x02, "a.example")], hasChecksum: true })]) {
    const bytes = Buffer.concat([header, Buffer.from("hello\n")]);
    const told = await Promise.all(
      Array.from({ length: bytes.length - 1 }, (_, at) =>
        tell(server, bytes.subarray(0, at + 1), bytes.subarray(at + 1)),
      ),
    );
    for (const one of told) assert.deepEqual([one?.client[0], one?.line], ["192.0.2.1", "hello"]);
    const bytewise = await tell(server, ...Array.from(bytes, (byte) => Buffer.of(byte)));
    assert.deepEqual([bytewise?.client[0], bytewise?.line], ["192.0.2.1", "hello"]);
  }
});

const OWN: readonly (readonly [name: string, header: Buffer | BinaryHeader, isLocal: boolean])[] = [
  ["UNKNOWN", Buffer.from("PROXY UNKNOWN\r\n"), false],
  ["LOCAL", { command: LOCAL, family: UNSPEC, addresses: Buffer.alloc(0) }, true],
  ["LOCAL with addresses", { command: LOCAL }, true],
  ["UNSPEC", { family: UNSPEC, addresses: Buffer.alloc(0) }, false],
];
for (const [name, header, isLocal] of OWN) {
  test(`a connection with the header ${name} is the proxy's own`, async (t) => {
    const server = start(t, TaskLines);
    const told = await tell(server, Buffer.isBuffer(header) ? header : binaryHeader(header), "x\n");
    assert.deepEqual([told?.client[0], told?.peer, told?.isLocal], ["127.0.0.1", "127.0.0.1", isLocal]);
  });
}

test("a client of a socket in the file system has no address, and a handler can read its path", async (t) => {
  class Telling extends StreamRequestHandler {
    override async handle(): Promise<void> {
      await this.wfile.write(JSON.stringify([this.client_address, this.proxy_header?.source]));
    }
  }
  const server = start(t, TaskLines);
  server.RequestHandlerClass = Telling;
  const told = await tell(
    server,
    binaryHeader({ family: UNIX, addresses: paths("/run/client", "/run/proxy") }),
  );
  assert.deepEqual(told as unknown, [["", 0], "/run/client"]);
});

test("a proxy on a socket in the file system tells the client's address", async (t) => {
  const path = `${temporaryDirectory(t)}/socket`;
  const server = serve(
    t,
    Object.assign(new ThreadingUnixStreamServer(path, TellingLines as never), {
      proxy_protocol: true,
      trusted_proxies: ["unix"],
    }),
  );
  assert.ok(server);
  const socket = connect(path);
  socket.end(`${LINE}x\n`);
  const told: ToldLine = JSON.parse(await text(socket));
  assert.deepEqual([told.client, told.peer], [["192.0.2.1", 5000], undefined]);
  socket.destroy();
});

test("the headers of connections that arrived before the server serves are read, too", async (t) => {
  const server = new TaskLines(ANY_PORT, TellingLines);
  const told = tell(server, LINE, "x\n");
  await until(() => openConnections(server) === 1);
  serve(t, Object.assign(server, { proxy_protocol: true, trusted_proxies: ["loopback"] }));
  assert.equal((await told)?.client[0], "192.0.2.1");
});

function openConnections(server: TCPServer): number {
  return (server as unknown as { own_stats(): { connections: { open: number } } }).own_stats().connections
    .open;
}

test("handle_error reports a listed proxy without a header, by name, but no proxy that goes away", async (t) => {
  const errors: unknown[] = [];
  const server = start(t, TaskLines, {}, errors);
  assert.equal(await tell(server), null);
  assert.equal(await tell(server, "PROXY "), null);
  assert.equal(await tell(server, "GET / HTTP/1.1\r\n\r\n"), null);
  assert.equal(await tell(server, "PROXY nonsense\r\n"), null);
  const ours = errors.filter((error) => error instanceof ServerError);
  assert.deepEqual(
    ours.map(({ code }) => code),
    ["PYSERVE_PROXY_HEADER", "PYSERVE_PROXY_HEADER"],
  );
  assert.match(
    ours[0]?.message ?? "",
    /^proxy_protocol expects .* from the proxy at 127\.0\.0\.1, .* begins with other data\./,
  );
  assert.match(ours[1]?.message ?? "", /malformed line of version 1/);
});

test("a proxy that sends no header in time is closed, and handle_error is called", async (t) => {
  const errors: unknown[] = [];
  const server = start(t, TaskLines, { proxy_protocol_timeout: 0.05 }, errors);
  const client = await StreamClient.connect(server.server_address);
  client.send("PROXY TCP4 192.0.2.1");
  assert.equal(await client.rest(), "");
  client.socket.destroy();
  assert.match(String(errors), /did not send all of it in 0\.05 seconds/);
});

test("a proxy that has not sent its header keeps nobody waiting", async (t) => {
  const server = start(t, PlainLines);
  const slow = await StreamClient.connect(server.server_address);
  slow.send("PROXY");
  assert.equal((await tell(server, LINE, "x\n"))?.line, "x");
  slow.send(" UNKNOWN\r\nlate\n");
  slow.end();
  assert.match(await slow.rest(), /"late"/);
  slow.socket.destroy();
});

test("`max_connections_per_address` counts the clients of a proxy, and stops counting those that leave", async (t) => {
  const server = start(t, TaskLines, { max_connections_per_address: 1 });
  const open = async (host: string) => {
    const client = await StreamClient.connect(server.server_address);
    client.send(`${lineFrom(host)}x\n`);
    return client;
  };
  const first = await open("192.0.2.1");
  assert.notEqual(await first.read(1), "");
  const [second, other] = [await open("192.0.2.1"), await open("192.0.2.2")];
  assert.equal(await second.rest(), "");
  assert.notEqual(await other.read(1), "");
  assert.equal((await server.stats()).connections.refused, 1);
  for (const { socket } of [first, second, other]) socket.destroy();
  await until(() => openConnections(server) === 0);
  assert.equal((await tell(server, lineFrom("192.0.2.1"), "x\n"))?.line, "x");
});

test("`proxy_protocol` without `trusted_proxies` is an error before the server serves", async (t) => {
  for (const trusted_proxies of [null, []]) {
    const server = new ThreadingTCPServer(ANY_PORT, TellingLines);
    t.after(() => server.server_close());
    await assert.rejects(Object.assign(server, { proxy_protocol: true, trusted_proxies }).serve_forever(), {
      name: "RangeError",
      message: /^ThreadingTCPServer\.proxy_protocol needs trusted_proxies: /,
    });
  }
});

test("with `proxy_protocol` turned off no header is read, and `proxy_header` is null", async (t) => {
  const server = start(t, TaskLines, { proxy_protocol: false });
  const told = await tell(server, LINE);
  assert.deepEqual([told?.client[0], told?.isLocal, told?.line], ["127.0.0.1", null, LINE.toString().trim()]);
});

test("a handler that listens to the socket itself gets the bytes after the header", async (t) => {
  class Raw extends StreamRequestHandler {
    override setup(): void {}
    override finish(): void {}
    override async handle(): Promise<void> {
      const socket = this.request as Socket;
      const pieces: Buffer[] = [];
      socket.on("data", (piece: Buffer) => pieces.push(piece));
      await once(socket, "end");
      socket.write(JSON.stringify([this.client_address, Buffer.concat(pieces).toString()]));
    }
  }
  const server = start(t, TaskLines);
  server.RequestHandlerClass = Raw;
  for (const pieces of [[Buffer.concat([LINE, Buffer.from("ab")])], [LINE, "a", "b"]])
    assert.deepEqual((await tell(server, ...pieces)) as unknown, [["192.0.2.1", 5000], "ab"]);
});

test("proxies that come and go with half a header leave nothing open", async (t) => {
  const server = start(t, TaskLines);
  await tell(server, LINE, "x\n");
  await leavesNothingOpen(async () => {
    await Promise.all([1, 2, 3, 4].map((length) => tell(server, LINE.subarray(0, length))));
    await until(() => openConnections(server) === 0);
  });
});
