import assert from "node:assert/strict";
import { get as httpGet, type IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { BaseHTTPRequestHandler, ResponseError } from "pyserve/http/server";
import { get, type Reply, request, serveHttp, TestHandler } from "../support/http.js";
import { deferred } from "../support/servers.js";

const BIG = "x".repeat(64 * 1024 + 1);

/** A way to answer, and the response that each kind of client gets. */
interface Row {
  readonly name: string;
  readonly rfc?: string;
  readonly respond: (this: TestHandler) => void | Promise<void>;
  readonly status?: number;
  readonly content?: string;
  /** The value of `Content-Length`. */
  readonly length?: string | undefined;
  readonly framing?: Reply["framing"];
  /** True if this response is impossible for an HTTP/1.0 client. */
  readonly refused10?: boolean;
  /** The framing for an HTTP/1.0 client, if it is different. */
  readonly framing10?: Reply["framing"];
  readonly isCut?: boolean;
  /** True if an HTTP/1.1 connection stays open. */
  readonly open?: boolean;
  /** The length in the response to HEAD, if it is different. */
  readonly headLength?: string | undefined;
  readonly method?: string;
  /** Error that `handle_error` gets. */
  readonly error?: RegExp;
}

function head(handler: TestHandler, status = 200, fields: Record<string, string | number> = {}): void {
  handler.send_response(status);
  for (const [name, value] of Object.entries(fields)) handler.send_header(name, value);
  handler.end_headers();
}

const OK = { status: 200, content: "abc", length: "3", framing: "length", open: true } as const;
const CHUNKS = {
  status: 200,
  framing: "chunked",
  framing10: "close",
  length: undefined,
  open: true,
} as const;
const FAILED = { status: 500, framing: "length", open: false } as const;

const rows: readonly Row[] = [
  {
    name: "a length that is announced",
    respond() {
      head(this, 200, { "Content-Length": 3 });
      this.wfile.write("abc");
    },
    ...OK,
  },
  {
    name: "no length, and all of the content when the handler returns",
    respond() {
      head(this);
      this.wfile.write("a");
      this.wfile.write(Buffer.from("b"));
      this.wfile.write("c");
    },
    ...OK,
  },
  {
    name: "no length, and all of the content when the promise of the handler resolves",
    async respond() {
      await turn();
      head(this);
      await this.wfile.write("abc");
    },
    ...OK,
  },
  {
    name: "no length and no content",
    respond() {
      head(this);
    },
    ...OK,
    content: "",
    length: "0",
    headLength: undefined,
  },
  {
    name: "no length, and content in another turn",
    async respond() {
      head(this);
      this.wfile.write("a");
      await turn();
      this.wfile.write("bc");
    },
    ...CHUNKS,
    content: "abc",
  },
  {
    name: "no length, and more content than is held back",
    respond() {
      head(this);
      this.wfile.write(BIG.slice(0, 10));
      this.wfile.write(BIG.slice(10));
    },
    ...CHUNKS,
    content: BIG,
  },
  {
    name: "no length, and as much content as is held back",
    respond() {
      head(this);
      this.wfile.write(BIG.slice(1));
    },
    ...OK,
    content: BIG.slice(1),
    length: String(BIG.length - 1),
  },
  {
    name: "no length, and a flush",
    respond() {
      head(this);
      this.wfile.write("abc");
      this.wfile.flush();
    },
    ...CHUNKS,
    content: "abc",
  },
  {
    name: "empty writes among others",
    async respond() {
      head(this);
      for (const text of ["", "a", "", "b"]) {
        this.wfile.write(text);
        await turn();
      }
    },
    ...CHUNKS,
    content: "ab",
  },
  {
    name: "text beyond ASCII, counted in bytes",
    respond() {
      head(this);
      this.wfile.write("ä€");
    },
    ...OK,
    content: Buffer.from("ä€").toString("latin1"),
    length: "5",
  },
  {
    name: "a buffer that is changed afterwards",
    respond() {
      const bytes = Buffer.from("abc");
      head(this);
      this.wfile.write(bytes);
      bytes.fill("x");
    },
    ...OK,
  },
  {
    name: "the end of wfile",
    respond() {
      head(this, 200, { "Content-Length": 3 });
      this.wfile.end("abc");
    },
    ...OK,
  },
  {
    name: "wfile closed by the handler",
    respond() {
      head(this, 200, { "Content-Length": 3 });
      this.wfile.write("abc");
      this.wfile.close();
    },
    ...OK,
  },
  {
    name: "wfile closed by the handler, and no length",
    async respond() {
      await turn();
      head(this);
      this.wfile.write("abc");
      this.wfile.close();
    },
    ...CHUNKS,
    content: "abc",
  },
  {
    name: "the same length twice",
    respond() {
      this.send_response(200);
      this.send_header("Content-Length", 3);
      this.send_header("content-length", "3");
      this.end_headers();
      this.wfile.write("abc");
    },
    ...OK,
  },
  {
    name: "a second send_response before the head has ended",
    respond() {
      this.send_response(404);
      this.send_header("X-Old", "x");
      this.send_header("Content-Length", 10);
      head(this, 200);
      this.wfile.write("abc");
    },
    ...OK,
  },
  {
    name: "send_error in the middle of a head",
    respond() {
      this.send_response(200);
      this.send_header("Content-Length", 3);
      this.send_error(404);
    },
    status: 404,
    framing: "length",
    open: true,
  },
  {
    name: "send_response without end_headers",
    respond() {
      this.send_response(200);
      this.send_header("Content-Length", 0);
    },
    ...OK,
    content: "",
    length: "0",
  },
  {
    name: "send_response without end_headers, later",
    async respond() {
      await turn();
      this.send_response(202);
    },
    ...OK,
    status: 202,
    content: "",
    length: "0",
    headLength: undefined,
  },
  { name: "nothing at all", respond() {}, ...FAILED },
  {
    name: "nothing at all, later",
    async respond() {
      await turn();
    },
    ...FAILED,
  },
  {
    name: "a closed wfile and nothing else",
    respond() {
      this.wfile.close();
    },
    ...FAILED,
  },
  {
    name: "204 with content and a length",
    rfc: "9110 §15.3.5",
    respond() {
      head(this, 204, { "Content-Length": 3 });
      this.wfile.write("abc");
    },
    status: 204,
    framing: "none",
    length: undefined,
    open: true,
  },
  {
    name: "204 with a coding",
    rfc: "9112 §6.1",
    respond() {
      head(this, 204, { "Transfer-Encoding": "chunked" });
    },
    status: 204,
    framing: "none",
    length: undefined,
    open: true,
  },
  {
    name: "205 with content and a length",
    rfc: "9110 §15.3.6",
    respond() {
      head(this, 205, { "Content-Length": 3 });
      this.wfile.write("abc");
    },
    status: 205,
    content: "",
    framing: "length",
    length: "0",
    open: true,
  },
  {
    name: "205 without anything",
    rfc: "9110 §15.3.6",
    respond() {
      head(this, 205);
    },
    status: 205,
    content: "",
    framing: "length",
    length: "0",
    open: true,
  },
  {
    name: "304 with content",
    rfc: "9110 §15.4.5",
    respond() {
      head(this, 304);
      this.wfile.write("abc");
    },
    status: 304,
    framing: "none",
    length: undefined,
    open: true,
  },
  {
    name: "304 with the length of what it stands for",
    rfc: "9110 §8.6",
    respond() {
      head(this, 304, { "Content-Length": 10 });
    },
    status: 304,
    framing: "none",
    length: "10",
    open: true,
  },
  {
    name: "404 without a length",
    respond() {
      head(this, 404);
      this.wfile.write("abc");
    },
    ...OK,
    status: 404,
  },
  {
    name: "a coding of its own",
    refused10: true,
    rfc: "9112 §6.1",
    respond() {
      head(this, 200, { "Transfer-Encoding": "chunked" });
      this.wfile.write("3\r\nabc\r\n0\r\n\r\n");
    },
    status: 200,
    content: "abc",
    framing: "chunked",
    length: undefined,
    open: false,
  },
  {
    name: "fewer bytes than announced",
    rfc: "9112 §8",
    respond() {
      head(this, 200, { "Content-Length": 10 });
      this.wfile.write("abc");
    },
    status: 200,
    content: "abc",
    framing: "length",
    length: "10",
    isCut: true,
    open: false,
  },
  {
    name: "more bytes than announced, in a write of their own",
    respond() {
      head(this, 200, { "Content-Length": 3 });
      this.wfile.write("abc");
      this.wfile.write("HTTP/1.1 200 OK\r\n\r\n");
    },
    ...OK,
    open: false,
    error: /longer than the announced/,
  },
  {
    name: "more bytes than announced, in one write",
    respond() {
      head(this, 200, { "Content-Length": 3 });
      this.wfile.write("abcHTTP/1.1 200 OK\r\n\r\n");
    },
    status: 200,
    content: "",
    length: "3",
    framing: "length",
    isCut: true,
    open: false,
    error: /longer than the announced/,
  },
  {
    name: "an exception before anything",
    respond() {
      throw new Error("on purpose");
    },
    ...FAILED,
    error: /on purpose/,
  },
  {
    name: "an exception before anything, later",
    async respond() {
      await turn();
      throw new Error("on purpose");
    },
    ...FAILED,
    error: /on purpose/,
  },
  {
    name: "an exception within the head",
    respond() {
      this.send_response(200);
      throw new Error("on purpose");
    },
    ...FAILED,
    error: /on purpose/,
  },
  {
    name: "an exception behind content that is held back",
    respond() {
      head(this);
      this.wfile.write("abc");
      throw new Error("on purpose");
    },
    ...FAILED,
    error: /on purpose/,
  },
  {
    name: "an exception behind the end of wfile, with nothing sent",
    respond() {
      this.wfile.end();
      throw new Error("on purpose");
    },
    ...FAILED,
    error: /on purpose/,
  },
  {
    name: "an exception within content of an announced length",
    respond() {
      head(this, 200, { "Content-Length": 10 });
      this.wfile.write("abc");
      throw new Error("on purpose");
    },
    status: 200,
    content: "abc",
    length: "10",
    framing: "length",
    isCut: true,
    open: false,
    error: /on purpose/,
  },
  {
    name: "an exception within chunks",
    async respond() {
      head(this);
      this.wfile.write("abc");
      await turn();
      throw new Error("on purpose");
    },
    ...CHUNKS,
    content: "abc",
    isCut: true,
    open: false,
    error: /on purpose/,
  },
  {
    name: "something thrown that is no error",
    respond() {
      throw "a text";
    },
    ...FAILED,
    error: /a text/,
  },
  {
    name: "content without a head",
    respond() {
      this.wfile.write("abc");
    },
    ...FAILED,
    error: /The body comes after the header/,
  },
  {
    name: "content before the end of the head",
    respond() {
      this.send_response(200);
      this.wfile.write("abc");
    },
    ...FAILED,
    error: /The body comes after the header/,
  },
  {
    name: "a field without a head",
    respond() {
      this.send_header("A", "b");
    },
    ...FAILED,
    error: /The field A can't be sent here/,
  },
  {
    name: "end_headers without a head",
    respond() {
      this.end_headers();
    },
    ...FAILED,
    error: /No header has begun/,
  },
  {
    name: "a second head behind the first, of which nothing was sent",
    respond() {
      head(this);
      this.wfile.write("abc");
      this.send_error(404);
    },
    ...FAILED,
    error: /The response has already begun, so the status 404 can't be sent/,
  },
  {
    name: "a second head behind the first, which was sent",
    respond() {
      head(this, 200, { "Content-Length": 3 });
      this.wfile.write("abc");
      this.send_error(404);
    },
    ...OK,
    open: false,
    error: /The response has already begun/,
  },
  {
    name: "different lengths",
    respond() {
      head(this, 200, { "Content-Length": 3, "content-length": 4 });
    },
    ...FAILED,
    error: /one Content-Length or one Transfer-Encoding|HTTP\/1\.0 has no Transfer-Encoding/,
  },
  {
    name: "a length and a coding",
    respond() {
      head(this, 200, { "Content-Length": 3, "Transfer-Encoding": "chunked" });
    },
    ...FAILED,
    error: /one Content-Length or one Transfer-Encoding|HTTP\/1\.0 has no Transfer-Encoding/,
  },
  {
    name: "a coding and a length",
    respond() {
      head(this, 200, { "Transfer-Encoding": "chunked", "Content-Length": 3 });
    },
    ...FAILED,
    error: /one Content-Length or one Transfer-Encoding|HTTP\/1\.0 has no Transfer-Encoding/,
  },
];

for (const bad of ["", " 1", "1 ", "+1", "-1", "1.5", "1e3", "0x10", "9007199254740993", Number.NaN, "1,1"]) {
  (rows as Row[]).push({
    name: `the Content-Length ${JSON.stringify(bad)}`,
    respond() {
      head(this, 200, { "Content-Length": bad });
    },
    ...FAILED,
    error: /Content-Length must be a number of bytes/,
  });
}

for (const status of [99, 1000, 200.5, -200, Number.NaN]) {
  (rows as Row[]).push({
    name: `the status ${status}`,
    respond() {
      head(this, status);
    },
    ...FAILED,
    error: /A status code must have three digits/,
  });
}

const injections: readonly (readonly [what: string, respond: (this: TestHandler, text: string) => void])[] = [
  [
    "a value",
    function (text) {
      head(this, 200, { "X-A": `a${text}X-B: b` });
    },
  ],
  [
    "a name",
    function (text) {
      head(this, 200, { [`X${text}Y`]: "b" });
    },
  ],
  [
    "a reason",
    function (text) {
      this.send_response(200, `a${text}X-B: b`);
      this.end_headers();
    },
  ],
];
// Some of them become CR, LF or NUL if they are truncated to a byte.
const splitters = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  "\x0b",
  "\x7f",
  "\u010a",
  "\u010d",
  "\u0100",
  "\u2028",
  "\u{1f600}",
];

