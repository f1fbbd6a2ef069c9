import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { HTTPServer } from "pyserve/http/server";
import { byteByByte, get, HTTP_SERVERS, request, serveHttp, TestHandler } from "../support/http.js";
import { deferred, until } from "../support/servers.js";

/** Answers in a way that depends on the path: at once, later, or in pieces. */
class Paths extends TestHandler {
  do_GET(): void | Promise<void> {
    if (this.path.startsWith("/later")) return this.#later();
    if (this.path.startsWith("/error")) this.send_error(404);
    else if (this.path.startsWith("/keep")) this.#with("keep-alive");
    else if (this.path.startsWith("/close")) this.#with("close");
    else if (this.path.startsWith("/upgrade")) this.#with("Upgrade, close");
    else if (this.path.startsWith("/set")) this.#set();
    else if (this.path.startsWith("/unknown")) return this.#unknown();
    else this.respond(this.path);
  }

  async do_POST() {
    this.respond(`[${await this.rfile.read()}]`);
  }

  async #later() {
    await turn();
    this.respond(this.path);
  }

  #with(option: string) {
    this.send_response(200);
    this.send_header("Content-Length", this.path.length);
    this.send_header("Connection", option);
    this.end_headers();
    this.wfile.write(this.path);
  }

  #set() {
    this.close_connection = true;
    this.respond(this.path);
  }

  async #unknown() {
    this.send_response(200);
    this.end_headers();
    this.wfile.write("a");
    await turn();
    this.wfile.write("b");
  }
}

class Old extends Paths {
  static override protocol_version = "HTTP/1.0";
}

interface Row {
  readonly name: string;
  readonly rfc: string;
  readonly Handler?: typeof Paths;
  readonly version?: "HTTP/1.0";
  readonly path?: string;
  readonly fields?: readonly string[];
  /** The value of `Connection` in the response. */
  readonly connection?: string;
  readonly open: boolean;
}

const persistence: readonly Row[] = [
  { name: "HTTP/1.1 keeps it", rfc: "9112 §9.3", open: true },
  { name: "an error that leaves the framing intact keeps it", rfc: "9112 §9.3", path: "/error", open: true },
  { name: "a longer word is not close", rfc: "9110 §7.6.1", fields: ["Connection: close-not"], open: true },
  { name: "HTTP/1.0 ends it", rfc: "9112 §9.3", version: "HTTP/1.0", connection: "close", open: false },
  { name: "a server of HTTP/1.0 ends it", rfc: "9112 §9.3", Handler: Old, connection: "close", open: false },
  {
    name: "a handler's keep-alive keeps that of a server of HTTP/1.0",
    rfc: "9112 §9.3",
    Handler: Old,
    path: "/keep",
    connection: "keep-alive",
    open: true,
  },
  { name: "a handler's close ends it", rfc: "9112 §9.6", path: "/close", connection: "close", open: false },
  {
    name: "a handler's close in a list ends it",
    rfc: "9112 §9.6",
    path: "/upgrade",
    connection: "Upgrade, close",
    open: false,
  },
  {
    name: "a handler's close_connection ends it, and is announced",
    rfc: "9112 §9.6",
    path: "/set",
    connection: "close",
    open: false,
  },
  {
    name: "a handler's keep-alive does not win over the client's close",
    rfc: "9112 §9.6",
    path: "/keep",
    fields: ["Connection: close"],
    connection: "keep-alive, close",
    open: false,
  },
  {
    name: "a handler's keep-alive does not win over HTTP/1.0",
    rfc: "9112 §9.3",
    path: "/keep",
    version: "HTTP/1.0",
    connection: "keep-alive, close",
    open: false,
  },
  { name: "content of unknown length in HTTP/1.1 keeps it", rfc: "9112 §6.3", path: "/unknown", open: true },
  {
    name: "content of unknown length in HTTP/1.0 ends it",
    rfc: "9112 §6.3",
    path: "/unknown",
    version: "HTTP/1.0",
    fields: ["Connection: keep-alive"],
    connection: "close",
    open: false,
  },
];

for (const row of persistence) {
  test(`a connection: ${row.name} (RFC ${row.rfc})`, async (t) => {
    const fixture = serveHttp(t, row.Handler ?? Paths);
    const { path = "/", fields = [], version = "HTTP/1.1" } = row;
    const bytes = [`GET ${path} ${version}`, "Host: h", ...fields, "", ""].join("\r\n");
    for (const pieces of [[bytes], byteByByte(bytes), [bytes + get("/behind")]]) {
      const client = await fixture.connect();
      const sending = client.sendPieces(pieces);
      const reply = await client.reply();
      assert.equal(reply.fields.connection, row.connection);
      if (row.open) {
        if (pieces[0] === bytes || pieces.length > 1) client.send(get("/behind"));
        assert.equal((await client.reply()).content, "/behind");
        client.socket.destroy();
      } else {
        await client.assertEnd();
      }
      await sending;
    }
  });
}

