import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ProtocolError } from "pyserve/http/server";
import { DisconnectedError } from "pyserve/socketserver";
import {
  byteByByte,
  get,
  HTTP_SERVERS,
  noneUnhandled,
  request,
  serveHttp,
  TestHandler,
} from "../support/http.js";
import { deferred, until } from "../support/servers.js";

const INNER = get("/smuggled");
const chunks = (...texts: string[]) =>
  `${texts.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join("")}0\r\n\r\n`;
const withLength = (text: string, ...fields: string[]) => [`Content-Length: ${text.length}`, ...fields];
const CHUNKED = "Transfer-Encoding: chunked";

/** Answers without reading, in several ways. */
class Unread extends TestHandler {
  static served: string[] = [];

  do_GET(): void | Promise<void> {
    Unread.served.push(this.path);
    if (this.path === "/error") this.send_error(403);
    else if (this.path === "/throw") throw new Error("on purpose");
    else if (this.path === "/late") return this.#late();
    else if (this.path === "/part") return this.#part();
    else if (this.path === "/204") this.respond("", 204);
    else this.respond(this.path);
  }

  do_POST() {
    return this.do_GET();
  }

  do_HEAD() {
    return this.do_GET();
  }

  async #late() {
    await turn();
    this.respond(this.path);
  }

  async #part() {
    this.respond((await this.rfile.read(3)).toString("latin1"));
  }
}

const contents: Readonly<Record<string, readonly [fields: readonly string[], content: string]>> = {
  "a length": [withLength(INNER), INNER],
  chunks: [[CHUNKED], chunks(INNER, INNER)],
  "chunks and trailers": [[CHUNKED], `${chunks(INNER).slice(0, -2)}X: y\r\n\r\n`],
  "a length and no content": [["Content-Length: 0"], ""],
};

for (const [name, [fields, content]] of Object.entries(contents)) {
  for (const method of ["GET", "POST", "HEAD", "UNKNOWN"]) {
    test(`unread content of ${method} with ${name} never becomes a request (RFC 9112 §9.3)`, async (t) => {
      const fixture = serveHttp(t, Unread);
      for (const path of ["/", "/error", "/late", "/part", "/204"]) {
        const head = request(method, path, fields);
        const ways = [
          [head + content + get("/next")],
          [head, content, get("/next")],
          byteByByte(head + content + get("/next")),
        ];
        for (const pieces of ways) {
          Unread.served = [];
          const client = await fixture.connect();
          const sending = client.sendPieces(pieces);
          await client.reply(method);
          assert.equal((await client.reply()).content, "/next");
          await sending;
          assert.deepEqual(Unread.served, method === "UNKNOWN" ? ["/next"] : [path, "/next"]);
          client.socket.destroy();
        }
      }
    });
  }

  test(`after an exception nothing behind content with ${name} is served`, async (t) => {
    const fixture = serveHttp(t, Unread);
    Unread.served = [];
    const client = await fixture.send(request("POST", "/throw", fields, content) + get("/next"));
    const reply = await client.reply();
    assert.deepEqual([reply.status, reply.fields.connection], [500, "close"]);
    assert.ok(!reply.content.includes("on purpose"), "no detail");
    await client.assertEnd();
    assert.deepEqual(Unread.served, ["/throw"]);
    assert.equal(fixture.takeErrors().length, 1);
  });
}

test("unread content that arrives long after its head is dropped before the response is sent", async (t) => {
  const fixture = serveHttp(t, Unread);
  const client = await fixture.send(request("POST", "/", withLength(INNER + INNER)));
  await client.sendPieces([INNER, INNER, get("/next")]);
  assert.equal((await client.reply()).content, "/");
  assert.equal((await client.reply()).content, "/next");
});

test("unread content with an announced length that is too long to drop closes the connection, with an announcement", async (t) => {
  const fixture = serveHttp(t, Unread);
  Unread.served = [];
  const length = 256 * 1024;
  const exact = await fixture.send(
    request("POST", "/", [`Content-Length: ${length}`], "x".repeat(length)) + get("/next"),
  );
  assert.equal((await exact.reply()).fields.connection, undefined);
  assert.equal((await exact.reply()).content, "/next");
  const over = await fixture.send(
    request("POST", "/", [`Content-Length: ${length + 1}`], "x".repeat(length + 1)) + get("/n"),
  );
  assert.equal((await over.reply()).fields.connection, "close");
  await over.assertEnd();
  assert.deepEqual(Unread.served, ["/", "/next", "/"]);
});

