import assert from "node:assert/strict";
import { test } from "node:test";
import { byteByByte, type Fixture, type RawClient, serveHttp, TestHandler } from "../support/http.js";

/** Tells of each request what it was. */
class Show extends TestHandler {
  static override max_request_line = 200;
  static override max_header_size = 400;
  static override max_headers = 5;
  static override max_content_length = 1000;

  do_GET() {
    this.respond(`${this.command} ${this.path} ${this.headers.get("Host")}`);
  }

  do_HEAD() {
    this.respond("");
  }

  do_OPTIONS() {
    this.do_GET();
  }

  async do_POST() {
    this.respond(`[${await this.rfile.read()}]`);
  }
}

interface Row {
  readonly name: string;
  readonly rfc: string;
  /** What the client sends, as latin-1; `"\n"` is a line end as it should be, `"¶"` a bare line feed. */
  readonly sent: string;
  readonly status: number;
  readonly reason?: string;
  readonly content?: string;
  /** Whether the connection goes on; else what is behind must never be served. */
  readonly open?: boolean;
}

const GOOD = { status: 200, open: true } as const;
const BAD = { status: 400 } as const;
const HOST = "Host: h\n";

// One byte more than the limit of the row's kind, or exactly as many.
const line = (length: number) => `GET /${"x".repeat(length - "GET / HTTP/1.1".length)} HTTP/1.1\n`;
const fields = (length: number) => `${HOST}A: ${"x".repeat(length - "Host: h\r\nA: \r\n".length)}\n`;

