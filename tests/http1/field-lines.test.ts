import assert from "node:assert/strict";
import test from "node:test";
import { parseFieldLines, valuesOf } from "#src/http1/field-lines.js";
import { testRows } from "../support/protocol-rows.js";

const LINE = "GET / HTTP/1.1\r\n";

const accepted: [name: string, rfc: string, lines: string, fields: string[]][] = [
  [
    "fields in their order, with their case",
    "9110 §5.3",
    "b: 2\r\nA: 1\r\nb: 3\r\n",
    ["b", "2", "A", "1", "b", "3"],
  ],
  ["colons in a value", "9110 §5.5", "a: b: c:d\r\n", ["a", "b: c:d"]],
  ["a tab in a value", "9110 §5.5", "a: b\tc\r\n", ["a", "b\tc"]],
  ["obs-text in a value, byte for byte", "9110 §5.5", "a: \x80\x85\xa0\xff\r\n", ["a", "\x80\x85\xa0\xff"]],
  [
    "a name of every token character",
    "9110 §5.6.2",
    "!#$%&'*+-.^_`|~0aZ: 1\r\n",
    ["!#$%&'*+-.^_`|~0aZ", "1"],
  ],
  [
    "the names of object members",
    "9110 §5.1",
    "__proto__: 1\r\nconstructor: 2\r\n",
    ["__proto__", "1", "constructor", "2"],
  ],
  ["line feeds alone", "9112 §2.2", "a: 1\nb: 2\n", ["a", "1", "b", "2"]],
];
testRows(
  "`ServerConnection` takes",
  accepted.map(([name, rfc, lines, fields]) => ({
    name,
    rfc,
    bytes: `${LINE}Host: h\r\n${lines}\r\n`,
    requests: [{ fields: ["Host", "h", ...fields] }],
  })),
);

testRows("`ServerConnection` takes a bare LF", [
  { name: "for every line end", rfc: "9112 §2.2", bytes: "GET / HTTP/1.1\nHost: h\na: 1\n\n" },
  { name: "for the request line's", rfc: "9112 §2.2", bytes: "GET / HTTP/1.1\nHost: h\r\n\r\n" },
  { name: "for a field line's", rfc: "9112 §2.2", bytes: "GET / HTTP/1.1\r\nHost: h\n\r\n" },
  { name: "for the last one", rfc: "9112 §2.2", bytes: "GET / HTTP/1.1\r\nHost: h\r\n\n" },
  {
    name: "for an empty line before the request",
    rfc: "9112 §2.2",
    bytes: "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
  },
]);

testRows("`ServerConnection` does not take for the real field", [
  {
    name: "names with an underscore, a suffix or a prefix",
    rfc: "9110 §5.1",
    bytes: `${LINE}Host: h\r\nContent_Length: 5\r\nContent-Length-: 5\r\nX-Content-Length: 5\r\nTransfer_Encoding: chunked\r\n\r\n`,
    requests: [{ framing: { kind: "none" } }],
  },
  {
    name: "X-Host",
    rfc: "9112 §3.2",
    bytes: `${LINE}X-Host: h\r\n\r\n`,
    error: "MISSING_HOST",
  },
]);

test("`parseFieldLines` counts the lines before it reads them", () => {
  assert.deepEqual(parseFieldLines("a: 1\r\nb: 2\r\n", 2), ["a", "1", "b", "2"]);
  assert.throws(() => parseFieldLines("a: 1\r\nb: 2\r\nbad", 2), { code: "TOO_MANY_FIELDS" });
  assert.deepEqual(parseFieldLines("", 0), []);
});

test("`valuesOf` finds the values of a name in any case, and of that name only", () => {
  const lines = ["Accept", "a", "ACCEPT", "b", "accept-x", "c", "accep", "d"];
  assert.deepEqual(valuesOf(lines, "accept"), ["a", "b"]);
  assert.deepEqual(valuesOf(lines, "host"), []);
});