test("unread chunks that are too long to drop close the connection", async (t) => {
  const fixture = serveHttp(t, Unread);
  Unread.served = [];
  const many = Array.from({ length: 300 }, () => INNER.repeat(30));
  const client = await fixture.send(request("POST", "/", [CHUNKED], chunks(...many)) + get("/next"));
  assert.equal((await client.reply()).status, 200);
  await client.assertEnd();
  assert.deepEqual(Unread.served, ["/"]);
});

const breaking: Readonly<Record<string, readonly [fields: readonly string[], content: string]>> = {
  "a bad chunk size": [[CHUNKED], `x\r\n${INNER}`],
  "a bad chunk end": [[CHUNKED], `1\r\nab\r\n${INNER}`],
  "a bad trailer": [[CHUNKED], `0\r\nHost: x\r\n\r\n${INNER}`],
};

for (const [name, [fields, content]] of Object.entries(breaking)) {
  test(`unread content with ${name} ends the connection, and nothing behind it is served`, async (t) => {
    const fixture = serveHttp(t, Unread);
    for (const pieces of [
      [request("POST", "/", fields, content)],
      byteByByte(request("POST", "/", fields, content)),
    ]) {
      Unread.served = [];
      const client = await fixture.connect();
      const sending = client.sendPieces(pieces);
      assert.equal((await client.reply()).status, 200);
      await client.assertEnd();
      await sending;
      assert.deepEqual(Unread.served, ["/"]);
    }
  });
}

/** Reads, and reports how that ended. */
class Reading extends TestHandler {
  static outcome: unknown;
  static hasBegun = false;

  async do_POST() {
    Reading.hasBegun = true;
    Reading.outcome = await this.rfile.read().catch((error: unknown) => error);
    if (Reading.outcome instanceof Error) throw Reading.outcome;
    this.respond(String(Reading.outcome));
  }
}

const broken: readonly (readonly [name: string, fields: readonly string[], content: string, code: string])[] =
  [
    ["a length", ["Content-Length: 10"], "abc", "INCOMPLETE_CONTENT"],
    ["chunks", [CHUNKED], "3\r\nabc\r\n", "INCOMPLETE_CONTENT"],
    ["chunks within a chunk", [CHUNKED], "3\r\na", "INCOMPLETE_CONTENT"],
    ["chunks within trailers", [CHUNKED], "3\r\nabc\r\n0\r\n", "INCOMPLETE_CONTENT"],
    ["a bad chunk", [CHUNKED], "3\r\nabcX", "BAD_CHUNK"],
  ];

for (const [name, fields, content, code] of broken) {
  test(`content cut short, with ${name}, never looks complete to a handler (RFC 9112 §8)`, async (t) => {
    const fixture = serveHttp(t, Reading);
    const client = await fixture.connect();
    client.end(request("POST", "/", fields, content));
    assert.equal((await client.reply()).status, 400);
    await client.assertEnd();
    assert.ok(Reading.outcome instanceof ProtocolError);
    assert.equal(Reading.outcome.code, code);
  });
}

test("a client that resets the connection lets the handler's read reject", async (t) => {
  noneUnhandled(t);
  const fixture = serveHttp(t, Reading);
  Reading.outcome = undefined;
  Reading.hasBegun = false;
  const client = await fixture.send(request("POST", "/", ["Content-Length: 10"], "abc"));
  // Some versions of libuv report a reset that arrives together with data as an end.
  await until(() => Reading.hasBegun);
  client.socket.resetAndDestroy();
  await until(() => Reading.outcome !== undefined);
  assert.ok(Reading.outcome instanceof DisconnectedError);
  await until(() => fixture.disconnects.length === 1);
});

interface Expectation {
  readonly name: string;
  readonly reads: "before" | "after the head" | "never" | "in part";
  readonly early?: boolean;
  readonly version?: "HTTP/1.0";
  readonly fields?: readonly string[];
  readonly continues: boolean;
  readonly open: boolean;
}