const reading: readonly Row[] = [
  { name: "a request", rfc: "9112 §3", sent: `GET /a?b HTTP/1.1\n${HOST}\n`, ...GOOD, content: "GET /a?b h" },
  {
    name: "an empty line before a request",
    rfc: "9112 §2.2",
    sent: `\nGET / HTTP/1.1\n${HOST}\n`,
    ...GOOD,
  },
  {
    name: "bare line feeds",
    rfc: "9112 §2.2",
    sent: "GET / HTTP/1.1¶Host: h¶¶",
    ...GOOD,
    content: "GET / h",
  },
  {
    name: "a target with a host",
    rfc: "9112 §3.2.2",
    sent: `GET http://o:80/p HTTP/1.1\n${HOST}\n`,
    ...GOOD,
    content: "GET /p o:80",
  },
  {
    name: "OPTIONS *",
    rfc: "9112 §3.2.4",
    sent: `OPTIONS * HTTP/1.1\n${HOST}\n`,
    ...GOOD,
    content: "OPTIONS * h",
  },
  {
    name: "several leading slashes",
    rfc: "9110 §4.2.3",
    sent: `GET //e.org/x HTTP/1.1\n${HOST}\n`,
    ...GOOD,
    content: "GET /e.org/x h",
  },
  { name: "a higher minor version", rfc: "9110 §2.5", sent: `GET / HTTP/1.2\n${HOST}\n`, ...GOOD },
  { name: "an unknown method", rfc: "9110 §9.1", sent: `FOO / HTTP/1.1\n${HOST}\n`, status: 501, open: true },
  {
    name: "a method in lower case",
    rfc: "9110 §9.1",
    sent: `get / HTTP/1.1\n${HOST}\n`,
    status: 501,
    open: true,
  },
  {
    name: "the name of an object's member as a method",
    rfc: "9110 §9.1",
    sent: `__proto__ / HTTP/1.1\n${HOST}\n`,
    status: 501,
    open: true,
  },
  {
    name: "the names of members as fields",
    rfc: "9110 §5.1",
    sent: `GET / HTTP/1.1\n${HOST}__proto__: x\nconstructor: y\n\n`,
    ...GOOD,
  },
  {
    name: "two spaces",
    rfc: "9112 §3",
    sent: `GET  / HTTP/1.1\n${HOST}\n`,
    ...BAD,
    reason: "Bad request syntax",
  },
  { name: "a tab for a space", rfc: "9112 §3", sent: `GET\t/ HTTP/1.1\n${HOST}\n`, ...BAD },
  { name: "a no-break space for a space", rfc: "9112 §3", sent: `GET\xa0/ HTTP/1.1\n${HOST}\n`, ...BAD },
  { name: "a space behind the version", rfc: "9112 §3", sent: `GET / HTTP/1.1 \n${HOST}\n`, ...BAD },
  { name: "a space in the target", rfc: "9112 §3.2", sent: `GET /a b HTTP/1.1\n${HOST}\n`, ...BAD },
  { name: "no version", rfc: "9112 §3", sent: `GET /\n${HOST}\n`, ...BAD },
  { name: "a method alone", rfc: "9112 §3", sent: `GET\n${HOST}\n`, ...BAD },
  { name: "HTTP/0.9", rfc: "9112 §2.3", sent: `GET / HTTP/0.9\n${HOST}\n`, status: 505 },
  { name: "HTTP/2.0", rfc: "9110 §15.6.6", sent: `GET / HTTP/2.0\n${HOST}\n`, status: 505 },
  { name: "a version of three parts", rfc: "9112 §2.3", sent: `GET / HTTP/1.1.1\n${HOST}\n`, ...BAD },
  { name: "a version in lower case", rfc: "9112 §2.3", sent: `GET / http/1.1\n${HOST}\n`, ...BAD },
  { name: "a version of two digits", rfc: "9112 §2.3", sent: `GET / HTTP/1.10\n${HOST}\n`, ...BAD },
  { name: "a bare CR in a field", rfc: "9112 §2.2", sent: `GET / HTTP/1.1\n${HOST}A: b\rC: d\n\n`, ...BAD },
  { name: "a bare CR in the request line", rfc: "9112 §2.2", sent: `GET /\r HTTP/1.1\n${HOST}\n`, ...BAD },
  { name: "NUL in a value", rfc: "9110 §5.5", sent: `GET / HTTP/1.1\n${HOST}A: b\0c\n\n`, ...BAD },
  { name: "NUL in a name", rfc: "9110 §5.1", sent: `GET / HTTP/1.1\n${HOST}A\0: b\n\n`, ...BAD },
  { name: "a field without a colon", rfc: "9112 §5", sent: `GET / HTTP/1.1\n${HOST}A\n\n`, ...BAD },
  { name: "a field without a name", rfc: "9112 §5", sent: `GET / HTTP/1.1\n${HOST}: b\n\n`, ...BAD },
  { name: "a space before a colon", rfc: "9112 §5.1", sent: `GET / HTTP/1.1\n${HOST}A : b\n\n`, ...BAD },
  { name: "an indented first field", rfc: "9112 §2.2", sent: `GET / HTTP/1.1\n ${HOST}\n`, ...BAD },
  { name: "folding", rfc: "9112 §5.2", sent: `GET / HTTP/1.1\n${HOST}A: b\n c\n\n`, ...BAD },
  { name: "no Host", rfc: "9112 §3.2", sent: "GET / HTTP/1.1\n\n", ...BAD, reason: "Missing Host header" },
  { name: "two Hosts", rfc: "9112 §3.2", sent: `GET / HTTP/1.1\n${HOST}${HOST}\n`, ...BAD },
  { name: "a Host with a path", rfc: "9112 §3.2", sent: "GET / HTTP/1.1\nHost: h/x\n\n", ...BAD },
  { name: "a Host with a bad port", rfc: "9112 §3.2", sent: "GET / HTTP/1.1\nHost: h:8x\n\n", ...BAD },
  { name: "a TLS handshake", rfc: "9112 §3", sent: "\x16\x03\x01\x02\0\x01\n\n", ...BAD },
  { name: "a HEAD with a bad field", rfc: "9110 §9.3.2", sent: `HEAD / HTTP/1.1\n${HOST}A\n\n`, ...BAD },
  { name: "a line as long as it may be", rfc: "9112 §3", sent: `${line(200)}${HOST}\n`, ...GOOD },
  {
    name: "a line that is too long",
    rfc: "9112 §3",
    sent: `${line(201)}${HOST}\n`,
    status: 414,
    reason: "URI Too Long",
  },
  {
    name: "fields as long as they may be",
    rfc: "9112 §5",
    sent: `GET / HTTP/1.1\n${fields(400)}\n`,
    ...GOOD,
  },
  {
    name: "fields that are too long",
    rfc: "6585 §5",
    sent: `GET / HTTP/1.1\n${fields(401)}\n`,
    status: 431,
    reason: "Line too long",
  },
  {
    name: "as many fields as there may be",
    rfc: "9112 §5",
    sent: `GET / HTTP/1.1\n${HOST}${"A: b\n".repeat(4)}\n`,
    ...GOOD,
  },
  {
    name: "too many fields",
    rfc: "6585 §5",
    sent: `GET / HTTP/1.1\n${HOST}${"A: b\n".repeat(5)}\n`,
    status: 431,
    reason: "Too many headers",
  },
  {
    name: "an unknown expectation",
    rfc: "9110 §10.1.1",
    sent: `GET / HTTP/1.1\n${HOST}Expect: x\n\n`,
    status: 417,
  },
];

