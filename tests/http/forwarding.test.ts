import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import {
  BaseHTTPRequestHandler,
  type BaseServer,
  type HTTPServer,
  SimpleHTTPRequestHandler,
  supportsThreads,
  ThreadingHTTPServer,
  ThreadingUnixStreamServer,
} from "pyserve";
import { runHandler } from "pyserve/testing";
import { ForkedTelling, Telling, ThreadedTelling, type Told } from "../fixtures/told.js";
import { temporaryDirectory } from "../support/file-server.js";
import { RawClient } from "../support/http.js";
import { serve, until } from "../support/servers.js";

const LOOPBACK = ["loopback"];

/** Sends a request with these fields, and returns the handler's facts about it. */
async function tell(
  trusted_proxies: readonly string[] | null,
  fields: readonly string[],
  client_address: readonly [string, number] | "" = ["127.0.0.1", 50000],
): Promise<Told> {
  class Server extends ThreadingHTTPServer {
    static override trusted_proxies = trusted_proxies;
  }
  const head = ["GET / HTTP/1.1", "Host: inner.example", ...fields].join("\r\n");
  const { status, body } = await runHandler(Telling, `${head}\r\n\r\n`, {
    ServerClass: Server,
    client_address: client_address as readonly [string, number],
  });
  assert.equal(status, 200);
  return JSON.parse(body.toString());
}

const ALL_FIELDS = [
  "Forwarded: for=192.0.2.1;proto=https;host=a.example",
  "X-Forwarded-For: 192.0.2.1",
  "X-Real-IP: 192.0.2.1",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: a.example",
];

interface Row {
  readonly name: string;
  readonly trusted: readonly string[] | null;
  readonly peer: readonly [string, number] | "";
  readonly isBelieved: boolean;
}
const row = (name: string, trusted: Row["trusted"], host: string, isBelieved: boolean): Row => ({
  name,
  trusted,
  peer: host === "" ? "" : [host, 50000],
  isBelieved,
});

const PEERS: readonly Row[] = [
  row("nobody is listed", null, "127.0.0.1", false),
  row("the list is empty", [], "127.0.0.1", false),
  row("loopback is listed", LOOPBACK, "127.0.0.1", true),
  row("loopback is listed, of IPv6", LOOPBACK, "::1", true),
  row("loopback is listed, and shown as IPv6", LOOPBACK, "::ffff:127.0.0.1", true),
  row("loopback is listed, from elsewhere", LOOPBACK, "128.0.0.1", false),
  row("private is listed", ["private"], "10.255.0.1", true),
  row("private is listed, at the end of a network", ["private"], "172.31.255.255", true),
  row("private is listed, behind the end of it", ["private"], "172.32.0.0", false),
  row("private is listed, of IPv6", ["private"], "fd00::1", true),
  row("private is listed, from this machine", ["private"], "127.0.0.1", false),
  row("a network is listed", ["192.0.2.128/25"], "192.0.2.200", true),
  row("a network is listed, from the other half", ["192.0.2.128/25"], "192.0.2.1", false),
  row("a network is listed by one of its addresses", ["192.0.2.200/25"], "192.0.2.129", true),
  row("a network of IPv6 is listed", ["2001:db8::/32"], "2001:db8:ffff::1", true),
  row("a network of IPv6 is listed, from beside it", ["2001:db8::/32"], "2001:db9::1", false),
  row("an address is listed", ["192.0.2.7"], "192.0.2.7", true),
  row("an address is listed, as a log has it", ["::ffff:192.0.2.7"], "192.0.2.7", true),
  row("an address of IPv6 is listed, in capitals", ["2001:DB8::7"], "2001:db8::7", true),
  row("an address of a link is listed", ["fe80::7"], "fe80::7%eth0", true),
  row("all are listed", ["0.0.0.0/0", "::/0"], "203.0.113.9", true),
  row("sockets in the file system are listed", ["unix"], "", true),
  row("networks are listed, from a socket in the file system", ["loopback", "0.0.0.0/0"], "", false),
  row("sockets in the file system are listed, from a network", ["unix"], "127.0.0.1", false),
];
for (const { name, trusted, peer, isBelieved } of PEERS) {
  test(`the fields of a proxy are ${isBelieved ? "believed" : "nothing"} if ${name}`, async () => {
    const told = await tell(trusted, ALL_FIELDS, peer);
    const log = peer === "" ? "-" : peer[0].replace("::ffff:", "");
    assert.deepEqual(
      told,
      isBelieved
        ? { client: ["192.0.2.1", 0], peer, log: "192.0.2.1", scheme: "https", authority: "a.example" }
        : { client: peer, peer, log, scheme: "http", authority: "inner.example" },
    );
  });
}

