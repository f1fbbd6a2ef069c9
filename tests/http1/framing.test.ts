import assert from "node:assert/strict";
import test from "node:test";
import { runInNewContext } from "node:vm";
import { requestFraming } from "#src/http1/framing.js";
import { ProtocolError, type ProtocolErrorCode } from "#src/http1/protocol-error.js";
import { type ProtocolRow, testRows } from "../support/protocol-rows.js";
import { PATIENCE } from "../support/servers.js";

/** A POST with some field lines and what comes behind them. */
function post(lines: string, content = "", version = "1.1"): string {
  return `POST / HTTP/${version}\r\nHost: h\r\n${lines}\r\n${content}`;
}

const accepted: ProtocolRow[] = [
  {
    name: "neither field: no content, for whatever method",
    rfc: "9112 §6.3 case 7",
    bytes: post(""),
    requests: [{ framing: { kind: "none" }, content: "", trailers: [] }],
  },
  {
    name: "Content-Length",
    rfc: "9112 §6.3 case 6",
    bytes: post("Content-Length: 5\r\n", "hello"),
    requests: [{ framing: { kind: "length", length: 5 }, content: "hello", trailers: [] }],
  },
  {
    name: "Content-Length with a method that seldom has content",
    rfc: "9110 §9.3.1",
    bytes: "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /",
    requests: [{ content: "GET /", trailers: [] }],
  },
  {
    name: "Content-Length: 0",
    rfc: "9112 §6.3 case 6",
    bytes: post("Content-Length: 0\r\n"),
    requests: [{ framing: { kind: "length", length: 0 }, content: "", trailers: [] }],
  },
  {
    name: "Content-Length in HTTP/1.0",
    rfc: "9112 §6.3 case 6",
    bytes: post("Content-Length: 5\r\n", "hello", "1.0"),
    requests: [{ content: "hello", trailers: [] }],
  },
  {
    name: "Content-Length with leading zeros, which are digits",
    rfc: "9110 §8.6",
    bytes: post("Content-Length: 0000000000000000000000005\r\n", "hello"),
    requests: [{ content: "hello" }],
  },
  {
    name: "white space around Content-Length",
    rfc: "9110 §5.5",
    bytes: post("Content-Length:\t 5 \t\r\n", "hello"),
    requests: [{ content: "hello" }],
  },
  {
    name: "the same Content-Length twice",
    rfc: "9110 §8.6",
    bytes: post("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"),
    requests: [{ content: "hello" }],
  },
  {
    name: "the same Content-Length in a list",
    rfc: "9110 §8.6",
    bytes: post("Content-Length: 5 ,\t5,5\r\n", "hello"),
    requests: [{ content: "hello" }],
  },
  {
    name: "Transfer-Encoding: chunked",
    rfc: "9112 §6.3 case 4",
    bytes: post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
    requests: [{ framing: { kind: "chunked" }, content: "hello", trailers: [] }],
  },
  {
    name: "chunked in another case",
    rfc: "9112 §7",
    bytes: post("tRANSFER-eNCODING: \t CHUNKed \r\n", "0\r\n\r\n"),
    requests: [{ framing: { kind: "chunked" } }],
  },
  {
    name: "content that looks like a request",
    rfc: "9112 §6.3",
    bytes: post("Content-Length: 32\r\n", "GET /inner HTTP/1.1\r\nHost: h\r\n\r\n"),
    requests: [{ content: "GET /inner HTTP/1.1\r\nHost: h\r\n\r\n", trailers: [] }],
  },
  {
    name: "content of line ends and NULs",
    rfc: "9112 §6.3",
    bytes: post("Content-Length: 6\r\n", "\r\n\r\n\0\n"),
    requests: [{ content: "\r\n\r\n\0\n" }],
  },
];
testRows("`ServerConnection` takes", accepted);

const badLengths: [name: string, lines: string][] = [
  ["two that differ", "Content-Length: 5\r\nContent-Length: 6\r\n"],
  ["two that differ in a zero", "Content-Length: 5\r\nContent-Length: 05\r\n"],
  ["a list that differs", "Content-Length: 5, 6\r\n"],
  ["a list with an empty member", "Content-Length: 5,\r\n"],
  ["a list with an empty member before", "Content-Length: ,5\r\n"],
  ["a list with an empty member within", "Content-Length: 5,,5\r\n"],
  ["a second, empty one", "Content-Length: 5\r\nContent-Length:\r\n"],
  ["an empty value", "Content-Length:\r\n"],
  ["a comma", "Content-Length: ,\r\n"],
  ["a plus", "Content-Length: +5\r\n"],
  ["a minus", "Content-Length: -5\r\n"],
  ["minus zero", "Content-Length: -0\r\n"],
  ["a hexadecimal number", "Content-Length: 0x5\r\n"],
  ["a hexadecimal digit", "Content-Length: a\r\n"],
  ["an exponent", "Content-Length: 5e0\r\n"],
  ["a fraction", "Content-Length: 5.0\r\n"],
  ["an underscore, which Python's int() takes", "Content-Length: 1_0\r\n"],
  ["two numbers", "Content-Length: 5 5\r\n"],
  ["a word", "Content-Length: five\r\n"],
  ["a unit", "Content-Length: 5b\r\n"],
  ["quotes", 'Content-Length: "5"\r\n'],
  ["a superscript digit", "Content-Length: \xb2\r\n"],
  ["0xA0 before it, which Number() skips", "Content-Length: \xa05\r\n"],
  ["0xA0 behind it", "Content-Length: 5\xa0\r\n"],
  ["a semicolon", "Content-Length: 5;\r\n"],
  ["a number that is not exact", "Content-Length: 9007199254740992\r\n"],
  ["2^64", "Content-Length: 18446744073709551616\r\n"],
  ["2^64 and 5, which wraps to 5", "Content-Length: 18446744073709551621\r\n"],
  ["2^32 and 5 times ten thousand million", "Content-Length: 42949672960000000000000000005\r\n"],
  ["infinity", "Content-Length: Infinity\r\n"],
  ["a number above a double", `Content-Length: ${"9".repeat(400)}\r\n`],
];
testRows(
  "`ServerConnection` refuses as Content-Length",
  badLengths.map(([name, lines]) => ({
    name,
    rfc: "9112 §6.3 case 5",
    bytes: post(lines, "hello"),
    error: "BAD_CONTENT_LENGTH",
  })),
);