for (const [what, respond] of injections) {
  for (const text of splitters) {
    (rows as Row[]).push({
      name: `${JSON.stringify(text)} in ${what}`,
      rfc: "9112 §11.1",
      respond() {
        respond.call(this, text);
      },
      ...FAILED,
      error: /has invalid characters|not a token/,
    });
  }
}

for (const row of rows) {
  const section = row.rfc === undefined ? "" : ` (RFC ${row.rfc})`;
  test(`a response: ${row.name}${section}`, async (t) => {
    class Handler extends TestHandler {
      do_GET() {
        return this.path === "/" ? row.respond.call(this) : this.respond(this.path);
      }

      do_HEAD() {
        return this.do_GET();
      }
    }
    const fixture = serveHttp(t, Handler);
    for (const kind of ["HTTP/1.1", "HTTP/1.0", "HEAD", "pipelined"] as const) {
      const version = kind === "HTTP/1.0" ? kind : "HTTP/1.1";
      const method = kind === "HEAD" ? kind : "GET";
      const bytes = `${method} / ${version}\r\nHost: h\r\n\r\n`;
      const before = kind === "pipelined" ? get("/before") : "";
      const behind = version === "HTTP/1.1" ? get("/behind") : "";
      const client = await fixture.send(before + bytes + behind);
      if (before !== "") assert.equal((await client.reply()).content, "/before");
      const reply = await client.reply(method);
      if (row.refused10 && kind === "HTTP/1.0") {
        assert.equal(reply.status, 500);
        assert.match(String(fixture.takeErrors()), /HTTP\/1\.0 has no Transfer-Encoding/);
        continue;
      }
      const said = `${kind}: ${JSON.stringify(reply)}`;
      if (row.status !== undefined) assert.equal(reply.status, row.status, said);
      if (kind === "HEAD") {
        if ("headLength" in row) assert.equal(reply.fields["content-length"], row.headLength, said);
        else if (row.framing === "length")
          assert.equal(reply.fields["content-length"], row.length ?? reply.fields["content-length"], said);
      } else {
        if (row.content !== undefined) assert.equal(reply.content, row.content, said);
        const { framing10 = row.framing } = row;
        assert.equal(reply.framing, version === "HTTP/1.0" ? framing10 : row.framing, said);
        if (framing10 !== "close" || version !== "HTTP/1.0")
          assert.equal(reply.isCut, row.isCut ?? false, said);
        if ("length" in row) assert.equal(reply.fields["content-length"], row.length, said);
        assert.equal(reply.fields["x-b"], undefined, said);
      }
      if (kind !== "HTTP/1.0" && row.open === true)
        assert.equal((await client.reply()).content, "/behind", said);
      else if (kind !== "HEAD") await assertOver(client);
      client.socket.destroy();
      const errors = fixture.takeErrors();
      if (row.error === undefined) assert.deepEqual(errors, [], said);
      else if (kind !== "HEAD") assert.match(String(errors), row.error, said);
    }
  });
}

