import assert from "node:assert/strict";
import test from "node:test";
import { ProtocolError } from "#src/http1/protocol-error.js";
import { parseRequestLine } from "#src/http1/request-line.js";
import { type ProtocolRow, testRows } from "../support/protocol-rows.js";

const FIELDS = "\r\nHost: h\r\n\r\n";

const forms: ProtocolRow[] = [
  {
    name: "origin-form",
    rfc: "9112 §3.2.1",
    bytes: `GET /where?q=now HTTP/1.1${FIELDS}`,
    requests: [{ method: "GET", target: "/where?q=now", path: "/where?q=now", authority: null }],
  },
  {
    name: "a target that is all punctuation",
    rfc: "9112 §3.2.1",
    bytes: `GET /:@!$&'()*+,;=-._~%20?/? HTTP/1.1${FIELDS}`,
    requests: [{ path: "/:@!$&'()*+,;=-._~%20?/?" }],
  },
  {
    name: "several leading slashes as one, so that no redirect leads to another host",
    rfc: "3986 §4.2",
    bytes: `GET ///evil.example//a HTTP/1.1${FIELDS}`,
    requests: [{ target: "///evil.example//a", path: "/evil.example//a" }],
  },
  {
    name: "absolute-form",
    rfc: "9112 §3.2.2",
    bytes: `GET http://www.example.org/pub?x HTTP/1.1${FIELDS}`,
    requests: [{ target: "http://www.example.org/pub?x", path: "/pub?x", authority: "www.example.org" }],
  },
  {
    name: "absolute-form with a port, an IPv6 host and a scheme in capitals",
    rfc: "9112 §3.2.2",
    bytes: `GET HTTPS://[2001:db8::1]:8443/ HTTP/1.1${FIELDS}`,
    requests: [{ path: "/", authority: "[2001:db8::1]:8443" }],
  },
  {
    name: "absolute-form without a path",
    rfc: "9112 §3.2.1",
    bytes: `GET http://a.example HTTP/1.1${FIELDS}`,
    requests: [{ path: "/", authority: "a.example" }],
  },
  {
    name: "absolute-form with a query and no path",
    rfc: "9112 §3.2.1",
    bytes: `GET http://a.example?q=/ HTTP/1.1${FIELDS}`,
    requests: [{ path: "/?q=/", authority: "a.example" }],
  },
  {
    name: "absolute-form whose path begins with two slashes",
    rfc: "9112 §3.2.2",
    bytes: `GET http://a.example//b.example/ HTTP/1.1${FIELDS}`,
    requests: [{ path: "/b.example/", authority: "a.example" }],
  },
  {
    name: "authority-form",
    rfc: "9112 §3.2.3",
    bytes: `CONNECT www.example.com:80 HTTP/1.1${FIELDS}`,
    requests: [{ path: "www.example.com:80", authority: null }],
  },
  {
    name: "authority-form with an IPv6 host",
    rfc: "9112 §3.2.3",
    bytes: `CONNECT [::1]:443 HTTP/1.1${FIELDS}`,
    requests: [{ path: "[::1]:443" }],
  },
  {
    name: "asterisk-form",
    rfc: "9112 §3.2.4",
    bytes: `OPTIONS * HTTP/1.1${FIELDS}`,
    requests: [{ target: "*", path: "*" }],
  },
  {
    name: "asterisk-form by way of a proxy",
    rfc: "9112 §3.2.4",
    bytes: `OPTIONS http://www.example.org:8001 HTTP/1.1${FIELDS}`,
    requests: [{ path: "*", authority: "www.example.org:8001" }],
  },
  {
    name: "OPTIONS for a path by way of a proxy",
    rfc: "9112 §3.2.4",
    bytes: `OPTIONS http://www.example.org/ HTTP/1.1${FIELDS}`,
    requests: [{ path: "/" }],
  },
  {
    name: "a method of any token, in its own case",
    rfc: "9110 §9.1",
    bytes: `get!#$%&'*+-.^_\`|~09 / HTTP/1.1${FIELDS}`,
    requests: [{ method: "get!#$%&'*+-.^_`|~09" }],
  },
  {
    name: "HTTP/1.0, without Host",
    rfc: "9112 §2.3",
    bytes: "GET / HTTP/1.0\r\n\r\n",
    requests: [{ version: "HTTP/1.0", minorVersion: 0, persistent: false }],
  },
  {
    name: "a higher minor version as HTTP/1.1",
    rfc: "9110 §2.5",
    bytes: `GET / HTTP/1.9${FIELDS}`,
    requests: [{ version: "HTTP/1.9", minorVersion: 1, persistent: true }],
  },
  {
    name: "the line as it was sent",
    rfc: "9112 §3",
    bytes: `GET http://a//b HTTP/1.1${FIELDS}`,
    requests: [{ line: "GET http://a//b HTTP/1.1" }],
  },
];
testRows("`ServerConnection` takes", forms);