test("`client_address` is the proxy's own if it names no client, or a malformed one", async () => {
  const own = ["127.0.0.1", 50000];
  for (const field of ["X-Other: 1", "X-Forwarded-For: nonsense", "Forwarded: for=x", "X-Real-IP: x"])
    assert.deepEqual((await tell(LOOPBACK, [field])).client, own);
});

test("`client_address` is `unknown`, or a hidden name, if the proxy says so", async () => {
  assert.deepEqual((await tell(LOOPBACK, ["Forwarded: for=unknown"])).client, ["unknown", 0]);
  assert.deepEqual((await tell(LOOPBACK, ['Forwarded: for="_x:80"'])).client, ["_x", 80]);
});

test("IPv6 addresses are written as the system writes them", async () => {
  const { client } = await tell(LOOPBACK, ["X-Forwarded-For: [2001:DB8:0:0:0:0:0:1]:443"]);
  assert.deepEqual(client, ["2001:db8::1", 443]);
});

const get = (...fields: string[]) =>
  `${["GET / HTTP/1.1", "Host: inner.example", ...fields].join("\r\n")}\r\n\r\n`;

function open([host, port]: readonly [string, number]): RawClient {
  return new RawClient(connect(port, host));
}

/** Sends requests on one connection, and returns the status and the content of each response. */
async function tellAll(
  { server_address }: Pick<HTTPServer, "server_address">,
  ...requests: readonly string[]
): Promise<(readonly [number, Told | null])[]> {
  const client = open(server_address);
  const told: (readonly [number, Told | null])[] = [];
  for (const request of requests) {
    client.send(request);
    const { status, content } = await client.reply();
    told.push([status, status === 200 ? JSON.parse(content) : null]);
  }
  client.socket.destroy();
  return told;
}

function start<Server extends BaseServer>(t: TestContext, server: Server): Server {
  return serve(t, Object.assign(server, { trusted_proxies: LOOPBACK }));
}

test("each request on a connection of a proxy has its own client", async (t) => {
  const server = start(t, new ThreadingHTTPServer(["127.0.0.1", 0], Telling));
  const told = await tellAll(
    server,
    get("X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"),
    get("X-Forwarded-For: 192.0.2.2", "X-Forwarded-Host: b.example"),
    get(),
  );
  assert.deepEqual(
    told.map(([, one]) => [one?.client[0], one?.scheme, one?.authority]),
    [
      ["192.0.2.1", "https", "inner.example"],
      ["192.0.2.2", "http", "b.example"],
      ["127.0.0.1", "http", "inner.example"],
    ],
  );
});

for (const [where, Server, isSkipped] of [
  ["threads", ThreadedTelling, !supportsThreads()],
  ["processes", ForkedTelling, false],
] as const) {
  test(`the fields of a proxy are read in ${where}`, { skip: isSkipped && "this Node can't" }, async (t) => {
    const server = start(t, new Server(["127.0.0.1", 0], Telling));
    const [[, told] = []] = await tellAll(server, get(...ALL_FIELDS));
    assert.deepEqual([told?.client, told?.peer[0]], [["192.0.2.1", 0], "127.0.0.1"]);
  });
}