async function assertOver(client: { rest(): Promise<string> }): Promise<void> {
  assert.equal(await client.rest(), "", "nothing more comes");
}

test("content that an async handler writes reaches the client before the handler continues", async (t) => {
  const goOn = deferred();
  const end = deferred();
  class Events extends TestHandler {
    async do_GET() {
      this.send_response(200);
      this.send_header("Content-Type", "text/event-stream");
      this.end_headers();
      this.wfile.write("data: 1\n\n");
      await goOn.promise;
      await this.wfile.write("data: 2\n\n");
      await end.promise;
    }
  }
  const client = await serveHttp(t, Events).send(get("/"));
  assert.equal((await client.head()).fields["transfer-encoding"], "chunked");
  assert.equal(await client.read(14), "9\r\ndata: 1\n\n\r\n");
  goOn.resolve();
  assert.equal(await client.read(14), "9\r\ndata: 2\n\n\r\n");
  end.resolve();
});

test("a head that an async handler ends reaches the client before the handler continues", async (t) => {
  for (const early of [true, false]) {
    const end = deferred();
    class Slow extends TestHandler {
      async do_GET() {
        if (!early) await turn();
        head(this, 200, { "Content-Length": 3 });
        await end.promise;
      }
    }
    const client = await serveHttp(t, Slow).send(get("/"));
    assert.equal((await client.head()).status, 200);
    end.resolve();
  }
});