const post = (...more: string[]) => `POST / HTTP/1.1\n${HOST}${more.join("\n")}`;
const length = (...values: string[]) => post(...values.map((value) => `Content-Length: ${value}`), "", "");
const chunked = post("Transfer-Encoding: chunked", "", "");

const framing: readonly Row[] = [
  { name: "content of a length", rfc: "9112 §6.2", sent: `${length("3")}abc`, ...GOOD, content: "[abc]" },
  {
    name: "the same length twice",
    rfc: "9110 §8.6",
    sent: `${length("3", "3")}abc`,
    ...GOOD,
    content: "[abc]",
  },
  {
    name: "the same length in a list",
    rfc: "9110 §8.6",
    sent: `${length("3, 3")}abc`,
    ...GOOD,
    content: "[abc]",
  },
  { name: "no content", rfc: "9112 §6.3", sent: length("0"), ...GOOD, content: "[]" },
  { name: "no framing", rfc: "9112 §6.3", sent: post("", ""), ...GOOD, content: "[]" },
  { name: "chunks", rfc: "9112 §7.1", sent: `${chunked}2\nab\n1\nc\n0\n\n`, ...GOOD, content: "[abc]" },
  { name: "no chunks", rfc: "9112 §7.1", sent: `${chunked}0\n\n`, ...GOOD, content: "[]" },
  {
    name: "zeros before a chunk size",
    rfc: "9112 §7.1",
    sent: `${chunked}003\nabc\n000\n\n`,
    ...GOOD,
    content: "[abc]",
  },
  {
    name: "chunk extensions",
    rfc: "9112 §7.1.1",
    sent: `${chunked}3;a=b;c="d"\nabc\n0;e\n\n`,
    ...GOOD,
    content: "[abc]",
  },
  {
    name: "trailers",
    rfc: "9112 §7.1.2",
    sent: `${chunked}3\nabc\n0\nX-Sum: 1\n\n`,
    ...GOOD,
    content: "[abc]",
  },
  {
    name: "chunked in capitals",
    rfc: "9112 §7",
    sent: `${post("Transfer-Encoding: CHUNKED", "", "")}0\n\n`,
    ...GOOD,
  },
  { name: "different lengths", rfc: "9112 §6.3", sent: `${length("3", "4")}abcd`, ...BAD },
  { name: "different lengths in a list", rfc: "9112 §6.3", sent: `${length("3, 4")}abcd`, ...BAD },
  { name: "an empty length", rfc: "9110 §8.6", sent: `${length("")}abc`, ...BAD },
  { name: "an empty member of a list of lengths", rfc: "9110 §8.6", sent: `${length("3,")}abc`, ...BAD },
  { name: "a length with a sign", rfc: "9110 §8.6", sent: `${length("+3")}abc`, ...BAD },
  { name: "a negative length", rfc: "9110 §8.6", sent: `${length("-3")}abc`, ...BAD },
  { name: "a length in hexadecimal", rfc: "9110 §8.6", sent: `${length("0x3")}abc`, ...BAD },
  { name: "a length with an exponent", rfc: "9110 §8.6", sent: `${length("1e0")}abc`, ...BAD },
  { name: "a length above 2^53", rfc: "9110 §8.6", sent: `${length("9007199254740993")}abc`, ...BAD },
  { name: "a length above 2^64", rfc: "9110 §8.6", sent: `${length("18446744073709551619")}abc`, ...BAD },
  {
    name: "as much content as there may be",
    rfc: "9110 §15.5.14",
    sent: length("1000") + "x".repeat(1000),
    ...GOOD,
  },
  { name: "too much content", rfc: "9110 §15.5.14", sent: length("1001") + "x".repeat(1001), status: 413 },
  {
    name: "too much content in chunks",
    rfc: "9110 §15.5.14",
    sent: `${chunked}3e8\n${"x".repeat(1000)}\n1\ny\n0\n\n`,
    status: 413,
  },
  {
    name: "length and chunked",
    rfc: "9112 §6.3",
    sent: `${post("Content-Length: 3", "Transfer-Encoding: chunked", "", "")}0\n\n`,
    ...BAD,
  },
  {
    name: "chunked and length",
    rfc: "9112 §6.3",
    sent: `${post("Transfer-Encoding: chunked", "Content-Length: 5", "", "")}0\n\n`,
    ...BAD,
  },
  { name: "identity", rfc: "9112 §7", sent: `${post("Transfer-Encoding: identity", "", "")}0\n\n`, ...BAD },
  { name: "gzip", rfc: "9112 §6.3", sent: `${post("Transfer-Encoding: gzip", "", "")}0\n\n`, ...BAD },
  {
    name: "gzip and chunked",
    rfc: "9112 §6.1",
    sent: `${post("Transfer-Encoding: gzip, chunked", "", "")}0\n\n`,
    status: 501,
  },
  {
    name: "chunked twice",
    rfc: "9112 §7",
    sent: `${post("Transfer-Encoding: chunked, chunked", "", "")}0\n\n`,
    ...BAD,
  },
  {
    name: "chunked behind a vertical tab",
    rfc: "9112 §5",
    sent: `${post("Transfer-Encoding: \x0bchunked", "", "")}0\n\n`,
    ...BAD,
  },
  {
    name: "chunked in HTTP/1.0",
    rfc: "9112 §6.1",
    sent: "POST / HTTP/1.0\nTransfer-Encoding: chunked\n\n0\n\n",
    ...BAD,
  },
  { name: "a chunk size with 0x", rfc: "9112 §7.1", sent: `${chunked}0x3\nabc\n0\n\n`, ...BAD },
  { name: "a chunk size with a sign", rfc: "9112 §7.1", sent: `${chunked}+3\nabc\n0\n\n`, ...BAD },
  { name: "a chunk size with an underscore", rfc: "9112 §7.1", sent: `${chunked}0_3\nabc\n0\n\n`, ...BAD },
  { name: "no chunk size", rfc: "9112 §7.1", sent: `${chunked}\nabc\n0\n\n`, ...BAD },
  { name: "a space before a chunk's line end", rfc: "9112 §7.1", sent: `${chunked}3 \nabc\n0\n\n`, ...BAD },
  {
    name: "a chunk size that is too long",
    rfc: "9112 §7.1",
    sent: `${chunked}${"0".repeat(20)}3\nabc\n0\n\n`,
    ...BAD,
  },
  { name: "a bare LF behind a chunk size", rfc: "9112 §7.1", sent: `${chunked}3¶abc\n0\n\n`, ...BAD },
  { name: "a bare LF in a chunk extension", rfc: "9112 §7.1.1", sent: `${chunked}3;a¶\nabc\n0\n\n`, ...BAD },
  {
    name: "long chunk extensions",
    rfc: "9112 §7.1.1",
    sent: `${chunked}3;${"a".repeat(1025)}\nabc\n0\n\n`,
    ...BAD,
  },
  { name: "a chunk without its line end", rfc: "9112 §7.1", sent: `${chunked}3\nabcX0\n\n`, ...BAD },
  { name: "a chunk behind a bare LF", rfc: "9112 §7.1", sent: `${chunked}3\nabc¶0\n\n`, ...BAD },
  { name: "framing in a trailer", rfc: "9110 §6.5.1", sent: `${chunked}0\nContent-Length: 5\n\n`, ...BAD },
  { name: "a trailer without a colon", rfc: "9112 §7.1.2", sent: `${chunked}0\nX\n\n`, ...BAD },
  { name: "long trailers", rfc: "9112 §7.1.2", sent: `${chunked}0\nX: ${"x".repeat(400)}\n\n`, status: 431 },
];

