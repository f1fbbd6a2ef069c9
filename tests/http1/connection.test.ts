import assert from "node:assert/strict";
import test from "node:test";
import { NEED_DATA } from "#src/http1/body-decoders.js";
import { type RequestEvent, ServerConnection } from "#src/http1/connection.js";
import { ProtocolError } from "#src/http1/protocol-error.js";
import { byteByByte, bytesOf, outcomeOf, type ProtocolRow, testRows } from "../support/protocol-rows.js";

const GET = "GET /get HTTP/1.1\r\nHost: h\r\n\r\n";
const POST = "POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED = "PUT /chunked HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
const CHUNKS = "5\r\nhello\r\n0\r\nX: 1\r\n\r\n";

testRows("`ServerConnection` skips", [
  {
    name: "an empty line before a request",
    rfc: "9112 §2.2",
    bytes: `\r\n${GET}`,
    requests: [{ path: "/get" }],
  },
  {
    name: "eight empty lines, of either line end",
    rfc: "9112 §2.2",
    bytes: `${"\r\n\n".repeat(4)}${GET}`,
    requests: [{ line: "GET /get HTTP/1.1" }],
  },
  {
    name: "eight empty lines before each request",
    rfc: "9112 §2.2",
    bytes: `${"\n".repeat(8)}${POST}${"\r\n".repeat(8)}${GET}`,
    requests: [{ content: "hello" }, { path: "/get" }],
  },
  { name: "empty lines before the end", rfc: "9112 §2.2", bytes: `${GET}\r\n\r\n`, ends: true },
  { name: "empty lines that are all there is", rfc: "9112 §2.2", bytes: "\r\n\n", ends: true, requests: [] },
]);
testRows("`ServerConnection` does not skip", [
  {
    name: "a ninth empty line",
    rfc: "9112 §2.2",
    bytes: `${"\r\n".repeat(9)}${GET}`,
    error: "BAD_REQUEST_LINE",
  },
  { name: "a bare CR before a request", rfc: "9112 §2.2", bytes: `\r${GET}`, error: "BAD_REQUEST_LINE" },
  { name: "a CR before an empty line", rfc: "9112 §2.2", bytes: `\r\r\n${GET}`, error: "BAD_REQUEST_LINE" },
  { name: "a line of a space", rfc: "9112 §2.2", bytes: ` \r\n${GET}`, error: "BAD_REQUEST_LINE" },
  { name: "a line of a NUL", rfc: "9112 §2.2", bytes: `\0\r\n${GET}`, error: "BAD_REQUEST_LINE" },
]);

testRows("`ServerConnection` reads a pipeline", [
  {
    name: "of every framing",
    rfc: "9112 §9.3.2",
    bytes: GET + POST + CHUNKED + CHUNKS + GET + CHUNKED + CHUNKS + POST,
    requests: [
      { path: "/get", content: "" },
      { path: "/post", content: "hello" },
      { path: "/chunked", content: "hello", trailers: ["X", "1"] },
      { path: "/get", content: "", trailers: [] },
      { path: "/chunked", content: "hello", trailers: ["X", "1"] },
      { path: "/post", content: "hello", trailers: [] },
    ],
  },
  {
    name: "up to the request that is no good",
    rfc: "9112 §9.3.2",
    bytes: `${GET}${POST}GET / HTTP/1.1\r\n\r\n`,
    requests: [{ path: "/get" }, { content: "hello", trailers: [] }],
    error: "MISSING_HOST",
  },
  {
    name: "in which content is shorter than it is said to be",
    rfc: "9112 §6.3",
    bytes: `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello${GET}`,
    requests: [{ content: "helloGET /" }],
    error: "BAD_REQUEST_LINE",
  },
  {
    name: "in which content is longer than it is said to be",
    rfc: "9112 §6.3",
    bytes: `${POST}, world\r\n\r\n`,
    requests: [{ content: "hello" }],
    error: "BAD_REQUEST_LINE",
  },
]);