test("a response does not wait for a later async one", async (t) => {
  const end = deferred();
  class Mixed extends TestHandler {
    do_GET() {
      return this.path === "/wait" ? end.promise : this.respond(this.path);
    }
  }
  const client = await serveHttp(t, Mixed).send(get("/1") + get("/wait"));
  assert.equal((await client.reply()).content, "/1");
  end.resolve();
});

for (const version of ["HTTP/1.1", "HTTP/1.0"]) {
  test(`interim responses are sent to HTTP/1.1 only: ${version} (RFC 9110 §15.2)`, async (t) => {
    class Hints extends TestHandler {
      async do_GET() {
        this.send_response_only(103);
        this.send_header("Link", "</style.css>; rel=preload");
        this.end_headers();
        await turn();
        this.respond("abc");
      }
    }
    const client = await serveHttp(t, Hints).send(`GET / ${version}\r\nHost: h\r\n\r\n`);
    if (version === "HTTP/1.1") {
      const { status, fields } = await client.reply();
      assert.deepEqual(
        [status, fields.link, fields.connection],
        [103, "</style.css>; rel=preload", undefined],
      );
    }
    assert.equal((await client.reply()).content, "abc");
  });
}

for (const status of [102, 103]) {
  test(`${status} leaves at once, in a write of its own, also where the final response follows at once`, async (t) => {
    const writes: string[] = [];
    class Hints extends TestHandler {
      do_GET() {
        t.mock.method(this.connection as Socket, "write", function (this: Socket, ...args: [string]) {
          writes.push(String(args[0]).split("\r\n", 1)[0] as string);
          return Socket.prototype.write.apply(this, args);
        });
        this.send_response_only(status);
        this.end_headers();
        assert.equal(writes.length, 1, "before the handler goes on");
        this.respond("abc");
      }
    }
    const client = await serveHttp(t, Hints).send(get("/"));
    assert.equal((await client.reply()).status, status);
    assert.equal((await client.reply()).content, "abc");
    assert.match(writes[0] ?? "", new RegExp(`^HTTP/1.1 ${status} `));
    assert.deepEqual(writes.slice(1), ["HTTP/1.1 200 OK"]);
  });
}

