import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import test from "node:test";
import { BaseHTTPRequestHandler, HTTPServer, type TCPServer } from "pyserve";
import { Answering, exchange, get, ok, post, type Respond, send } from "./exchange.js";

/** A response of pyserve that differs from Python's. */
interface Difference {
  readonly name: string;
  readonly bytes: string;
  readonly respond?: Respond;
  readonly reply: RegExp;
  readonly never?: RegExp;
}

const DIFFERENCES: readonly Difference[] = [
  {
    name: "a connection of HTTP/1.1 goes on by default",
    bytes: get() + get(),
    reply: /^HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/,
    never: /close/,
  },
  { name: "a request line without a version is refused", bytes: "GET /\r\n", reply: /^HTTP\/1\.1 400 / },
  { name: "HTTP/0.9 is refused", bytes: "GET / HTTP/0.9\r\n\r\n", reply: /^HTTP\/1\.1 505 / },
  {
    name: "a refusal has a status line",
    bytes: "nonsense\r\n",
    reply: /^HTTP\/1\.1 400 Bad request syntax\r\n/,
  },
  {
    name: "a refusal does not repeat what the client has sent",
    bytes: "GET /<b>secret HTTP/1.1 x\r\n\r\n",
    reply: /^HTTP\/1\.1 400 /,
    never: /secret/,
  },
  { name: "empty lines before a request are skipped", bytes: `\r\n\r\n${get()}`, reply: /^HTTP\/1\.1 200 / },
  {
    name: "a second space in the request line is refused",
    bytes: "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
    reply: /^HTTP\/1\.1 400 /,
  },
  { name: "HTTP/1.1 needs a Host", bytes: "GET / HTTP/1.1\r\n\r\n", reply: /^HTTP\/1\.1 400 Missing Host/ },
  { name: "a field without a colon is refused", bytes: get("/", "nonsense"), reply: /^HTTP\/1\.1 400 / },
  { name: "a bare CR is refused", bytes: get("/", "X: a\rY: b"), reply: /^HTTP\/1\.1 400 Bare CR/ },
  { name: "a hundred header fields are taken", bytes: get("/", ...fields(99)), reply: /^HTTP\/1\.1 200 / },
  { name: "a hundred and one are not", bytes: get("/", ...fields(100)), reply: /^HTTP\/1\.1 431 / },
  {
    name: "Connection is a list",
    bytes: get("/", "Connection: te, close"),
    reply: /\r\nConnection: close\r\n/,
  },
  {
    name: "an unknown expectation is refused",
    bytes: get("/", "Expect: miracles"),
    reply: /^HTTP\/1\.1 417 /,
  },
  {
    name: "a fragment in the target is refused",
    bytes: get("/a#b"),
    reply: /^HTTP\/1\.1 400 Bad request target/,
  },
  {
    name: "a target without a slash is refused",
    bytes: get("file.txt"),
    reply: /^HTTP\/1\.1 400 Bad request target/,
  },
  { name: "`*` is only a target of OPTIONS", bytes: get("*"), reply: /^HTTP\/1\.1 400 Bad request target/ },
  {
    name: "CONNECT needs a host and a port",
    bytes: get("/file.txt").replace("GET", "CONNECT"),
    reply: /^HTTP\/1\.1 400 Bad request target/,
  },
  {
    name: "a response announces that its connection ends",
    bytes: "GET / HTTP/1.0\r\n\r\n",
    reply: /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nConnection: close\r\n/,
  },
  {
    name: "bytes above ASCII in the target are refused",
    bytes: get("/caf\xe9"),
    reply: /^HTTP\/1\.1 400 Bad request target/,
  },
  {
    name: "an option of the connection with the name of a field that everybody needs is refused",
    bytes: get("/", "Connection: close, content-length"),
    reply: /^HTTP\/1\.1 400 Bad Connection header/,
  },
  {
    name: "the PROXY protocol is named",
    bytes: "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
    reply: /^HTTP\/1\.1 400 PROXY protocol/,
  },
  { name: "a target of https needs TLS", bytes: get("https://other/path"), reply: /^HTTP\/1\.1 421 / },
  {
    name: "a target with a host is a path",
    bytes: get("http://other/path"),
    respond() {
      ok(`${this.path} ${this.headers.get("Host")}`).call(this);
    },
    reply: /\/path other$/,
  },
  {
    name: "two framings are refused",
    bytes: post("0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked"),
    reply: /^HTTP\/1\.1 400 Bad Transfer-Encoding/,
  },
  {
    name: "chunked content is decoded",
    bytes: post("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    async respond() {
      ok(`[${await this.rfile.read()}]`).call(this);
    },
    reply: /\[abc\]$/,
  },
  {
    name: "unread content is never the next request",
    bytes: post(get("/smuggled"), `Content-Length: ${get("/smuggled").length}`) + get("/last"),
    respond() {
      ok(this.path).call(this);
    },
    reply: /\/last$/,
    never: /smuggled/,
  },
  {
    name: "100 Continue is not sent to a client whose content nobody reads",
    bytes: post("", "Content-Length: 3", "Expect: 100-continue"),
    reply: /^HTTP\/1\.1 200 OK[\s\S]*Connection: close/,
    never: /100/,
  },
  {
    name: "100 Continue is sent when the handler reads",
    bytes: post("", "Content-Length: 3", "Expect: 100-continue"),
    async respond() {
      await this.rfile.read();
    },
    reply: /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 Incomplete content/,
  },
  { name: "a response without a length gets one", bytes: get(), reply: /\r\nContent-Length: 2\r\n/ },
  {
    name: "a response that is written later is chunked",
    bytes: get(),
    async respond() {
      ok("a").call(this);
      await this.wfile.flush();
      this.wfile.write("b");
    },
    reply: /\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n$/,
  },
  {
    name: "a connection goes on after send_error",
    bytes: get() + get(),
    respond() {
      this.send_error(404);
    },
    reply: /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*HTTP\/1\.1 404 Not Found\r\n/,
  },
  { name: "a handler that sends nothing is a 500", bytes: get(), respond() {}, reply: /^HTTP\/1\.1 500 / },
  {
    name: "a handler that forgets end_headers gets it",
    bytes: get(),
    respond() {
      this.send_response(204);
    },
    reply: /^HTTP\/1\.1 204 No Content\r\n[\s\S]*\r\n\r\n$/,
  },
];

