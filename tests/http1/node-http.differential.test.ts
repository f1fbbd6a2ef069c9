import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import test from "node:test";
import type { ProtocolErrorCode } from "#src/http1/protocol-error.js";
import { bytesOf, outcomeOf } from "../support/protocol-rows.js";

// The same bytes for Node's own parser and for ours. Where they disagree, a row says why; a row that both take or both refuse
// is a guard against a mistake in our reading of the RFC.

const HOST = "Host: h\r\n";
const get = (lines: string) => `GET / HTTP/1.1\r\n${HOST}${lines}\r\n`;
const line = (text: string) => `${text}\r\n${HOST}\r\n`;
const post = (lines: string, content: string) => `POST / HTTP/1.1\r\n${HOST}${lines}\r\n${content}`;
const chunks = (text: string) => post("Transfer-Encoding: chunked\r\n", text);

const bothTake = {
  "a request": get(""),
  "HTTP/1.0 without Host": "GET / HTTP/1.0\r\n\r\n",
  "an empty line before a request": `\r\n${get("")}`,
  "an absolute-form target": line("GET http://a.example/ HTTP/1.1"),
  "an asterisk for OPTIONS": line("OPTIONS * HTTP/1.1"),
  "obs-text in a value": get("a: \xff\r\n"),
  "an object member's name": get("__proto__: 1\r\n"),
  "Content-Length": post("Content-Length: 5\r\n", "hello"),
  chunks: chunks("5\r\nhello\r\n0\r\n\r\n"),
  "a chunk's extension": chunks('5;a="b;c"\r\nhello\r\n0\r\n\r\n'),
  "a trailer field": chunks("0\r\nX: 1\r\n\r\n"),
};

const bothRefuse = {
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "a version in lower case": line("GET / http/1.1"),
  "a space behind the version": line("GET / HTTP/1.1 "),
  "a tab for a space": line("GET\t/ HTTP/1.1"),
  "a method that is no token": line("G@T / HTTP/1.1"),
  "a target without a slash": line("GET x HTTP/1.1"),
  "a control character in the target": line("GET /\x01 HTTP/1.1"),
  "a field without a colon": get("abc\r\n"),
  "a field without a name": get(": b\r\n"),
  "a space before the colon": get("a : b\r\n"),
  "a folded field": get("a: b\r\n c\r\n"),
  "an indented first field": `GET / HTTP/1.1\r\n a: b\r\n${HOST}\r\n`,
  "a bare CR in a value": get("a: b\rc\r\n"),
  "a NUL in a value": get("a: b\0c\r\n"),
  "Content-Length with a plus": post("Content-Length: +5\r\n", "hello"),
  "two Content-Lengths that differ": post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
  "an empty Content-Length": post("Content-Length:\r\n", ""),
  "a Content-Length of 2^64": post("Content-Length: 18446744073709551621\r\n", "hello"),
  "chunked and Content-Length": post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
  "chunked before another coding": post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"),
  "a coding that is not chunked": post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
  "a chunk's size with 0x": chunks("0x5\r\nhello\r\n0\r\n\r\n"),
  "a bare LF behind a chunk's size": chunks("5\nhello\r\n0\r\n\r\n"),
  "a bare LF behind a chunk's data": chunks("5\r\nhello\n0\r\n\r\n"),
  "a bare LF in a chunk's extension": chunks("5;a\nhello\r\n0\r\n\r\n"),
  "an empty member of Content-Length": post("Content-Length: 5,\r\n", "hello"),
  "a chunk's extension without a name": chunks("5;\r\nhello\r\n0\r\n\r\n"),
  "a chunk's extension whose string does not end": chunks('5;a="b\r\nhello\r\n0\r\n\r\n'),
  "a space behind a chunk's size": chunks("5 \r\nhello\r\n0\r\n\r\n"),
  "a control character in a value": get("a: \x01\r\n"),
  "a DEL in a value": get("a: \x7f\r\n"),
  "a chunk longer than its size": chunks("5\r\nhello!\r\n0\r\n\r\n"),
};

type Disagreement = [name: string, bytes: string, refusal: ProtocolErrorCode, reason: string];