test("a handler that frames its response itself may send trailer fields", async (t) => {
  class Framing extends TestHandler {
    do_GET() {
      this.send_response(200);
      this.send_header("Transfer-Encoding", "chunked");
      this.send_header("Trailer", "Server-Timing");
      this.end_headers();
      this.wfile.write("3\r\nabc\r\n0\r\nServer-Timing: db;dur=5\r\n\r\n");
    }
  }
  const response = await new Promise<IncomingMessage>((resolve) => {
    httpGet(serveHttp(t, Framing).url, { headers: { TE: "trailers" } }, resolve);
  });
  assert.equal((await response.toArray()).join(""), "abc");
  assert.deepEqual(response.trailers, { "server-timing": "db;dur=5" });
});

test("an interim response alone is followed by 500", async (t) => {
  class Hints extends TestHandler {
    do_GET() {
      this.send_error(102);
    }
  }
  const client = await serveHttp(t, Hints).send(get("/"));
  assert.equal((await client.reply()).status, 102);
  assert.equal((await client.reply()).status, 500);
});

const tunnels: readonly (readonly [name: string, method: string, target: string, status: number])[] = [
  ["101", "GET", "/", 101],
  ["CONNECT", "CONNECT", "example.org:443", 200],
];

for (const [name, method, target, status] of tunnels) {
  test(`after ${name} the connection is the handler's, in both directions (RFC 9110 §7.8, §9.3.6)`, async (t) => {
    class Tunnel extends TestHandler {
      async do_CONNECT() {
        this.send_response(status);
        this.send_header("Upgrade", "echo");
        this.send_header("Connection", "Upgrade");
        if (status === 200) this.send_header("Content-Length", "5");
        this.end_headers();
        for await (const line of this.rfile.lines()) await this.wfile.write(`echo ${line}`);
        this.wfile.write("bye");
      }

      do_GET() {
        return this.do_CONNECT();
      }
    }
    const client = await serveHttp(t, Tunnel).connect();
    client.send(
      `${method} ${target} HTTP/1.1\r\nHost: h\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nwith the head\n`,
    );
    const reply = await client.head();
    assert.deepEqual(
      [reply.status, reply.fields["content-length"], reply.fields.connection],
      [status, undefined, "Upgrade"],
    );
    assert.equal(await client.read(19), "echo with the head\n");
    assert.equal(await client.send("GET / HTTP/1.1\n").read(20), "echo GET / HTTP/1.1\n");
    client.end();
    assert.equal(await client.rest(), "bye");
  });
}