const badTargets: [name: string, rfc: string, line: string][] = [
  ["a path without a slash", "9112 §3.2.1", "GET index.html HTTP/1.1"],
  ["an asterisk for another method than OPTIONS", "9112 §3.2.4", "GET * HTTP/1.1"],
  ["an asterisk with more behind it", "9112 §3.2.4", "OPTIONS *a HTTP/1.1"],
  ["another scheme", "9110 §4.2", "GET ftp://a.example/ HTTP/1.1"],
  ["a scheme without an authority", "9110 §4.2.1", "GET http:/path HTTP/1.1"],
  ["an empty host", "9110 §4.2.1", "GET http:///path HTTP/1.1"],
  ["a port without a host", "9110 §4.2.1", "GET http://:80/ HTTP/1.1"],
  ["user information", "9110 §4.2.4", "GET http://www.example.org@evil.example/ HTTP/1.1"],
  ["user information with a password", "9110 §4.2.4", "GET http://u:p@a.example/ HTTP/1.1"],
  ["a backslash in the host", "3986 §3.2.2", "GET http://a\\b/ HTTP/1.1"],
  ["a port that is too large", "9110 §4.2.1", "GET http://a:65536/ HTTP/1.1"],
  ["a path for CONNECT", "9112 §3.2.3", "CONNECT /path HTTP/1.1"],
  ["an absolute URI for CONNECT", "9112 §3.2.3", "CONNECT http://a.example:80/ HTTP/1.1"],
  ["no port for CONNECT", "9110 §9.3.6", "CONNECT a.example HTTP/1.1"],
  ["an empty port for CONNECT", "9110 §9.3.6", "CONNECT a.example: HTTP/1.1"],
  ["no host for CONNECT", "9112 §3.2.3", "CONNECT :80 HTTP/1.1"],
  ["an IPv6 address without a port for CONNECT", "9110 §9.3.6", "CONNECT [::1] HTTP/1.1"],
  ["a backslash in place of the slash", "9112 §3.2.1", "GET \\path HTTP/1.1"],
];
testRows(
  "`ServerConnection` refuses as a target",
  badTargets.map(([name, rfc, line]) => ({ name, rfc, bytes: line + FIELDS, error: "BAD_TARGET" })),
);

testRows(
  "`ServerConnection` refuses raw octets above 0x7F in",
  [
    ["a path, as UTF-8", "GET /caf\xc3\xa9 HTTP/1.1"],
    ["a path, as Latin-1", "GET /caf\xe9 HTTP/1.0"],
    ["a path, as an overlong slash", "GET /..\xc0\xaf HTTP/1.1"],
    ["a query", "GET /?q=\x85 HTTP/1.1"],
    ["a host", "GET http://caf\xe9/ HTTP/1.1"],
    ["a host for CONNECT", "CONNECT caf\xe9:80 HTTP/1.1"],
    ["a target without a slash", "GET \xc3\xa9 HTTP/1.1"],
    ["a target of another version", "GET /\xe9 HTTP/2.0"],
  ].map(([name = "", line]) => ({ name, rfc: "9112 §3.2", bytes: line + FIELDS, error: "UNENCODED_TARGET" })),
);