const onlyNodeTakes: Disagreement[] = [
  ["HTTP/0.9 without a version", "GET /\r\n\r\n", "BAD_REQUEST_LINE", "a reply always has a status line"],
  ["HTTP/0.9", line("GET / HTTP/0.9"), "UNSUPPORTED_VERSION", "RFC 9112 §2.3: another major version"],
  ["HTTP/2.0", line("GET / HTTP/2.0"), "UNSUPPORTED_VERSION", "RFC 9112 §2.3: another major version"],
  ["two spaces behind the method", line("GET  / HTTP/1.1"), "BAD_REQUEST_LINE", "RFC 9112 §3: one space"],
  ["two spaces behind the target", line("GET /  HTTP/1.1"), "BAD_REQUEST_LINE", "RFC 9112 §3: one space"],
  ["twenty empty lines", `${"\r\n".repeat(20)}${get("")}`, "BAD_REQUEST_LINE", "RFC 9112 §2.2: at least one"],
  ["an asterisk for GET", line("GET * HTTP/1.1"), "BAD_TARGET", "RFC 9112 §3.2.4: OPTIONS only"],
  ["another scheme", line("GET ftp://a/ HTTP/1.1"), "BAD_TARGET", "this is no gateway"],
  [
    "user information",
    line("GET http://u@a/ HTTP/1.1"),
    "BAD_TARGET",
    "RFC 9110 §4.2.4: treat it as an error",
  ],
  ["a URI without a host", line("GET http:///a HTTP/1.1"), "BAD_TARGET", "RFC 9110 §4.2.1: MUST reject"],
  ["CONNECT without a port", line("CONNECT a HTTP/1.1"), "BAD_TARGET", "RFC 9110 §9.3.6: MUST reject"],
  ["a fragment", line("GET /a#b HTTP/1.1"), "BAD_TARGET", "RFC 9112 §3.2: no form of a target has one"],
  ["CONNECT to port 0", line("CONNECT a:0 HTTP/1.1"), "BAD_TARGET", "RFC 9110 §9.3.6: MUST reject"],
  [
    "a Host with a port alone",
    "GET / HTTP/1.1\r\nHost: :80\r\n\r\n",
    "BAD_HOST",
    "RFC 9110 §4.2.1: an http URI has a host",
  ],
  ["a forbidden trailer", chunks("0\r\nHost: x\r\n\r\n"), "BAD_TRAILER", "RFC 9110 §6.5.1: it would route"],
  [
    "long extensions of chunks",
    chunks(`5;${"a".repeat(2000)}\r\nhello\r\n0\r\n\r\n`),
    "BAD_CHUNK",
    "CVE-2024-22019: they are bounded",
  ],
  ["two hundred fields", get("a: b\r\n".repeat(200)), "TOO_MANY_FIELDS", "they are bounded, at 100"],
  ["two Hosts", get(HOST), "BAD_HOST", "RFC 9112 §3.2: MUST respond with 400"],
  [
    "an invalid Host",
    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "BAD_HOST",
    "RFC 9112 §3.2: MUST respond with 400",
  ],
  [
    "a transfer coding in HTTP/1.0",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "BAD_TRANSFER_ENCODING",
    "RFC 9112 §6.1: its framing is faulty",
  ],
  [
    "a coding before chunked",
    post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
    "UNSUPPORTED_TRANSFER_ENCODING",
    "RFC 9112 §6.1: 501 for a coding that is not understood",
  ],
  [
    "an empty member before chunked",
    post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"),
    "BAD_TRANSFER_ENCODING",
    "readers disagree about it",
  ],
  [
    "a size of 20 digits",
    chunks(`${"0".repeat(19)}5\r\nhello\r\n0\r\n\r\n`),
    "BAD_CHUNK",
    "no endless row of zeros",
  ],
];

const onlyWeTake: [name: string, bytes: string, reason: string][] = [
  [
    "white space before a chunk's extension",
    chunks("5 ;a\r\nhello\r\n0\r\n\r\n"),
    "RFC 9112 §7.1.1: it is bad, and a recipient must parse it",
  ],
  ["HTTP/1.2", line("GET / HTTP/1.2"), "RFC 9110 §2.5: a higher minor version is read as 1.1"],
  ["a method that nobody knows", line("FOO / HTTP/1.1"), "the handler answers it with 501"],
  ["bare LF for line ends", "GET / HTTP/1.1\nHost: h\n\n", "RFC 9112 §2.2 lets it be"],
  ["a raw octet in the target", line("GET /\xe9 HTTP/1.1"), "clients send it, and it misleads nobody"],
  [
    "Content-Length twice",
    post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
    "RFC 9110 §8.6 lets it be",
  ],
  ["Content-Length in a list", post("Content-Length: 5, 5\r\n", "hello"), "RFC 9110 §8.6 lets it be"],
];

/** What Node's server makes of bytes: the class of the status that it answers with last. */
async function nodeTakes(port: number, bytes: string): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  let reply = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    reply += text;
  });
  socket.end(bytesOf(bytes));
  await once(socket, "close");
  return reply.startsWith("HTTP/1.1 200 ");
}

function weTake(bytes: string): "taken" | ProtocolErrorCode {
  const { end } = outcomeOf([bytesOf(bytes)], { ends: true });
  return end === "closed" ? "taken" : (end as ProtocolErrorCode);
}

test("`ServerConnection` and Node's parser agree, but for the rows with a reason", async (t) => {
  const server = createServer((request, response) => request.resume().on("end", () => response.end()));
  server.on("connect", (_request, socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
  server.listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  for (const [name, bytes] of Object.entries(bothTake)) {
    assert.deepEqual([await nodeTakes(port, bytes), weTake(bytes)], [true, "taken"], name);
  }
  for (const [name, bytes] of Object.entries(bothRefuse)) {
    assert.equal(await nodeTakes(port, bytes), false, name);
    assert.notEqual(weTake(bytes), "taken", name);
  }
  for (const [name, bytes, refusal, reason] of onlyNodeTakes) {
    assert.deepEqual([await nodeTakes(port, bytes), weTake(bytes)], [true, refusal], `${name}: ${reason}`);
  }
  for (const [name, bytes, reason] of onlyWeTake) {
    assert.deepEqual([await nodeTakes(port, bytes), weTake(bytes)], [false, "taken"], `${name}: ${reason}`);
  }
});