for (const Server of HTTP_SERVERS) {
  test(`${Server.name} answers pipelined requests in their order`, async (t) => {
    const paths = ["/1", "/later/2", "/3", "/unknown", "/error", "/later/5", "/later/6", "/7"];
    const client = await serveHttp(t, Paths, { Server }).send(paths.map((path) => get(path)).join(""));
    const contents: string[] = [];
    for (const _ of paths) contents.push((await client.reply()).content);
    contents[4] = contents[4]?.includes("404") ? "/error" : "";
    assert.deepEqual(
      contents,
      paths.map((path) => (path === "/unknown" ? "ab" : path)),
    );
  });

  test(`${Server.name} serves nothing behind a request that closes`, async (t) => {
    const served: string[] = [];
    class Noting extends Paths {
      override do_GET() {
        served.push(this.path);
        return super.do_GET();
      }
    }
    const client = await serveHttp(t, Noting, { Server }).send(get("/1") + get("/close") + get("/3"));
    await client.reply();
    await client.reply();
    await client.assertEnd();
    assert.deepEqual(served, ["/1", "/close"]);
  });
}

test("the responses to requests that arrived together are sent in one write", async (t) => {
  const fixture = serveHttp(t, Paths);
  const client = await fixture.connect();
  client.send(get("/0"));
  await client.reply();
  const [connection] = fixture.connections;
  let writes = 0;
  const { write } = connection as { write: (...args: unknown[]) => boolean };
  Object.assign(connection as object, {
    write(...args: unknown[]) {
      writes++;
      return write.apply(connection, args);
    },
  });
  client.send(get("/1") + get("/2") + get("/3"));
  for (const path of ["/1", "/2", "/3"]) assert.equal((await client.reply()).content, path);
  assert.equal(writes, 1);
});

test("a head and small content are sent in one write", async (t) => {
  const fixture = serveHttp(t, Paths);
  const client = await fixture.connect();
  let pieces = 0;
  client.socket.on("data", () => pieces++);
  for (const path of ["/a", "/later/b"]) assert.equal((await client.send(get(path)).reply()).content, path);
  assert.equal(pieces, 2);
});

test("10,000 pipelined requests are answered, with bounded buffers", async (t) => {
  const fixture = serveHttp(t, Paths);
  const client = await fixture.connect();
  const count = 10_000;
  client.send(get("/x").repeat(count - 1) + request("GET", "/last", ["Connection: close"]));
  let largest = 0;
  client.socket.on("data", () => {
    for (const { writableLength } of fixture.connections) largest = Math.max(largest, writableLength);
  });
  const text = await client.rest();
  assert.equal(text.split("HTTP/1.1 200 OK\r\n").length, count + 1);
  assert.ok(text.endsWith("\r\n\r\n/last"));
  assert.ok(largest < 1024 * 1024, `${largest} bytes waited for the client`);
});

test("the server stops reading from a client that reads no responses; in the end the client gets all of them", async (t) => {
  const text = "x".repeat(10_000);
  let served = 0;
  class Large extends TestHandler {
    do_GET() {
      served++;
      this.respond(text);
    }
  }
  const fixture = serveHttp(t, Large);
  const client = await fixture.connect();
  client.socket.pause();
  const count = 20_000;
  client.send(get("/").repeat(count - 1) + request("GET", "/", ["Connection: close"]));
  let before = -1;
  let still = 0;
  await until(() => {
    still = served === before ? still + 1 : 0;
    before = served;
    return served > 0 && still > 1000;
  }, "the server to stop serving");
  const [connection] = fixture.connections;
  assert.ok(served < count, `${served} requests were served`);
  assert.ok((connection?.writableLength ?? 0) < 512 * 1024, `${connection?.writableLength} bytes wait`);
  let received = 0;
  const hash = createHash("sha1");
  client.socket.removeAllListeners("data");
  client.socket.on("data", (bytes) => {
    received += bytes.length;
    hash.update(bytes);
  });
  client.socket.resume();
  await until(() => client.isEnded, "the last reply");
  assert.equal(served, count);
  assert.ok(received > count * text.length);
});

test("requests of a client that has left are dropped", async (t) => {
  const served: string[] = [];
  const begun = deferred();
  const go = deferred();
  class Slow extends TestHandler {
    async do_GET() {
      served.push(this.path);
      begun.resolve();
      await go.promise;
      this.respond();
    }
  }
  const fixture = serveHttp(t, Slow);
  const client = await fixture.send(get("/1") + get("/2") + get("/3"));
  await begun.promise;
  client.socket.resetAndDestroy();
  await until(() => fixture.connections.size === 0);
  go.resolve();
  await fixture.server.server_close();
  assert.deepEqual(served, ["/1"]);
});

