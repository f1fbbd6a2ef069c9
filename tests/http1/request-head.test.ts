import type { RequestHead } from "#src/http1/request-head.js";
import { testRows } from "../support/protocol-rows.js";

/** Returns a GET of an HTTP version with some field lines. */
function get(lines: string, version = "1.1"): string {
  return `GET / HTTP/${version}\r\n${lines}\r\n`;
}

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
  ["HTTP/1.1 with close", "Connection: close\r\n", "1.1", false],
  ["close behind 0xA0", "Connection: \xa0close\r\n", "1.1", true],
  ["another field's close", "Proxy-Connection: close\r\n", "1.1", true],
  ["HTTP/1.0 without a word", "", "1.0", false],
  ["HTTP/1.0 with keep-alive", "Connection: Keep-Alive\r\n", "1.0", true],
  [
    "HTTP/1.0 with keep-alive in a list of two lines",
    "Connection: a\r\nConnection: b,keep-alive\r\n",
    "1.0",
    true,
  ],
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

const expectations: [name: string, lines: string, version: string, expected: RequestHead["expectation"]][] = [
  ["none", "", "1.1", "none"],
  ["100-continue", "Expect: 100-continue\r\n", "1.1", "100-continue"],
  ["100-continue twice", "Expect: 100-continue\r\nExpect: ,100-continue\r\n", "1.1", "100-continue"],
  ["an empty one", "Expect:\r\n", "1.1", "none"],
  ["an unknown one in HTTP/1.0", "Expect: miracles\r\n", "1.0", "none"],
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
