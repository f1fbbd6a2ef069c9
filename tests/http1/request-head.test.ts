import type { RequestHead } from "#src/http1/request-head.js";
import { type ProtocolRow, testRows } from "../support/protocol-rows.js";

/** A GET of a version with some field lines. */
function get(lines: string, version = "1.1"): string {
  return `GET / HTTP/${version}\r\n${lines}\r\n`;
}

const hosts: ProtocolRow[] = [
  { name: "is missing in HTTP/1.1", rfc: "9112 §3.2", bytes: get("a: b\r\n"), error: "MISSING_HOST" },
  {
    name: "is missing in HTTP/1.1 without any field",
    rfc: "9112 §3.2",
    bytes: get(""),
    error: "MISSING_HOST",
  },
  {
    name: "is missing beside an absolute-form target",
    rfc: "9112 §3.2",
    bytes: "GET http://a.example/ HTTP/1.1\r\n\r\n",
    error: "MISSING_HOST",
  },
  {
    name: "stands there twice",
    rfc: "9112 §3.2",
    bytes: get("Host: a\r\nHost: b\r\n"),
    error: "BAD_HOST",
  },
  {
    name: "stands there twice with one value, in two cases",
    rfc: "9112 §3.2",
    bytes: get("Host: a\r\nhOST: a\r\n"),
    error: "BAD_HOST",
  },
  {
    name: "stands there twice in HTTP/1.0",
    rfc: "9112 §3.2",
    bytes: get("Host: a\r\nHost: a\r\n", "1.0"),
    error: "BAD_HOST",
  },
  { name: "is invalid in HTTP/1.0", rfc: "9112 §3.2", bytes: get("Host: a/b\r\n", "1.0"), error: "BAD_HOST" },
  { name: "has user information", rfc: "9110 §7.2", bytes: get("Host: u@a\r\n"), error: "BAD_HOST" },
  { name: "is a list", rfc: "9110 §7.2", bytes: get("Host: a, b\r\n"), error: "BAD_HOST" },
  { name: "is a URI", rfc: "9110 §7.2", bytes: get("Host: http://a\r\n"), error: "BAD_HOST" },
  { name: "has obs-text", rfc: "9110 §7.2", bytes: get("Host: caf\xe9\r\n"), error: "BAD_HOST" },
  {
    name: "is invalid beside an absolute-form target",
    rfc: "9112 §3.2",
    bytes: "GET http://a.example/ HTTP/1.1\r\nHost: a b\r\n\r\n",
    error: "BAD_HOST",
  },
];
testRows("`ServerConnection` refuses a request whose Host", hosts);

testRows("`ServerConnection` takes", [
  {
    name: "an empty Host",
    rfc: "9112 §3.2",
    bytes: get("Host:\r\n"),
    requests: [{ fields: ["Host", ""] }],
  },
  {
    name: "the host of an absolute-form target in place of Host's",
    rfc: "9112 §3.2.2",
    bytes: "GET http://a.example:8080/ HTTP/1.1\r\nX: 1\r\nhost: b.example\r\nY: 2\r\n\r\n",
    requests: [{ fields: ["X", "1", "host", "a.example:8080", "Y", "2"] }],
  },
  {
    name: "the host of an absolute-form target where HTTP/1.0 has no Host",
    rfc: "9112 §3.2.2",
    bytes: "GET http://a.example/ HTTP/1.0\r\nX: 1\r\n\r\n",
    requests: [{ fields: ["Host", "a.example", "X", "1"] }],
  },
  {
    name: "a target's host for its own request only",
    rfc: "9112 §3.2.2",
    bytes: `GET http://a.example/ HTTP/1.1\r\nHost: b\r\n\r\n${get("Host: b\r\n")}`,
    requests: [{ fields: ["Host", "a.example"] }, { fields: ["Host", "b"] }],
  },
]);