for (const [name, refuse, status] of [
  ["nobody serves", undefined, 501],
  ["is refused", (handler: TestHandler) => handler.send_error(403), 403],
  [
    "fails",
    () => {
      throw new Error("on purpose");
    },
    500,
  ],
] as const) {
  test(`a CONNECT that ${name} is an ordinary reply, and ends the connection (RFC 9931)`, async (t) => {
    class Tunnel extends TestHandler {
      do_CONNECT = refuse && (() => refuse(this));
    }
    const fixture = serveHttp(t, Tunnel);
    // The second request could also be the first bytes for the tunnel.
    const client = await fixture.send(`CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n${get("/smuggled")}`);
    const reply = await client.reply();
    assert.deepEqual([reply.status, reply.framing, reply.fields.connection], [status, "length", "close"]);
    await client.assertEnd();
    fixture.takeErrors();
  });
}

test("a write after the response has ended is refused, and affects no other response", async (t) => {
  const outcomes: unknown[] = [];
  class Late extends TestHandler {
    kept: typeof this.wfile | undefined;

    do_GET() {
      if (this.path === "/1") {
        this.kept = this.wfile;
        this.respond("first");
        this.wfile.end();
      } else {
        this.respond("second");
        this.kept?.write("late", (error) => void outcomes.push(error));
      }
    }
  }
  const client = await serveHttp(t, Late).send(get("/1") + get("/2") + get("/3"));
  for (const content of ["first", "second", "second"]) assert.equal((await client.reply()).content, content);
  assert.ok(outcomes.every((error) => error instanceof Error));
});