const expecting: readonly Expectation[] = [
  { name: "is sent when the handler reads", reads: "before", continues: true, open: true },
  {
    name: "is sent when the handler reads after the head has ended",
    reads: "after the head",
    continues: true,
    open: true,
  },
  {
    name: "is not sent where the handler does not read, and the connection ends",
    reads: "never",
    continues: false,
    open: false,
  },
  {
    name: "is not sent where the content has come already",
    reads: "before",
    early: true,
    continues: false,
    open: true,
  },
  {
    name: "is not sent to HTTP/1.0",
    reads: "before",
    version: "HTTP/1.0",
    fields: ["Connection: keep-alive"],
    continues: false,
    open: true,
  },
  {
    name: "is sent once, for a handler that reads several times",
    reads: "in part",
    continues: true,
    open: true,
  },
];

class Expecting extends TestHandler {
  async do_POST() {
    const reads = this.headers.get("X-Reads");
    if (reads === "after the head") {
      this.send_response(200);
      this.end_headers();
      this.wfile.write(await this.rfile.read());
    } else if (reads === "in part") {
      this.respond(`${await this.rfile.read(1)}${await this.rfile.read1()}${await this.rfile.read()}`);
    } else {
      this.respond(reads === "never" ? "" : (await this.rfile.read()).toString());
    }
  }
}

for (const row of expecting) {
  test(`100 Continue ${row.name} (RFC 9110 §10.1.1)`, async (t) => {
    const { reads, version = "HTTP/1.1", fields = [], early = false } = row;
    const fixture = serveHttp(t, Expecting);
    const client = await fixture.connect();
    const head = [
      `POST / ${version}`,
      "Host: h",
      `X-Reads: ${reads}`,
      "Expect: 100-Continue",
      "Content-Length: 3",
      ...fields,
      "",
      "",
    ].join("\r\n");
    client.send(early ? `${head}abc` : head);
    if (row.continues) assert.equal((await client.reply()).status, 100);
    if (!early && reads !== "never") client.send("abc");
    const reply = await client.reply();
    assert.deepEqual([reply.status, reply.content], [200, reads === "never" ? "" : "abc"]);
    assert.equal(reply.fields.connection === "close", !row.open);
    if (!row.open) return client.assertEnd();
    client.send(request("POST", "/", ["Content-Length: 1"], "x"));
    assert.equal((await client.reply()).content, "x");
  });
}

test("a request that expects 100 but has no content is answered at once", async (t) => {
  const client = await serveHttp(t, Expecting).send(
    request("POST", "/", ["Expect: 100-continue", "Content-Length: 0"]),
  );
  assert.equal((await client.reply()).status, 200);
  client.send(request("POST", "/", ["Content-Length: 1"], "x"));
  assert.equal((await client.reply()).content, "x");
});

test("handle_expect_100 can refuse: the request is not served, and later bytes are not a request", async (t) => {
  class Refusing extends Unread {
    override handle_expect_100() {
      this.send_error(417);
      return false;
    }
  }
  Unread.served = [];
  const fixture = serveHttp(t, Refusing);
  const head = request("POST", "/", ["Expect: 100-continue", ...withLength(INNER)]);
  for (const behind of ["", INNER, get("/next")]) {
    const client = await fixture.send(head + behind);
    const reply = await client.reply();
    assert.deepEqual([reply.status, reply.fields.connection], [417, "close"]);
    await client.assertEnd();
  }
  assert.deepEqual(Unread.served, []);
});

test("handle_expect_100 can send 100 itself, as Python's does", async (t) => {
  class Eager extends Expecting {
    override handle_expect_100() {
      this.send_response_only(100);
      this.end_headers();
      return true;
    }
  }
  const client = await serveHttp(t, Eager).send(
    request("POST", "/", ["X-Reads: never", "Expect: 100-continue", "Content-Length: 3"]),
  );
  assert.equal((await client.reply()).status, 100);
  client.send(`abc${request("POST", "/", ["Content-Length: 1"], "x")}`);
  assert.equal((await client.reply()).status, 200);
  assert.equal((await client.reply()).content, "x");
});