test("a proxy on a socket in the file system names the client, and the log has its address", async (t) => {
  const path = `${temporaryDirectory(t)}/socket`;
  class Server extends ThreadingUnixStreamServer {
    static override trusted_proxies = ["unix"];
  }
  serve(t, new Server(path, Telling as never));
  const client = new RawClient(connect(path));
  await once(client.socket, "connect");
  client.send(get("X-Forwarded-For: 192.0.2.1:9"));
  const told: Told = JSON.parse((await client.reply()).content);
  assert.deepEqual([told.client, told.peer, told.log], [["192.0.2.1", 9], "", "192.0.2.1"]);
  client.socket.destroy();
});

test("contradictory fields get a 400 that names the problem, has no client in the log, and keeps the connection open", async (t) => {
  const lines: string[] = [];
  class Logging extends Telling {
    override log_message(format: string): void {
      lines.push(`${this.address_string()} ${format}`);
    }
  }
  const server = start(t, new ThreadingHTTPServer(["127.0.0.1", 0], Logging));
  const client = open(server.server_address);
  client.send(get("X-Forwarded-For: 192.0.2.1"));
  await client.reply();
  client.send(get("Forwarded: for=198.51.100.9", "X-Forwarded-For: 192.0.2.1"));
  const { status, reason } = await client.reply();
  assert.deepEqual([status, reason], [400, "Contradictory forwarding"]);
  client.send(get("X-Forwarded-For: 192.0.2.3"));
  assert.equal((await client.reply()).status, 200);
  client.socket.destroy();
  assert.deepEqual(
    lines.map((line) => line.split(" ")[0]),
    ["192.0.2.1", "127.0.0.1", "127.0.0.1", "192.0.2.3"],
  );
});

test("a malformed request on a connection of a proxy is not logged as the last client's", async (t) => {
  const lines: string[] = [];
  class Logging extends Telling {
    override log_message(): void {
      lines.push(this.address_string());
    }
  }
  const server = start(t, new ThreadingHTTPServer(["127.0.0.1", 0], Logging));
  const [[first] = [], [second] = []] = await tellAll(
    server,
    get("X-Forwarded-For: 192.0.2.1"),
    "nonsense\r\n\r\n",
  );
  assert.deepEqual([first, second], [200, 400]);
  assert.deepEqual([...new Set(lines)], ["192.0.2.1", "127.0.0.1"]);
});

class Files extends SimpleHTTPRequestHandler {
  static override allowed_hosts = ["a.example"];
  override log_message(): void {}
}

for (const [what, trusted, fields, status] of [
  ["the proxy's", LOOPBACK, ["Host: inner.example", "X-Forwarded-Host: a.example:8443"], 404],
  ["another one of the proxy's", LOOPBACK, ["Host: a.example", "X-Forwarded-Host: b.example"], 421],
  ["that of the request", LOOPBACK, ["Host: a.example"], 404],
  ["not that of somebody else", null, ["Host: inner.example", "X-Forwarded-Host: a.example"], 421],
] as const) {
  test(`the host that \`allowed_hosts\` is about is ${what}`, async () => {
    class Server extends ThreadingHTTPServer {
      static override trusted_proxies = trusted;
    }
    const head = ["GET /nothing HTTP/1.1", ...fields].join("\r\n");
    const run = await runHandler(Files, `${head}\r\n\r\n`, { ServerClass: Server });
    assert.equal(run.status, status);
  });
}

test("an https target is served only to a proxy that has received it over https", async () => {
  const statuses = [];
  for (const trusted of [LOOPBACK, null]) {
    class Server extends ThreadingHTTPServer {
      static override trusted_proxies = trusted;
    }
    const bytes = "GET https://a.example/ HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-Proto: https\r\n\r\n";
    statuses.push((await runHandler(Telling, bytes, { ServerClass: Server })).status);
  }
  assert.deepEqual(statuses, [200, 421]);
});

test("the redirect of a directory names neither scheme nor host, so it is right behind any proxy", async (t) => {
  const directory = temporaryDirectory(t);
  const { mkdirSync } = await import("node:fs");
  mkdirSync(`${directory}/docs`);
  class Server extends ThreadingHTTPServer {
    static override trusted_proxies = LOOPBACK;
  }
  class Plain extends Files {
    static override allowed_hosts = null as unknown as string[];
  }
  const { status, headers } = await runHandler(
    Plain,
    "GET /docs HTTP/1.1\r\nHost: inner\r\nX-Forwarded-Host: a.example\r\nX-Forwarded-Proto: https\r\n\r\n",
    { ServerClass: Server, handler_args: { directory } },
  );
  assert.deepEqual([status, headers.get("Location")], [301, "/docs/"]);
});