const badCodings: [name: string, section: string, lines: string, error?: ProtocolErrorCode][] = [
  ["a coding that is not chunked", "§6.3", "Transfer-Encoding: gzip\r\n"],
  ["identity, which is gone", "§6.3", "Transfer-Encoding: identity\r\n"],
  ["an empty value", "§6.3", "Transfer-Encoding:\r\n"],
  ["a comma", "§6.3", "Transfer-Encoding: ,\r\n"],
  ["chunked twice", "§6.1", "Transfer-Encoding: chunked, chunked\r\n"],
  ["chunked twice in two lines", "§6.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"],
  ["chunked that is not the last", "§6.3", "Transfer-Encoding: chunked, gzip\r\n"],
  [
    "chunked that is not the last of two lines",
    "§6.3",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
  ],
  ["chunked and identity", "§6.3", "Transfer-Encoding: chunked, identity\r\n"],
  ["chunked on both sides of another", "§6.1", "Transfer-Encoding: chunked, gzip, chunked\r\n"],
  ["an empty member before chunked", "§6.3", "Transfer-Encoding: ,chunked\r\n"],
  ["an empty member behind chunked", "§6.3", "Transfer-Encoding: chunked,\r\n"],
  ["a second, empty line", "§6.3", "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n"],
  ["a word that ends in chunked", "§6.3", "Transfer-Encoding: xchunked\r\n"],
  ["a word that begins with chunked", "§6.3", "Transfer-Encoding: chunkedx\r\n"],
  ["chunked with a parameter", "§6.3", "Transfer-Encoding: chunked;a=b\r\n"],
  ["chunked in quotes", "§6.3", 'Transfer-Encoding: "chunked"\r\n'],
  ["0xA0 before chunked", "§6.3", "Transfer-Encoding: \xa0chunked\r\n"],
  ["0x85 behind chunked", "§6.3", "Transfer-Encoding: chunked\x85\r\n"],
  ["two words", "§6.3", "Transfer-Encoding: gzip chunked\r\n"],
  [
    "a coding before chunked",
    "§6.1",
    "Transfer-Encoding: gzip, chunked\r\n",
    "UNSUPPORTED_TRANSFER_ENCODING",
  ],
  [
    "a coding before chunked in two lines",
    "§6.1",
    "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    "UNSUPPORTED_TRANSFER_ENCODING",
  ],
  ["chunked and Content-Length", "§6.3", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"],
  ["Content-Length and chunked", "§6.3", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
  ["chunked and Content-Length: 0", "§6.3", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"],
  ["chunked and an invalid Content-Length", "§6.3", "Content-Length: x\r\nTransfer-Encoding: chunked\r\n"],
  ["an empty value and Content-Length", "§6.3", "Content-Length: 5\r\nTransfer-Encoding:\r\n"],
];
testRows(
  "`ServerConnection` refuses as Transfer-Encoding",
  badCodings.map(([name, section, lines, error = "BAD_TRANSFER_ENCODING"]) => ({
    name,
    rfc: `9112 ${section}`,
    bytes: post(lines, "5\r\nhello\r\n0\r\n\r\n"),
    error,
  })),
);

testRows("`ServerConnection` refuses in HTTP/1.0", [
  {
    name: "Transfer-Encoding: chunked",
    rfc: "9112 §6.1",
    bytes: post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0"),
    error: "BAD_TRANSFER_ENCODING",
  },
  {
    name: "both",
    rfc: "9112 §6.1",
    bytes: post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n", "1.0"),
    error: "BAD_TRANSFER_ENCODING",
  },
]);

test("`requestFraming` takes the largest length that is exact", () => {
  const framing = requestFraming(["Content-Length", String(Number.MAX_SAFE_INTEGER)], 1);
  assert.deepEqual(framing, { kind: "length", length: Number.MAX_SAFE_INTEGER });
});

test("`requestFraming` answers a coding it does not know with 501 where it knows the end, else with 400", () => {
  const statusOf = (value: string) => {
    try {
      requestFraming(["Transfer-Encoding", value], 1);
    } catch (error) {
      return (error as ProtocolError).status;
    }
    return undefined;
  };
  assert.equal(statusOf("gzip, chunked"), 501);
  assert.equal(statusOf("gzip"), 400);
});

test("`requestFraming` judges a long value at a cost that is linear in its length", () => {
  // One regular expression for list members, tried at each of these spaces, would take hours: only a machine can stop it.
  const value = `5${" ".repeat(1024 * 1024)}6`;
  for (const name of ["Content-Length", "Transfer-Encoding"]) {
    const judge = () => assert.throws(() => requestFraming([name, value], 1), ProtocolError);
    runInNewContext("judge()", { judge }, { timeout: PATIENCE });
  }
});