const cutShort: [name: string, bytes: string, error?: ProtocolRow["error"], content?: string][] = [
  ["before the first byte", ""],
  ["behind a request", GET],
  ["behind content", POST],
  ["behind chunks", CHUNKED + CHUNKS],
  ["in a line end before the request", "\r", "INCOMPLETE_HEAD"],
  ["in the method", "GE", "INCOMPLETE_HEAD"],
  ["in the version", "GET / HTTP/1.", "INCOMPLETE_HEAD"],
  ["before the request line's end", "GET / HTTP/1.1", "INCOMPLETE_HEAD"],
  ["in the request line's end", "GET / HTTP/1.1\r", "INCOMPLETE_HEAD"],
  ["behind the request line", "GET / HTTP/1.1\r\n", "INCOMPLETE_HEAD"],
  ["in a field line", "GET / HTTP/1.1\r\nHost: h", "INCOMPLETE_HEAD"],
  ["behind the field lines", "GET / HTTP/1.1\r\nHost: h\r\n", "INCOMPLETE_HEAD"],
  ["in the empty line", "GET / HTTP/1.1\r\nHost: h\r\n\r", "INCOMPLETE_HEAD"],
  ["before the content", POST.slice(0, -5), "INCOMPLETE_CONTENT", ""],
  ["before the content's last byte", POST.slice(0, -1), "INCOMPLETE_CONTENT", "hell"],
  ["before the first chunk", CHUNKED, "INCOMPLETE_CONTENT", ""],
  ["in a chunk's size", `${CHUNKED}5`, "INCOMPLETE_CONTENT", ""],
  ["in a chunk's extension", `${CHUNKED}5;a`, "INCOMPLETE_CONTENT", ""],
  ["in the line end of a chunk's size", `${CHUNKED}5\r`, "INCOMPLETE_CONTENT", ""],
  ["before a chunk's data", `${CHUNKED}5\r\n`, "INCOMPLETE_CONTENT", ""],
  ["in a chunk's data", `${CHUNKED}5\r\nhel`, "INCOMPLETE_CONTENT", "hel"],
  ["behind a chunk's data", `${CHUNKED}5\r\nhello`, "INCOMPLETE_CONTENT", "hello"],
  ["in the line end of a chunk's data", `${CHUNKED}5\r\nhello\r`, "INCOMPLETE_CONTENT", "hello"],
  ["between two chunks", `${CHUNKED}5\r\nhello\r\n`, "INCOMPLETE_CONTENT", "hello"],
  ["in the last chunk", `${CHUNKED}5\r\nhello\r\n0`, "INCOMPLETE_CONTENT", "hello"],
  ["behind the last chunk", `${CHUNKED}5\r\nhello\r\n0\r\n`, "INCOMPLETE_CONTENT", "hello"],
  ["in a trailer field", `${CHUNKED}0\r\nX: 1`, "INCOMPLETE_CONTENT", ""],
  ["behind a trailer field", `${CHUNKED}0\r\nX: 1\r\n`, "INCOMPLETE_CONTENT", ""],
  ["in the empty line behind the chunks", `${CHUNKED}0\r\n\r`, "INCOMPLETE_CONTENT", ""],
];
testRows(
  "`ServerConnection` tells of an end",
  cutShort.map(([name, bytes, error, content]) => ({
    name,
    rfc: "9112 §8",
    bytes,
    ends: true,
    ...(error === undefined ? {} : { error }),
    ...(bytes === "" ? { requests: [] } : {}),
    ...(content === undefined ? {} : { requests: [{ content, trailers: undefined as never }] }),
  })),
);

function eventsOf(connection: ServerConnection): RequestEvent[] {
  const events: RequestEvent[] = [];
  for (let event = connection.next(); event !== NEED_DATA; event = connection.next()) events.push(event);
  return events;
}

test("`next` reports on every call that more is needed, or that the client has closed", () => {
  const connection = new ServerConnection();
  assert.equal(connection.next(), NEED_DATA);
  connection.receive(bytesOf(GET));
  assert.deepEqual(
    eventsOf(connection).map((event) => (event === NEED_DATA ? "" : event.type)),
    ["head", "end"],
  );
  assert.equal(connection.next(), NEED_DATA);
  connection.receiveEnd();
  assert.deepEqual(connection.next(), { type: "closed" });
  assert.deepEqual(connection.next(), { type: "closed" });
});

