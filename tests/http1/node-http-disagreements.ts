// Kinds of requests that Node's parser and ours treat differently, with the reasons.
import { METHODS } from "node:http";
import type { ProtocolErrorCode } from "#src/http1/protocol-error.js";
import { chunks, get, HOST, line, post } from "./node-http-rows.js";

/** `pattern` occurs in all bytes of this kind; `bytes` is an example. */
export type OnlyNodeTakes = readonly [
  name: string,
  bytes: string,
  refusal: ProtocolErrorCode,
  reason: string,
  pattern: RegExp,
];
export type OnlyWeTake = readonly [name: string, bytes: string, reason: string, pattern: RegExp];

const KNOWN_METHOD = `(?:${METHODS.map((method) => method.replace(/\W/g, "\\$&")).join("|")}) `;

/** Rows that Node's parser accepts and ours refuses. */
export const ONLY_NODE_TAKES: readonly OnlyNodeTakes[] = [
  [
    "HTTP/0.9 without a version",
    "GET /\r\n\r\n",
    "BAD_REQUEST_LINE",
    "a reply always has a status line",
    /^\S+ \S+\r?$/m,
  ],
  [
    "HTTP/0.9",
    line("GET / HTTP/0.9"),
    "UNSUPPORTED_VERSION",
    "RFC 9112 §2.3: another major version",
    / HTTP\/0/,
  ],
  [
    "HTTP/2.0",
    line("GET / HTTP/2.0"),
    "UNSUPPORTED_VERSION",
    "RFC 9112 §2.3: another major version",
    / HTTP\/2/,
  ],
  [
    "two spaces behind the method",
    line("GET  / HTTP/1.1"),
    "BAD_REQUEST_LINE",
    "RFC 9112 §3: one space",
    /^\S+ {2}/m,
  ],
  [
    "two spaces behind the target",
    line("GET /  HTTP/1.1"),
    "BAD_REQUEST_LINE",
    "RFC 9112 §3: one space",
    / {2}HTTP\//,
  ],
  [
    "twenty empty lines",
    `${"\r\n".repeat(20)}${get("")}`,
    "BAD_REQUEST_LINE",
    "RFC 9112 §2.2: at least one",
    /(?:\r?\n){9}/,
  ],
  [
    "Content-Length as an option of the connection",
    get("Connection: Content-Length\r\n"),
    "BAD_CONNECTION",
    "RFC 9110 §7.6.1: MUST NOT be sent; a proxy would remove the field",
    /^connection:.*(?:host|content-|transfer-encoding|trailer|expect|authorization|cookie|cache-control|forwarded)/im,
  ],
  [
    "an asterisk for GET",
    line("GET * HTTP/1.1"),
    "BAD_TARGET",
    "RFC 9112 §3.2.4: OPTIONS only",
    /^\S+ \*\S* /m,
  ],
  [
    "another scheme",
    line("GET ftp://a/ HTTP/1.1"),
    "BAD_TARGET",
    "this is no gateway",
    /^\S+ (?!https?:)\w+:\/\//im,
  ],
  [
    "user information",
    line("GET http://u@a/ HTTP/1.1"),
    "BAD_TARGET",
    "RFC 9110 §4.2.4: treat it as an error",
    / https?:\/\/[^/ ]*@/i,
  ],
  [
    "a URI without a host",
    line("GET http:///a HTTP/1.1"),
    "BAD_TARGET",
    "RFC 9110 §4.2.1: MUST reject",
    / https?:\/\/[/? ]/i,
  ],
  [
    "CONNECT without a port",
    line("CONNECT a HTTP/1.1"),
    "BAD_TARGET",
    "RFC 9110 §9.3.6: MUST reject",
    /^CONNECT [^: ]+ /m,
  ],
  [
    "a fragment",
    line("GET /a#b HTTP/1.1"),
    "BAD_TARGET",
    "RFC 9112 §3.2: no form of a target has one",
    /^\S+ \S*#/m,
  ],
  [
    "CONNECT to port 0",
    line("CONNECT a:0 HTTP/1.1"),
    "BAD_TARGET",
    "RFC 9110 §9.3.6: MUST reject",
    /^CONNECT \S*:0* /m,
  ],
  [
    "a Host with a port alone",
    "GET / HTTP/1.1\r\nHost: :80\r\n\r\n",
    "BAD_HOST",
    "RFC 9110 §4.2.1: an http URI has a host",
    /^host:[\t ]*:/im,
  ],
  [
    "a forbidden trailer",
    chunks("0\r\nHost: x\r\n\r\n"),
    "BAD_TRAILER",
    "RFC 9110 §6.5.1: it would route",
    /^0.*\r\n[\s\S]*^(?:host|te|trailer|transfer-encoding|content-length|connection):/im,
  ],
  [
    "long extensions of chunks",
    chunks(`5;${"a".repeat(2000)}\r\nhello\r\n0\r\n\r\n`),
    "BAD_CHUNK",
    "CVE-2024-22019: they are bounded",
    /;[^\r]{1024}/,
  ],
  [
    "two hundred fields",
    get("a: b\r\n".repeat(200)),
    "TOO_MANY_FIELDS",
    "they are bounded, at 100",
    /(?:^\S+:[^\n]*\n){101}/m,
  ],
  ["two Hosts", get(HOST), "BAD_HOST", "RFC 9112 §3.2: MUST respond with 400", /^host:[\s\S]*^host:/im],
  [
    "an invalid Host",
    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "BAD_HOST",
    "RFC 9112 §3.2: MUST respond with 400",
    /^host:.*\S/im,
  ],
  [
    "a transfer coding in HTTP/1.0",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "BAD_TRANSFER_ENCODING",
    "RFC 9112 §6.1: its framing is faulty",
    / HTTP\/1\.0\r\n[\s\S]*^transfer-encoding:/im,
  ],
  [
    "a coding before chunked",
    post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
    "UNSUPPORTED_TRANSFER_ENCODING",
    "RFC 9112 §6.1: 501 for a coding that is not understood",
    /^transfer-encoding:[\s\S]*chunked/im,
  ],
  [
    "an empty member before chunked",
    post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"),
    "BAD_TRANSFER_ENCODING",
    "readers disagree about it",
    /^transfer-encoding:[\t ]*,/im,
  ],
  [
    "a size of 20 digits",
    chunks(`${"0".repeat(19)}5\r\nhello\r\n0\r\n\r\n`),
    "BAD_CHUNK",
    "no endless row of zeros",
    /^[\da-f]{14}/im,
  ],
  [
    "CONNECT to a port that is no number",
    line("CONNECT a:b HTTP/1.1"),
    "BAD_TARGET",
    "RFC 9110 §9.3.6: MUST reject",
    /^CONNECT \S*:(?!\d+ )/m,
  ],
  [
    "a URI whose port is no number",
    line("GET http://a:1b/ HTTP/1.1"),
    "BAD_TARGET",
    "RFC 3986 §3.2.3: a port has digits",
    / https?:\/\/[^/ ]*:(?!\d+[/? ])/i,
  ],
  [
    "CONNECT without a Host",
    "CONNECT a:80 HTTP/1.1\r\n\r\n",
    "MISSING_HOST",
    "RFC 9112 §3.2: MUST respond with 400",
    /^CONNECT /m,
  ],
  [
    "a request behind one without a Host",
    `GET / HTTP/1.1\r\n\r\n${get("")}`,
    "MISSING_HOST",
    "RFC 9112 §3.2: 400, and nothing is read behind what is refused",
    /HTTP\/1[\s\S]*HTTP\/1/,
  ],
  ["an end within a line end", "\r", "INCOMPLETE_HEAD", "it is no empty line", /(?:^|\n)\r$/],
  [
    "a bare CR before a request",
    `\r${get("")}`,
    "BAD_REQUEST_LINE",
    "RFC 9112 §2.2: it stands only before a LF",
    /\r(?!\n)/,
  ],
  [
    "a chunk's empty extension",
    chunks('5;a="b";;c\r\nhello\r\n0\r\n\r\n'),
    "BAD_CHUNK",
    "RFC 9112 §7.1.1: it has a name",
    /;[\t ]*[;\r]/,
  ],
];