function fields(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `X-${at}: x`);
}

for (const { name, bytes, respond, reply, never } of DIFFERENCES) {
  test(name, async (t) => {
    const { reply: found } = await exchange(t, bytes, respond);
    assert.match(found, reply);
    if (never !== undefined) assert.doesNotMatch(found, never);
  });
}

test("an exception in a handler is a 500 without detail, and goes to handle_error", async (t) => {
  const failure = new Error("secret");
  const { reply, errors } = await exchange(t, get(), () => {
    throw failure;
  });
  assert.match(reply, /^HTTP\/1\.1 500 Internal Server Error\r\n/);
  assert.doesNotMatch(reply, /secret/);
  assert.deepEqual(errors, [failure]);
});

test("an exception after the head aborts the response", async (t) => {
  const { reply, errors } = await exchange(t, get(), async function () {
    ok("a").call(this);
    await this.wfile.flush();
    throw new Error("late");
  });
  assert.match(reply, /1\r\na\r\n$/);
  assert.equal(errors.length, 1);
});

test("more content than was announced is an error, and is not sent", async (t) => {
  const { reply, errors } = await exchange(t, get(), function () {
    this.send_response(200);
    this.send_header("Content-Length", 2);
    this.end_headers();
    this.wfile.write("ok");
    this.wfile.write("too much");
  });
  assert.match(reply, /ok$/);
  assert.match(String(errors), /longer than the announced/);
});

for (const [name, value] of Object.entries({ CR: "a\rb", LF: "a\nb", NUL: "a\0b", "U+010A": "a\u010ab" })) {
  test(`send_header refuses ${name} in a value`, async (t) => {
    const { reply, errors } = await exchange(t, get(), function () {
      this.send_response(200);
      this.send_header("X", value);
    });
    assert.match(reply, /^HTTP\/1\.1 500 /);
    assert.ok(errors[0] instanceof TypeError);
  });
}

test("a method that is named in lower case can't be called from the network", async (t) => {
  let called = false;
  const settings = { do_secret: () => (called = true) };
  const { reply } = await exchange(t, "secret / HTTP/1.1\r\nHost: x\r\n\r\n", ok(), settings);
  assert.match(reply, /^HTTP\/1\.1 501 Unsupported method \('secret'\)/);
  assert.equal(called, false);
});

test("server_name is the bound host, without a name lookup", async () => {
  const httpd = new HTTPServer(["127.0.0.1", 0], BaseHTTPRequestHandler);
  assert.equal(httpd.server_name, "127.0.0.1");
  assert.equal(httpd.server_port, httpd.server_address[1]);
  await httpd.server_close();
});

test("a head that takes too long is a 408", async (t) => {
  const settings = { header_timeout: 0.05, ends: false };
  const { reply } = await exchange(t, "GET / HT", ok(), settings);
  assert.match(reply, /^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test("a connection that sends nothing holds up nobody on HTTPServer", async (t) => {
  class Handler extends Answering {
    override respond = ok();
  }
  const httpd = new HTTPServer(["127.0.0.1", 0], Handler);
  void httpd.serve_forever();
  t.after(() => httpd.server_close());
  const idle = connect(httpd.server_port, "127.0.0.1");
  t.after(() => idle.destroy());
  await once(idle, "connect");
  assert.match(await send(httpd.server_port, get(), true), /^HTTP\/1\.1 200 /);
});

test("raw_requestline is the request line with a line end", async (t) => {
  const { reply } = await exchange(t, get("/a"), function () {
    ok(JSON.stringify(this.raw_requestline.toString())).call(this);
  });
  assert.ok(reply.endsWith('"GET /a HTTP/1.1\\r\\n"'));
});

test("the server names Node in its Server field, and sends small packets at once", () => {
  assert.equal(BaseHTTPRequestHandler.sys_version, `Node/${process.versions.node}`);
  assert.equal(BaseHTTPRequestHandler.disable_nagle_algorithm, true);
});

for (const [address, logged] of [
  ["::ffff:127.0.0.1", "127.0.0.1"],
  ["::FFFF:192.0.2.1", "192.0.2.1"],
  ["::1", "::1"],
  ["2001:db8::ffff:1.2.3.4", "2001:db8::ffff:1.2.3.4"],
] as const) {
  test(`the log has ${logged} for a client at ${address}`, () => {
    const client = [address, 1] as const;
    const handler = new BaseHTTPRequestHandler({} as Socket, client, {} as HTTPServer);
    assert.equal(handler.address_string(), logged);
    assert.equal(handler.client_address, client);
  });
}

test("a client of a Unix socket has `-` for its address in the log", () => {
  const handler = new BaseHTTPRequestHandler<TCPServer<string>>({} as Socket, "", {} as TCPServer<string>);
  assert.equal(handler.address_string(), "-");
});