test("`next` returns the complete requests before it reports the end", () => {
  const connection = new ServerConnection();
  connection.receive(bytesOf(GET + GET));
  connection.receiveEnd();
  const types = Array.from({ length: 5 }, () => (connection.next() as { type: string }).type);
  assert.deepEqual(types, ["head", "end", "head", "end", "closed"]);
});

test("`next` throws the same error again, whatever follows", () => {
  const connection = new ServerConnection();
  connection.receive(bytesOf(`GET / HTTP/1.1\r\n\r\n${GET}`));
  const errors = Array.from({ length: 3 }, () => {
    try {
      return connection.next();
    } catch (error) {
      connection.receive(bytesOf(GET));
      return error;
    }
  });
  assert.ok(errors[0] instanceof ProtocolError);
  assert.equal(new Set(errors).size, 1);
});

test("`receive` parses nothing", () => {
  const connection = new ServerConnection();
  connection.receive(bytesOf("\0\0\0"));
  assert.equal(connection.buffered, 3);
  assert.throws(() => connection.next(), { code: "BAD_REQUEST_LINE" });
});

test("`receive` accepts empty pieces", () => {
  const pieces = [...byteByByte(bytesOf(POST + GET))].flatMap((piece) => [
    Buffer.alloc(0),
    piece,
    Buffer.alloc(0),
  ]);
  assert.deepEqual(outcomeOf(pieces), outcomeOf([bytesOf(POST + GET)]));
});

test("`buffered` counts the bytes that no event has reported", () => {
  const connection = new ServerConnection();
  connection.receive(bytesOf(`${POST}GE`));
  assert.equal(connection.buffered, POST.length + 2);
  connection.next();
  assert.equal(connection.buffered, 7);
  eventsOf(connection);
  assert.equal(connection.buffered, 2);
});

test("`takeRest` returns the bytes after the requests that were read", () => {
  const connection = new ServerConnection();
  connection.receive(bytesOf("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n\x16\x03rest"));
  assert.equal((connection.next() as { type: string }).type, "head");
  assert.equal((connection.next() as { type: string }).type, "end");
  assert.equal(connection.takeRest().toString("latin1"), "\x16\x03rest");
  assert.equal(connection.buffered, 0);
});

test("`requestLine` is the line that was read last, never that of another request", () => {
  const rows: [bytes: string, line: string][] = [
    ["GET /bad", ""],
    ["GET /bad\r\n", "GET /bad"],
    ["GET /bad HTTP/2.0\n", "GET /bad HTTP/2.0"],
    ["GET /bad HTTP/1.1\r\n\r\n", "GET /bad HTTP/1.1"],
    [`GET /${"a".repeat(20_000)}`, ""],
    [`GET /${"a".repeat(20_000)} HTTP/1.1\r\n`, ""],
    [`GET /long HTTP/1.1\r\na: ${"a".repeat(70_000)}`, "GET /long HTTP/1.1"],
    ["\x16\x03\x01", ""],
  ];
  for (const [bytes, line] of rows) {
    const connection = new ServerConnection();
    connection.receive(bytesOf(GET + bytes));
    connection.next();
    assert.equal(connection.requestLine, "GET /get HTTP/1.1");
    connection.next();
    try {
      connection.next();
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
    }
    assert.equal(connection.requestLine, line, JSON.stringify(bytes.slice(0, 30)));
  }
});