const connections: [name: string, lines: string, version: string, persistent: boolean][] = [
  ["HTTP/1.1 without a word", "", "1.1", true],
  ["HTTP/1.1 with keep-alive", "Connection: keep-alive\r\n", "1.1", true],
  ["HTTP/1.1 with close", "Connection: close\r\n", "1.1", false],
  ["close in another case", "Connection: cLoSe\r\n", "1.1", false],
  ["close in a list", "Connection: Foo ,\tclose, bar\r\n", "1.1", false],
  ["close among empty members", "Connection: , ,close,\r\n", "1.1", false],
  ["close in a second line", "Connection: keep-alive\r\nX: y\r\nconnection: close\r\n", "1.1", false],
  ["close before keep-alive", "Connection: close, keep-alive\r\n", "1.1", false],
  ["close behind keep-alive", "Connection: keep-alive, close\r\n", "1.1", false],
  ["a word that begins with close", "Connection: closed\r\n", "1.1", true],
  ["close with a parameter", "Connection: close;a\r\n", "1.1", true],
  ["close behind 0xA0", "Connection: \xa0close\r\n", "1.1", true],
  ["an empty value", "Connection:\r\n", "1.1", true],
  ["another field's close", "Proxy-Connection: close\r\n", "1.1", true],
  ["HTTP/1.0 without a word", "", "1.0", false],
  ["HTTP/1.0 with keep-alive", "Connection: Keep-Alive\r\n", "1.0", true],
  [
    "HTTP/1.0 with keep-alive in a list of two lines",
    "Connection: a\r\nConnection: b,keep-alive\r\n",
    "1.0",
    true,
  ],
  ["HTTP/1.0 with both", "Connection: keep-alive, close\r\n", "1.0", false],
  ["HTTP/1.0 with the field Keep-Alive alone", "Keep-Alive: timeout=5\r\n", "1.0", false],
  ["HTTP/1.2 with close", "Connection: close\r\n", "1.2", false],
];
testRows(
  "`ServerConnection` tells whether the client goes on:",
  connections.map(([name, lines, version, persistent]) => ({
    name,
    rfc: "9112 §9.3",
    bytes: get(`Host: h\r\n${lines}`, version),
    requests: [{ persistent }],
  })),
);

testRows(
  "`ServerConnection` refuses as an option of a connection",
  [
    ["Content-Length", "Connection: Content-Length\r\n", "1.1"],
    ["Transfer-Encoding, in HTTP/1.0", "Connection: keep-alive, transfer-encoding\r\n", "1.0"],
    ["Host, in a second field", "Connection: x\r\nConnection: ,Host\r\n", "1.1"],
    ["Trailer beside close", "Connection: close, trailer\r\n", "1.1"],
    ["X-Forwarded-For", "Connection: X-Forwarded-For\r\n", "1.1"],
  ].map(([name = "", lines, version]) => ({
    name,
    rfc: "9110 §7.6.1",
    bytes: get(`Host: h\r\n${lines}`, version),
    error: "BAD_CONNECTION",
  })),
);

const expectations: [name: string, lines: string, version: string, expected: RequestHead["expectation"]][] = [
  ["none", "", "1.1", "none"],
  ["100-continue", "Expect: 100-continue\r\n", "1.1", "100-continue"],
  ["100-continue in another case", "expect: 100-Continue\r\n", "1.1", "100-continue"],
  ["100-continue twice", "Expect: 100-continue\r\nExpect: ,100-continue\r\n", "1.1", "100-continue"],
  ["an empty one", "Expect:\r\n", "1.1", "none"],
  ["100-continue in HTTP/1.0", "Expect: 100-continue\r\n", "1.0", "none"],
  ["an unknown one in HTTP/1.0", "Expect: miracles\r\n", "1.0", "none"],
  ["an unknown one", "Expect: miracles\r\n", "1.1", "unknown"],
  ["an unknown one beside 100-continue", "Expect: 100-continue, miracles\r\n", "1.1", "unknown"],
  ["100-continue with a parameter", "Expect: 100-continue;a=b\r\n", "1.1", "unknown"],
  ["a number", "Expect: 100\r\n", "1.1", "unknown"],
];
testRows(
  "`ServerConnection` reads an expectation:",
  expectations.map(([name, lines, version, expected]) => ({
    name,
    rfc: "9110 §10.1.1",
    bytes: get(`Host: h\r\n${lines}`, version),
    requests: [{ expectation: expected }],
  })),
);

testRows("`ServerConnection` judges again", [
  {
    name: "the same field section behind another version",
    rfc: "9112 §9.3",
    bytes: get("Host: h\r\n") + get("Host: h\r\n", "1.0") + get("Host: h\r\n"),
    requests: [{ persistent: true }, { persistent: false }, { persistent: true }],
  },
  {
    name: "the empty field section of HTTP/1.0 behind HTTP/1.1",
    rfc: "9112 §3.2",
    bytes: get("", "1.0") + get(""),
    requests: [{ persistent: false }],
    error: "MISSING_HOST",
  },
  {
    name: "a field section that differs in a line end only",
    rfc: "9112 §2.2",
    bytes: `${get("Host: h\r\n")}GET / HTTP/1.1\r\nHost: h\n\r\n`,
    requests: [{ fields: ["Host", "h"] }, { fields: ["Host", "h"] }],
  },
]);
