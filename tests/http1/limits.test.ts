import assert from "node:assert/strict";
import test from "node:test";
import { DEFAULT_LIMITS, type Limits } from "#src/http1/limits.js";
import type { ProtocolErrorCode } from "#src/http1/protocol-error.js";
import { bytesOf, outcomeOf, testRows } from "../support/protocol-rows.js";

const HOST = "Host: h\r\n";
const CHUNKED = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

type LimitRow = [name: string, rfc: string, limits: Partial<Limits>, bytes: string];

const atTheLimit: LimitRow[] = [
  ["the request line", "9112 §3", { requestLine: 18 }, `GET /1234 HTTP/1.1\r\n${HOST}\r\n`],
  ["the request line before a bare LF", "9112 §3", { requestLine: 18 }, `GET /1234 HTTP/1.1\n${HOST}\r\n`],
  [
    "the request line behind empty lines",
    "9112 §2.2",
    { requestLine: 18 },
    `\r\n\n\r\nGET /1234 HTTP/1.1\r\n${HOST}\r\n`,
  ],
  ["the field section", "9112 §5", { fieldSection: 14 }, `GET / HTTP/1.1\r\n${HOST}a: 5\n\r\n`],
  [
    "the field section before a bare LF",
    "9112 §5",
    { fieldSection: 14 },
    `GET / HTTP/1.1\r\n${HOST}a: 5\n\n`,
  ],
  ["an empty field section", "9112 §5", { fieldSection: 0 }, "GET / HTTP/1.0\r\n\r\n"],
  ["the number of fields", "9112 §5", { fieldCount: 2 }, `GET / HTTP/1.1\r\n${HOST}a: 5\r\n\r\n`],
  ["no fields", "9112 §5", { fieldCount: 0 }, "GET / HTTP/1.0\r\n\r\n"],
  [
    "Content-Length",
    "9110 §15.5.14",
    { content: 5 },
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
  ],
  [
    "Content-Length: 0",
    "9110 §15.5.14",
    { content: 0 },
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
  ],
  ["the chunks together", "9110 §15.5.14", { content: 5 }, `${CHUNKED}2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`],
  [
    "the chunks' extensions together",
    "9112 §7.1.1",
    { chunkExtensions: 6 },
    `${CHUNKED}1;a\r\nx\r\n1;ab\r\ny\r\n0\r\n\r\n`,
  ],
  [
    "the trailer section",
    "9112 §7.1.2",
    { fieldSection: 40 },
    `${CHUNKED}0\r\n${"X: 12345\r\n".repeat(4)}\r\n`,
  ],
  ["the number of trailer fields", "9112 §7.1.2", { fieldCount: 2 }, `${CHUNKED}0\r\nX: 1\r\nX: 2\r\n\r\n`],
];
testRows(
  "`ServerConnection` takes at the limit:",
  atTheLimit.map(([name, rfc, limits, bytes]) => ({ name, rfc, limits, bytes })),
);

const onePast: [...LimitRow, error: ProtocolErrorCode][] = [
  [
    "the request line",
    "9112 §3",
    { requestLine: 17 },
    `GET /1234 HTTP/1.1\r\n${HOST}\r\n`,
    "REQUEST_LINE_TOO_LONG",
  ],
  [
    "the request line before a bare LF",
    "9112 §3",
    { requestLine: 17 },
    `GET /1234 HTTP/1.1\n${HOST}\r\n`,
    "REQUEST_LINE_TOO_LONG",
  ],

  [
    "a request line without an end, by two",
    "9112 §3",
    { requestLine: 17 },
    "GET /12345678901234",
    "REQUEST_LINE_TOO_LONG",
  ],
  [
    "a request line that is no good either",
    "9112 §3",
    { requestLine: 17 },
    `GET /1234 HTTP/9.11\r\n${HOST}\r\n`,
    "REQUEST_LINE_TOO_LONG",
  ],
  [
    "the field section",
    "9112 §5",
    { fieldSection: 13 },
    `GET / HTTP/1.1\r\n${HOST}a: 5\n\r\n`,
    "FIELDS_TOO_LONG",
  ],
  [
    "the field section before a bare LF",
    "9112 §5",
    { fieldSection: 13 },
    `GET / HTTP/1.1\r\n${HOST}a: 5\n\n`,
    "FIELDS_TOO_LONG",
  ],
  [
    "an empty field section, by a line",
    "9112 §5",
    { fieldSection: 0 },
    "GET / HTTP/1.0\r\na:\r\n\r\n",
    "FIELDS_TOO_LONG",
  ],
  [
    "a field section without an end",
    "9112 §5",
    { fieldSection: 20 },
    `GET / HTTP/1.1\r\n${HOST}a: 123456789012`,
    "FIELDS_TOO_LONG",
  ],
  [
    "the field section where the request line's end is bare",
    "9112 §5",
    { requestLine: 14, fieldSection: 9 },
    `GET / HTTP/1.1\n${HOST}a: 5\n\n`,
    "FIELDS_TOO_LONG",
  ],
  [
    "the number of fields",
    "9112 §5",
    { fieldCount: 1 },
    `GET / HTTP/1.1\r\n${HOST}a: 5\r\n\r\n`,
    "TOO_MANY_FIELDS",
  ],
  [
    "the number of fields, by an empty one",
    "9112 §5",
    { fieldCount: 1 },
    `GET / HTTP/1.1\r\n${HOST}a:\r\n\r\n`,
    "TOO_MANY_FIELDS",
  ],
  [
    "Content-Length",
    "9110 §15.5.14",
    { content: 4 },
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
    "CONTENT_TOO_LARGE",
  ],
];
testRows("`ServerConnection` waits one past the limit for", [
  {
    name: "a byte that may be the CR of a line which is short enough",
    rfc: "9112 §3",
    limits: { requestLine: 17 },
    bytes: "GET /1234567890123",
    ends: true,
    requests: [],
    error: "INCOMPLETE_HEAD",
  },
]);
testRows(
  "`ServerConnection` refuses one past the limit:",
  onePast.map(([name, rfc, limits, bytes, error]) => ({ name, rfc, limits, bytes, error })),
);