test("connections of a proxy do not count for `max_connections_per_address`, but those of others do", async (t) => {
  const server = new ThreadingHTTPServer(["127.0.0.1", 0], Telling);
  serve(t, Object.assign(server, { max_connections_per_address: 1, trusted_proxies: ["127.0.0.1"] }));
  const clients = [1, 2, 3].map(() => open(server.server_address));
  for (const client of clients) {
    client.send(get());
    assert.equal((await client.reply()).status, 200);
  }
  for (const client of clients) client.socket.destroy();
  let count = 3;
  await until(() => {
    void server.stats().then(({ connections }) => {
      count = connections.open;
    });
    return count === 0;
  }, "the connections to be closed");
  server.trusted_proxies = null;
  const first = open(server.server_address).send(get());
  assert.equal((await first.reply()).status, 200);
  await open(server.server_address).assertEnd();
  first.socket.destroy();
});

for (const written of ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201", "[0:0:0:0:0:ffff:192.0.2.1]"]) {
  test(`a client is the same whether proxies write it as IPv4 or as ${written}`, async () => {
    const { client } = await tell(LOOPBACK, [
      "Forwarded: for=192.0.2.1",
      `X-Forwarded-For: 198.51.100.9, ${written}`,
    ]);
    assert.deepEqual(client, ["192.0.2.1", 0]);
  });
}

for (const [what, trusted, fields, id] of [
  ["that of a trusted proxy", LOOPBACK, ["X-Request-ID: 7f000001-a"], "7f000001-a"],
  ["null without a field", LOOPBACK, [], null],
  ["null with two", LOOPBACK, ["X-Request-ID: a", "X-Request-ID: a"], null],
  ["null if it is empty", LOOPBACK, ["X-Request-ID:"], null],
  ["null with a space", LOOPBACK, ["X-Request-ID: a b"], null],
  ["null beyond ASCII", LOOPBACK, ["X-Request-ID: \xe9"], null],
  ["that of 128 characters", LOOPBACK, [`X-Request-ID: ${"a".repeat(128)}`], "a".repeat(128)],
  ["null with one more", LOOPBACK, [`X-Request-ID: ${"a".repeat(129)}`], null],
  ["null from anybody else", ["192.0.2.1"], ["X-Request-ID: a"], null],
  ["null if nobody is listed", null, ["X-Request-ID: a"], null],
] as const) {
  test(`\`proxy_request_id\` is ${what}`, async () => {
    class Server extends ThreadingHTTPServer {
      static override trusted_proxies = trusted as readonly string[] | null;
    }
    class Handler extends BaseHTTPRequestHandler {
      do_GET(): void {
        this.send_response(200);
        this.end_headers();
        this.wfile.write(JSON.stringify(this.proxy_request_id));
      }
    }
    const head = ["GET / HTTP/1.1", "Host: a", ...fields].join("\r\n");
    const { body } = await runHandler(Handler, `${head}\r\n\r\n`, { ServerClass: Server });
    assert.equal(JSON.parse(body.toString()), id);
  });
}

test("`scheme` and `authority` are the request's own without a proxy", async () => {
  class Request extends BaseHTTPRequestHandler {
    do_GET(): void {
      this.send_response(200);
      this.end_headers();
      this.wfile.write(String([this.scheme, this.authority]));
    }
  }
  const bytes = async (text: string) => (await runHandler(Request, text)).body.toString();
  assert.equal(await bytes("GET / HTTP/1.1\r\nHost: a.example:80\r\n\r\n"), "http,a.example:80");
  assert.equal(await bytes("GET / HTTP/1.0\r\n\r\n"), "http,");
  assert.equal(await bytes("GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"), "http,b.example");
});