test("a handler that throws while the client waits for 100 ends the connection", async (t) => {
  const fixture = serveHttp(t, Unread);
  const client = await fixture.send(request("POST", "/throw", ["Expect: 100-continue", "Content-Length: 3"]));
  assert.equal((await client.reply()).status, 500);
  await client.assertEnd();
  fixture.takeErrors();
});

for (const Server of HTTP_SERVERS) {
  test(`${Server.name}: content that was left unread and does not come keeps no other client waiting`, async (t) => {
    const fixture = serveHttp(t, Unread, { Server });
    const slow = await fixture.send(request("POST", "/", ["Content-Length: 100"]));
    await slow.reply();
    const other = await fixture.send(get("/other"));
    assert.equal((await other.reply()).content, "/other");
  });
}

test("a read that is not awaited takes nothing from the next request", async (t) => {
  noneUnhandled(t);
  const late = deferred<unknown>();
  class Careless extends TestHandler {
    do_POST() {
      this.rfile.read().then(late.resolve, late.resolve);
      this.respond("first");
    }

    do_GET() {
      this.respond("second");
    }
  }
  const fixture = serveHttp(t, Careless);
  const client = await fixture.send(request("POST", "/", ["Content-Length: 3"]));
  assert.equal((await client.reply()).content, "first");
  client.send(`abc${get("/next")}`);
  await client.assertEnd();
  assert.ok((await late.promise) instanceof Error);
});

test("a kept reader takes nothing from the next request", async (t) => {
  const outcomes: unknown[] = [];
  class Keeping extends TestHandler {
    kept: typeof this.rfile | undefined;

    do_POST() {
      this.kept = this.rfile;
      this.respond("first");
    }

    async do_GET() {
      outcomes.push(await this.kept?.read().catch((error: unknown) => error));
      this.respond("second");
    }
  }
  const client = await serveHttp(t, Keeping).send(
    request("POST", "/", ["Content-Length: 3"], "abc") + get("/") + get("/"),
  );
  for (const content of ["first", "second", "second"]) assert.equal((await client.reply()).content, content);
  assert.deepEqual(
    outcomes.map((outcome) => outcome instanceof Error),
    [true, true],
  );
});

test("rfile of a request without content is at its end, even if the previous request closed it", async (t) => {
  class Closing extends TestHandler {
    async do_GET() {
      const lengths = [(await this.rfile.read()).length, (await this.rfile.readline()).length];
      this.rfile.close();
      this.respond(lengths.join());
    }
  }
  const client = await serveHttp(t, Closing).send(
    get("/") + get("/") + request("GET", "/", ["Content-Length: 0"]),
  );
  for (let count = 0; count < 3; count++) assert.equal((await client.reply()).content, "0,0");
});

test("a handler can read lines, exact counts and pieces, for any framing", async (t) => {
  class Mixed extends TestHandler {
    async do_POST() {
      const line = await this.rfile.readline();
      const exact = await this.rfile.readexactly(2);
      const rest = [];
      for await (const piece of this.rfile) rest.push(piece);
      this.respond(JSON.stringify([String(line), String(exact), String(Buffer.concat(rest))]));
    }
  }
  const fixture = serveHttp(t, Mixed);
  const content = "line\nabrest";
  const expected = JSON.stringify(["line\n", "ab", "rest"]);
  const bodies = [
    request("POST", "/", withLength(content), content),
    request("POST", "/", [CHUNKED], chunks(...content)),
    request("POST", "/", [CHUNKED], `${chunks(content).slice(0, -2)}Sum: 1\r\n\r\n`),
  ];
  for (const bytes of bodies) {
    for (const pieces of [[bytes], byteByByte(bytes)]) {
      const client = await fixture.connect();
      const sending = client.sendPieces(pieces);
      assert.equal((await client.reply()).content, expected);
      await sending;
      client.socket.destroy();
    }
  }
});

test("a handler that catches an error about the content may answer as it likes, and the connection ends", async (t) => {
  class Catching extends TestHandler {
    async do_POST() {
      const code = await this.rfile.read().catch((error: ProtocolError) => error.code);
      this.respond(String(code));
    }
  }
  const client = await serveHttp(t, Catching).send(request("POST", "/", [CHUNKED], "x\r\n") + get("/"));
  assert.equal((await client.reply()).content, "BAD_CHUNK");
  await client.assertEnd();
});