const onePastInContent: [...LimitRow, content: string, error: ProtocolErrorCode][] = [
  [
    "one chunk",
    "9110 §15.5.14",
    { content: 4 },
    `${CHUNKED}5\r\nhello\r\n0\r\n\r\n`,
    "",
    "CONTENT_TOO_LARGE",
  ],
  [
    "the chunks together",
    "9110 §15.5.14",
    { content: 4 },
    `${CHUNKED}2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`,
    "he",
    "CONTENT_TOO_LARGE",
  ],
  [
    "the extension of a chunk",
    "9112 §7.1.1",
    { chunkExtensions: 3 },
    `${CHUNKED}1;abc\r\nx\r\n0\r\n\r\n`,
    "",
    "BAD_CHUNK",
  ],
  [
    "the chunks' extensions together",
    "9112 §7.1.1",
    { chunkExtensions: 4 },
    `${CHUNKED}1;a\r\nx\r\n1;ab\r\ny\r\n0\r\n\r\n`,
    "x",
    "BAD_CHUNK",
  ],
  [
    "an extension without an end",
    "9112 §7.1.1",
    { chunkExtensions: 4 },
    `${CHUNKED}1;abcdefghi`,
    "",
    "BAD_CHUNK",
  ],
  [
    "the trailer section",
    "9112 §7.1.2",
    { fieldSection: 39 },
    `${CHUNKED}0\r\n${"X: 12345\r\n".repeat(4)}\r\n`,
    "",
    "FIELDS_TOO_LONG",
  ],
  [
    "a trailer section without an end",
    "9112 §7.1.2",
    { fieldSection: 39 },
    `${CHUNKED}0\r\nX: ${"1".repeat(37)}`,
    "",
    "FIELDS_TOO_LONG",
  ],
  [
    "the number of trailer fields",
    "9112 §7.1.2",
    { fieldCount: 2 },
    `${CHUNKED}0\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n`,
    "",
    "TOO_MANY_FIELDS",
  ],
];
testRows(
  "`ServerConnection` refuses one past the limit:",
  onePastInContent.map(([name, rfc, limits, bytes, content, error]) => ({
    name,
    rfc,
    limits,
    bytes,
    error,
    requests: [{ content }],
  })),
);

test("`DEFAULT_LIMITS` are exact to the byte", () => {
  const { requestLine, fieldSection, fieldCount } = DEFAULT_LIMITS;
  const line = (length: number) => `GET /${"a".repeat(length - 14)} HTTP/1.1\r\nHost: h\r\n\r\n`;
  const section = (length: number) => `GET / HTTP/1.1\r\nHost: h\r\na: ${"b".repeat(length - 14)}\r\n\r\n`;
  const count = (number: number) => `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(number - 1)}Host: h\r\n\r\n`;
  const endOf = (text: string) => outcomeOf([bytesOf(text)]).end;
  assert.equal(endOf(line(requestLine)), "more");
  assert.equal(endOf(line(requestLine + 1)), "REQUEST_LINE_TOO_LONG");
  assert.equal(endOf(section(fieldSection)), "more");
  assert.equal(endOf(section(fieldSection + 1)), "FIELDS_TOO_LONG");
  assert.equal(endOf(count(fieldCount)), "more");
  assert.equal(endOf(count(fieldCount + 1)), "TOO_MANY_FIELDS");
});