const proxyPrefaces: [name: string, bytes: string][] = [
  ["1 for IPv4", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"],
  ["1 for IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n"],
  ["1 for an unknown family", "PROXY UNKNOWN\r\n"],
  ["1 for an unknown family, with addresses", "PROXY UNKNOWN ffff::1 ffff::1 1 2\r\n"],
  ["2", "\r\n\r\n\0\r\nQUIT\n"],
];
testRows(
  "`ServerConnection` names the PROXY protocol, version",
  proxyPrefaces.map(([name, bytes]) => ({ name, rfc: "9112 §2.2", bytes, error: "PROXY_PROTOCOL" })),
);
testRows("`ServerConnection` does not take for the PROXY protocol", [
  {
    name: "a method of that name",
    rfc: "9110 §9.1",
    bytes: `PROXY / HTTP/1.1${FIELDS}`,
    requests: [{ method: "PROXY" }],
  },
  {
    name: "another line that begins so",
    rfc: "9112 §3",
    bytes: "PROXY TCP5 a b\r\n",
    error: "BAD_REQUEST_LINE",
  },
  { name: "a NUL by itself", rfc: "9112 §3", bytes: "\0\r\nQUIT\n", error: "BAD_REQUEST_LINE" },
  {
    name: "a NUL behind one empty line",
    rfc: "9112 §3",
    bytes: "\r\n\0\r\nQUIT\n",
    error: "BAD_REQUEST_LINE",
  },
  {
    name: "another byte in its signature",
    rfc: "9112 §3",
    bytes: "\r\n\r\n\0\r\nQUIZ",
    error: "BAD_REQUEST_LINE",
  },
  {
    name: "half of its signature",
    rfc: "9112 §3",
    bytes: "\r\n\r\n\0\r\nQU",
    ends: true,
    error: "INCOMPLETE_HEAD",
  },
]);

const malformed: [name: string, line: string][] = [
  ["of two words, as in HTTP/0.9", "GET /"],
  ["of one word", "GET"],
  ["of four words", "GET /a b HTTP/1.1"],
  ["with two spaces behind the method", "GET  / HTTP/1.1"],
  ["with two spaces behind the target", "GET /  HTTP/1.1"],
  ["with a space behind the version", "GET / HTTP/1.1 "],
  ["with a space before the method", " GET / HTTP/1.1"],
  ["with an empty target", "GET  HTTP/1.1"],
  ["with a method that is no token", "GE(T / HTTP/1.1"],
  ["with a method of raw octets", "G\xc9T / HTTP/1.1"],
  ["that begins with a quote", '"GET" / HTTP/1.1'],
  ["with a NUL in the target", "GET /\0 HTTP/1.1"],
  ["with a control character in the target", "GET /\x1b[2J HTTP/1.1"],
  ["with DEL in the target", "GET /\x7f HTTP/1.1"],
  ["with a bare CR in the target", "GET /\r HTTP/1.1"],
  ["with a bare CR before the version", "GET /\rHTTP/1.1"],
  ["with two CR at its end", "GET / HTTP/1.1\r"],
  ["with a NUL at its end", "GET / HTTP/1.1\0"],
  ["that begins a TLS handshake", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"],
];
// White space for Python's split(), JavaScript's \s, or both; never for HTTP.
for (const code of [0x09, 0x0b, 0x0c, 0x1c, 0x1d, 0x1e, 0x1f, 0x85, 0xa0]) {
  const space = String.fromCharCode(code);
  const name = `0x${code.toString(16).padStart(2, "0")}`;
  malformed.push(
    [`with ${name} behind the method`, `GET${space}/ HTTP/1.1`],
    [`with ${name} before the version`, `GET /${space}HTTP/1.1`],
    [`with ${name} before the method`, `${space}GET / HTTP/1.1`],
  );
  if (code < 0x80) malformed.push([`with ${name} at its end`, `GET / HTTP/1.1${space}`]);
}
testRows(
  "`ServerConnection` refuses a request line",
  malformed.map(([name, line]) => ({
    name,
    rfc: "9112 §3",
    bytes: line + FIELDS,
    error: "BAD_REQUEST_LINE",
  })),
);

const badVersions = [
  "http/1.1",
  "HTTP/1",
  "HTTP/1.",
  "HTTP/.1",
  "HTTP/1.10",
  "HTTP/01.1",
  "HTTP/11.1",
  "HTTP/1,1",
];
badVersions.push("HTTP 1.1".replace(" ", "-"), "HTTPS/1.1", "HTTP/1.1a", "HTTP/a.b", "ICY/1.1", "HTTP/+1.1");
badVersions.push("HTTP/1.1\x85", "HTTP/1.\xb9", "HTTP/1.1,HTTP/1.1");
testRows(
  "`ServerConnection` refuses the version",
  badVersions.map((version) => ({
    name: JSON.stringify(version),
    rfc: "9112 §2.3",
    bytes: `GET / ${version}${FIELDS}`,
    error: "BAD_VERSION",
  })),
);

testRows(
  "`ServerConnection` does not speak",
  ["HTTP/0.9", "HTTP/0.0", "HTTP/2.0", "HTTP/3.1", "HTTP/9.9"].map((version) => ({
    name: version,
    rfc: "9110 §15.6.6",
    bytes: `GET / ${version}${FIELDS}`,
    error: "UNSUPPORTED_VERSION",
  })),
);
testRows("`ServerConnection` does not speak", [
  {
    name: "HTTP/2 to a client that begins with its preface",
    rfc: "9113 §3.4",
    bytes: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    error: "UNSUPPORTED_VERSION",
  },
]);

testRows("`ServerConnection` does not wait for fields behind", [
  { name: "a request line of HTTP/0.9", rfc: "9112 §3", bytes: "GET /\r\n", error: "BAD_REQUEST_LINE" },
  { name: "another version", rfc: "9112 §3", bytes: "GET / HTTP/2.0\n", error: "UNSUPPORTED_VERSION" },
  { name: "a first byte of no method", rfc: "9112 §3", bytes: "\x16", error: "BAD_REQUEST_LINE" },
  { name: "a first byte that is a space", rfc: "9112 §2.2", bytes: " ", error: "BAD_REQUEST_LINE" },
]);

test("`parseRequestLine` says with which status a line is refused", () => {
  const rows: [line: string, status: number][] = [
    ["GET /", 400],
    ["GET / HTTP/1.x", 400],
    ["GET / HTTP/2.0", 505],
    ["GET a HTTP/1.1", 400],
  ];
  for (const [line, status] of rows) {
    assert.throws(
      () => parseRequestLine(line),
      (error: unknown) => error instanceof ProtocolError && error.status === status,
    );
  }
});