/** Rows that our parser accepts and Node's refuses. */
export const ONLY_WE_TAKE: readonly OnlyWeTake[] = [
  [
    "a tab behind a coding",
    post("Transfer-Encoding: chunked\t\r\n", "0\r\n\r\n"),
    "RFC 9110 §5.5: it is not part of the value",
    /^transfer-encoding:[^\n]*\t/im,
  ],
  [
    "white space before a chunk's extension",
    chunks("5 ;a\r\nhello\r\n0\r\n\r\n"),
    "RFC 9112 §7.1.1: it is bad, and a recipient must parse it",
    /^[\da-f]+[\t ][^\r]*;|;[^\r]*[\t ]/im,
  ],
  [
    "HTTP/1.2",
    line("GET / HTTP/1.2"),
    "RFC 9110 §2.5: a higher minor version is read as 1.1",
    / HTTP\/1\.[2-9]/,
  ],
  [
    "a method that nobody knows",
    line("FOO / HTTP/1.1"),
    "the handler answers it with 501",
    new RegExp(`^(?!${KNOWN_METHOD})\\S+ \\S+ HTTP/`, "m"),
  ],
  ["bare LF for line ends", "GET / HTTP/1.1\nHost: h\n\n", "RFC 9112 §2.2 lets it be", /(?<!\r)\n/],
  [
    "Content-Length twice",
    post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
    "RFC 9110 §8.6 lets it be",
    /^content-length:[\s\S]*^content-length:/im,
  ],
  [
    "Content-Length in a list",
    post("Content-Length: 5, 5\r\n", "hello"),
    "RFC 9110 §8.6 lets it be",
    /^content-length:.*,/im,
  ],
];