test("a request whose client has left while it waited in the queue is dropped", async (t) => {
  const served: string[] = [];
  const go = deferred();
  class Slow extends TestHandler {
    async do_GET() {
      served.push(this.path);
      if (this.path === "/first") await go.promise;
      this.respond();
    }
  }
  const fixture = serveHttp(t, Slow, { Server: HTTPServer });
  const first = await fixture.send(get("/first"));
  await until(() => served.length === 1);
  const leaver = await fixture.send(get("/leaver"));
  const last = await fixture.send(get("/last"));
  await until(() => fixture.connections.size === 3);
  for (let turns = 0; turns < 20; turns++) await turn();
  leaver.socket.resetAndDestroy();
  await until(() => fixture.connections.size === 2);
  go.resolve();
  await first.reply();
  await last.reply();
  assert.deepEqual(served, ["/first", "/last"]);
});

const halfClosing: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ["a whole request", get("/later"), 200],
  ["a request with content", request("POST", "/", ["Content-Length: 3"], "abc"), 200],
  ["half a head", "GET / HTTP/1.1\r\nHost:", 400],
  ["half a content", request("POST", "/", ["Content-Length: 3"], "a"), 400],
  ["half a chunk", request("POST", "/", ["Transfer-Encoding: chunked"], "3\r\na"), 400],
];

for (const [name, bytes, status] of halfClosing) {
  test(`a client that ends its sending after ${name} gets ${status} (RFC 9112 §9.5)`, async (t) => {
    const client = await serveHttp(t, Paths).connect();
    client.end(bytes);
    assert.equal((await client.reply()).status, status);
    await client.assertEnd();
  });
}

test("a connection without a request is closed without a reply when the client ends its sending", async (t) => {
  const client = await serveHttp(t, Paths).connect();
  client.end();
  await client.assertEnd();
});

/** Requests of clients that then wait for the server to close, and the way in which it does. */
const lastRequests: [name: string, bytes: string, closes: "at once" | "in stages"][] = [
  ["`Connection: close`", get("/", "Connection: close"), "at once"],
  ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "at once"],
  [
    "`Connection: close` and a body",
    request("POST", "/", ["Connection: close", "Content-Length: 2"], "hi"),
    "in stages",
  ],
  ["`Connection: close` and another request", get("/", "Connection: close") + get("/next"), "in stages"],
  ["a response that says close", get("/close"), "in stages"],
];

for (const [name, bytes, closes] of lastRequests) {
  test(`after ${name}, the server closes the connection ${closes} (RFC 9112 §9.6)`, async (t) => {
    const fixture = serveHttp(t, Paths);
    fixture.server.linger_timeout = null;
    const client = await fixture.send(bytes);
    assert.equal((await client.reply()).status, 200);
    await client.assertEnd();
    assert.equal(fixture.connections.size, closes === "at once" ? 0 : 1);
    client.end();
  });
}

for (const [name, bytes] of lastRequests) {
  test(`after ${name}, an overridden close_request gets a connection whose sending side has ended`, async (t) => {
    const seen: boolean[] = [];
    class Server extends HTTPServer {
      override close_request(connection: Socket) {
        seen.push(connection.writableEnded);
        return super.close_request(connection);
      }
    }
    const client = await serveHttp(t, Paths, { Server }).send(bytes);
    assert.equal((await client.reply()).status, 200);
    await client.assertEnd();
    assert.deepEqual(seen, [true]);
    client.end();
  });
}

test("a handler that always sends keep-alive does not keep a broken connection", async (t) => {
  class Keeping extends Paths {
    override end_headers() {
      this.send_header("Connection", "keep-alive");
      super.end_headers();
    }
  }
  const fixture = serveHttp(t, Keeping);
  const client = await fixture.send(`GET / HTTP/1.1\r\nHost h\r\n\r\n${get("/behind")}`);
  const reply = await client.reply();
  assert.deepEqual([reply.status, reply.fields.connection], [400, "keep-alive, close"]);
  await client.assertEnd();
});

test("an error response reaches a client that is still sending its content", async (t) => {
  class Refusing extends TestHandler {
    do_POST() {
      this.send_error(413);
    }
  }
  const fixture = serveHttp(t, Refusing);
  const client = await fixture.send(request("POST", "/", ["Content-Length: 100000000"]));
  const piece = Buffer.alloc(64 * 1024);
  let reply: Awaited<ReturnType<typeof client.reply>> | undefined;
  const replying = client.reply().then((value) => {
    reply = value;
  });
  while (reply === undefined && client.error === undefined) {
    client.send(piece);
    await turn();
  }
  await replying;
  assert.equal(client.error, undefined);
  assert.deepEqual([reply?.status, reply?.isCut], [413, false]);
  await client.assertEnd();
});

test("a head of 60 KB in writes of a single byte is served", async (t) => {
  class Wide extends TestHandler {
    do_GET() {
      this.respond();
    }
  }
  const client = await serveHttp(t, Wide).connect();
  const head = `GET / HTTP/1.1\r\nHost: h\r\nA: ${"x".repeat(60_000)}\r\n\r\n`;
  client.socket.setNoDelay(true);
  for (const byte of head) client.send(byte);
  assert.equal((await client.reply()).status, 200);
});