/** How a row is sent, and whether something is behind it. */
const ways: Readonly<Record<string, (client: RawClient, bytes: string) => Promise<unknown>>> = {
  whole: async (client, bytes) => client.send(bytes),
  "byte by byte": (client, bytes) => client.sendPieces(byteByByte(bytes)),
  "with a request behind": async (client, bytes) =>
    client.send(`${bytes}GET /behind HTTP/1.1\r\nHost: h\r\n\r\n`),
};

function testRows(subject: string, rows: readonly Row[]): void {
  for (const row of rows) {
    test(`${subject}: ${row.name} is answered with ${row.status} (RFC ${row.rfc})`, async (t) => {
      const fixture = serveHttp(t, Show);
      for (const way of Object.keys(ways)) await check(fixture, row, way);
    });
  }
}

async function check(fixture: Fixture, row: Row, way: string): Promise<void> {
  const client = await fixture.connect();
  const bytes = row.sent.replaceAll("\n", "\r\n").replaceAll("¶", "\n");
  const sending = ways[way]?.(client, bytes);
  const method = /[A-Z]+/.exec(bytes)?.[0];
  const reply = await client.reply(method);
  const { status, version } = reply;
  assert.deepEqual({ status, version }, { status: row.status, version: "HTTP/1.1" }, way);
  if (row.reason !== undefined) assert.equal(reply.reason, row.reason, way);
  if (row.content !== undefined) assert.equal(reply.content, row.content, way);
  assert.match(reply.fields.date ?? "", /GMT$/);
  assert.equal(reply.fields.connection, row.open === true ? undefined : "close", way);
  if (status >= 400) assert.match(reply.fields["content-type"] ?? "", /^text\/html/);
  if (row.open === true) await assertGoesOn(client, way);
  else await client.assertEnd();
  await sending;
}

async function assertGoesOn(client: RawClient, way: string): Promise<void> {
  if (way !== "with a request behind") client.send("GET /behind HTTP/1.1\r\nHost: h\r\n\r\n");
  assert.equal((await client.reply()).content, "GET /behind h", way);
  client.socket.destroy();
}

testRows("reading", reading);
testRows("framing", framing);

for (const row of [...reading, ...framing].filter(({ status }) => status !== 200)) {
  test(`a good request before one with ${row.name} is answered`, async (t) => {
    const client = await serveHttp(t, Show).connect();
    const bytes = row.sent.replaceAll("\n", "\r\n").replaceAll("¶", "\n");
    client.send(`GET /before HTTP/1.1\r\nHost: h\r\n\r\n${bytes}`);
    assert.equal((await client.reply()).content, "GET /before h");
    assert.equal((await client.reply(/[A-Z]+/.exec(bytes)?.[0])).status, row.status);
  });
}

test("a head of 60 KB in single writes of a byte is served", async (t) => {
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