test("pieces of content do not change when more arrives", () => {
  const connection = new ServerConnection();
  const pieces: Buffer[] = [];
  connection.receive(bytesOf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000\r\n\r"));
  for (let at = 0; at < 301; at++) {
    // Two at a time: the second is copied after the first, into memory of which pieces are returned.
    connection.receive(bytesOf(at === 0 ? "\n" : String(at % 10).repeat(5)));
    if (at > 0) connection.receive(bytesOf(String(at % 10).repeat(5)));
    for (const event of eventsOf(connection)) {
      if (event !== NEED_DATA && event.type === "content") pieces.push(event.bytes);
    }
  }
  const expected = Array.from({ length: 300 }, (_, at) => String((at + 1) % 10).repeat(10)).join("");
  assert.equal(Buffer.concat(pieces).toString(), expected);
});

/**
 * Ways in which bytes arrive: a socket has separate memory for each piece, and a TLS socket has parts of a large one.
 */
const ARRIVALS: Readonly<Record<string, (text: string) => Buffer>> = {
  "in memory of its own": (text) => arrivalIn(Buffer.allocUnsafeSlow(text.length), text),
  "in a large piece of memory": (text) => arrivalIn(Buffer.allocUnsafeSlow(65_536).subarray(100), text),
};

function arrivalIn(memory: Buffer, text: string): Buffer {
  return memory.subarray(0, memory.write(text, "latin1"));
}

function arrivalOf(text: string): Buffer {
  return arrivalIn(Buffer.allocUnsafeSlow(text.length), text);
}

for (const [where, arrival] of Object.entries(ARRIVALS)) {
  test(`a head ${where} that repeats the last one is the same object, and one that differs is not`, () => {
    const connection = new ServerConnection();
    const heads = [GET, GET, GET.replace("h\r", "i\r"), GET, POST, POST].map((text) => {
      connection.receive(arrival(text));
      return eventsOf(connection)[0] as { path: string; fields: readonly string[] };
    });
    assert.equal(heads[1], heads[0]);
    assert.deepEqual(heads[2]?.fields, ["Host", "i"]);
    assert.deepEqual(heads[3]?.fields, ["Host", "h"]);
    assert.equal(heads[4]?.path, "/post");
    assert.equal(heads[5], heads[4]);
  });
}

test("a remembered head does not change when its memory is reused", () => {
  const connection = new ServerConnection();
  const memory = Buffer.allocUnsafeSlow(65_536);
  for (const host of ["a", "b", "a", "a"]) {
    connection.receive(arrivalIn(memory, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
    const [head] = eventsOf(connection) as { fields?: readonly string[] }[];
    assert.deepEqual(head?.fields, ["Host", host]);
  }
});

test("empty lines are counted for each request, even if its head repeats the last one", () => {
  const connection = new ServerConnection();
  connection.receive(arrivalOf(GET));
  for (let round = 0; round < 20; round++) {
    assert.equal(eventsOf(connection).length, 2);
    connection.receive(arrivalOf("\r\n"));
    assert.deepEqual(eventsOf(connection), []);
    connection.receive(arrivalOf(GET));
  }
});

function sumOf(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

test("a head that arrives byte by byte is copied and decoded at a cost linear in its length", (t) => {
  const bytes = bytesOf(`GET / HTTP/1.1\r\nHost: h\r\n${`a: ${"b".repeat(1000)}\r\n`.repeat(60)}\r\n`);
  const copies = t.mock.method(Buffer.prototype, "copy");
  const decodings = t.mock.method(Buffer.prototype, "toString");
  const connection = new ServerConnection();
  let event: RequestEvent = NEED_DATA;
  for (const byte of byteByByte(bytes)) {
    connection.receive(byte);
    event = connection.next();
  }
  assert.notEqual(event, NEED_DATA);
  const copied = sumOf(copies.mock.calls.map((call: { result?: unknown }) => call.result as number));
  const decoded = sumOf(
    decodings.mock.calls.map((call: { result?: unknown }) => (call.result as string).length),
  );
  // Each byte is copied once when it arrives, and again each time that the memory doubles.
  assert.ok(copied <= bytes.length * 3, `${copied} bytes copied for ${bytes.length}`);
  assert.ok(decoded <= bytes.length, `${decoded} bytes decoded for ${bytes.length}`);
});

test("a pipeline in one piece is not copied", (t) => {
  const copies = t.mock.method(Buffer.prototype, "copy");
  const connection = new ServerConnection();
  connection.receive(bytesOf((GET + POST).repeat(1000)));
  assert.equal(eventsOf(connection).length, 5000);
  assert.equal(copies.mock.callCount(), 0);
});