test("a stray write between two requests is a ResponseError", async (t) => {
  const outcome = deferred<unknown>();
  class Stray extends TestHandler {
    do_GET() {
      this.respond("abc");
      setImmediate(() => {
        try {
          outcome.resolve(this.wfile.write("late"));
        } catch (error) {
          outcome.resolve(error);
        }
      });
    }
  }
  const client = await serveHttp(t, Stray).send(get("/"));
  assert.equal((await client.reply()).content, "abc");
  const error = await outcome.promise;
  assert.ok(error instanceof ResponseError);
  assert.equal(error.code, "PYSERVE_RESPONSE_ENDED");
});

test("a stream that a handler pipes to wfile without waiting affects only its own response", async (t) => {
  const { Readable } = await import("node:stream");
  class Hasty extends TestHandler {
    do_GET() {
      head(this);
      Readable.from(["a", "b"]).pipe(this.wfile as unknown as NodeJS.WritableStream);
    }
  }
  const client = await serveHttp(t, Hasty).send(get("/") + get("/"));
  for (let count = 0; count < 2; count++) assert.deepEqual((await client.reply()).content, "");
});

const hooks = [
  "send_error",
  "end_headers",
  "flush_headers",
  "version_string",
  "date_time_string",
  "log_message",
  "send_header",
  "send_response_only",
  "log_request",
] as const;

for (const hook of hooks) {
  test(`a handler whose ${hook} always fails answers 500 without content`, async (t) => {
    class Failing extends TestHandler {
      do_GET() {
        if (hook === "send_error") this.send_error(404);
        else this.respond("abc");
      }
    }
    Object.defineProperty(Failing.prototype, hook, {
      value() {
        throw new Error(`${hook} fails`);
      },
    });
    const fixture = serveHttp(t, Failing);
    const client = await fixture.send(get("/") + get("/"));
    const reply = await client.reply();
    assert.deepEqual([reply.status, reply.content, reply.fields.connection], [500, "", "close"]);
    await client.assertEnd();
    assert.match(String(fixture.takeErrors()), new RegExp(`^Error: ${hook} fails$`));
  });
}

test("with an invalid error_message_format, the response is still a 500", async (t) => {
  class Odd extends TestHandler {
    static override error_message_format = "%(nothing)s";
  }
  const fixture = serveHttp(t, Odd);
  const client = await fixture.send(get("/"));
  assert.equal((await client.reply()).status, 500);
  assert.match(String(fixture.takeErrors()), /error_message_format/);
});

for (const when of ["before", "within"] as const) {
  test(`abort() ${when} a reply drops the connection with a reset, and logs no reply`, async (t) => {
    const go = deferred();
    class Aborting extends TestHandler {
      async do_GET() {
        if (when === "within") {
          head(this, 200, { "Content-Length": 10 });
          this.wfile.write("abc");
          await go.promise;
        }
        this.abort();
        this.close_connection = false;
      }
    }
    const fixture = serveHttp(t, Aborting);
    const client = await fixture.send(get("/") + get("/"));
    if (when === "within") {
      await client.head();
      assert.equal(await client.read(3), "abc");
    }
    go.resolve();
    assert.equal(await client.rest(), "");
    assert.equal(client.error?.code, "ECONNRESET");
    assert.deepEqual(
      fixture.log.filter((line) => line.includes("500")),
      [],
    );
  });
}

test("a response is logged with its status, and one that failed with both", async (t) => {
  class Failing extends TestHandler {
    do_GET() {
      this.send_response(200);
      throw new Error("on purpose");
    }
  }
  const fixture = serveHttp(t, Failing);
  await (await fixture.send(get("/"))).reply();
  fixture.takeErrors();
  assert.deepEqual(fixture.log, [
    '"GET / HTTP/1.1" 200 -',
    "code 500, message Internal Server Error",
    '"GET / HTTP/1.1" 500 -',
  ]);
});

test("`BaseHTTPRequestHandler` has no do_ method, and answers 501", async (t) => {
  t.mock.method(process.stderr, "write", () => true);
  const client = await serveHttp(t, BaseHTTPRequestHandler).send(
    request("PUT", "/", ["Content-Length: 1"], "x") + get("/"),
  );
  const first = await client.reply();
  assert.deepEqual([first.status, first.reason], [501, "Unsupported method ('PUT')"]);
  assert.equal((await client.reply()).status, 501);
});
