import assert from "node:assert/strict";
import test from "node:test";
import { parseFieldLines, valuesOf } from "#src/http1/field-lines.js";
import { type ProtocolRow, testRows } from "../support/protocol-rows.js";

const LINE = "GET / HTTP/1.1\r\n";

const accepted: [name: string, rfc: string, lines: string, fields: string[]][] = [
  [
    "fields in their order, with their case",
    "9110 §5.3",
    "b: 2\r\nA: 1\r\nb: 3\r\n",
    ["b", "2", "A", "1", "b", "3"],
  ],
  ["no space behind the colon", "9112 §5", "a:1\r\n", ["a", "1"]],
  ["spaces and tabs around a value, which are not its own", "9112 §5.1", "a:\t  1 2\t \r\n", ["a", "1 2"]],
  ["an empty value", "9110 §5.5", "a:\r\nb: \t\r\n", ["a", "", "b", ""]],
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

const refused: [name: string, rfc: string, lines: string, error?: ProtocolRow["error"]][] = [
  ["no colon", "9112 §5", "abc\r\n"],
  ["no colon, where Python ends the fields", "9112 §5", "abc\r\nContent-Length: 5\r\n"],
  ["no name", "9112 §5", ": value\r\n"],
  ["a space before the colon", "9112 §5.1", "Content-Length : 5\r\n"],
  ["a tab before the colon", "9112 §5.1", "a\t: 5\r\n"],
  ["a space in the name", "9112 §5.1", "a b: 5\r\n"],
  ["a name in quotes", "9110 §5.6.2", '"a": 5\r\n'],
  ["a name with obs-text", "9110 §5.6.2", "\xe4: 5\r\n"],
  ["a name that ends in 0xA0", "9110 §5.6.2", "Content-Length\xa0: 5\r\n"],
  ["a name that begins with 0x85", "9110 §5.6.2", "\x85a: 5\r\n"],
  ["a NUL in a name", "9110 §5.5", "a\0b: 5\r\n"],
  ["a NUL in a value", "9110 §5.5", "a: b\0c\r\n"],
  ["a NUL at a value's end", "9110 §5.5", "a: b\0\r\n"],
  ["DEL in a value", "9110 §5.5", "a: \x7f\r\n"],
  ["a bare CR in a value", "9112 §2.2", "a: b\rc: d\r\n", "BARE_CR"],
  ["a bare CR at a value's end", "9112 §2.2", "a: b\r\r\n", "BARE_CR"],
  ["a bare CR at a value's beginning", "9112 §2.2", "a:\rb\r\n", "BARE_CR"],
  ["a bare CR in a name", "9112 §2.2", "a\rb: c\r\n", "BARE_CR"],
  ["a line of a bare CR", "9112 §2.2", "\r\r\n", "BARE_CR"],
  ["folding with a space", "9112 §5.2", "a: b\r\n c\r\n", "FOLDED_FIELD"],
  ["folding with a tab", "9112 §5.2", "a: b\r\n\tc: d\r\n", "FOLDED_FIELD"],
  ["folding into an empty line", "9112 §5.2", "a: b\r\n \r\n", "FOLDED_FIELD"],
  ["folding behind a bare LF", "9112 §5.2", "a: b\n c\n", "FOLDED_FIELD"],
];
for (const code of [0x01, 0x08, 0x0b, 0x0c, 0x1b, 0x1c, 0x1f]) {
  const control = String.fromCharCode(code);
  const name = `0x${code.toString(16).padStart(2, "0")}`;
  refused.push([`${name} before a value`, "9110 §5.5", `a:${control}5\r\n`]);
  refused.push([`${name} behind a value`, "9110 §5.5", `a: 5${control}\r\n`]);
  refused.push([`${name} before a name`, "9110 §5.6.2", `${control}a: 5\r\n`]);
}
testRows(
  "`ServerConnection` refuses a field line with",
  refused.map(([name, rfc, lines, error = "BAD_FIELD"]) => ({
    name,
    rfc,
    bytes: `${LINE}Host: h\r\n${lines}\r\n`,
    error,
  })),
);

testRows("`ServerConnection` refuses an indented first line", [
  { name: "of a space", rfc: "9112 §2.2", bytes: `${LINE} Host: h\r\n\r\n`, error: "FOLDED_FIELD" },
  { name: "of a tab", rfc: "9112 §2.2", bytes: `${LINE}\tHost: h\r\n\r\n`, error: "FOLDED_FIELD" },
  {
    name: "that is nothing else",
    rfc: "9112 §2.2",
    bytes: `${LINE} \r\nHost: h\r\n\r\n`,
    error: "FOLDED_FIELD",
  },
]);

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

test("`valuesOf` finds the values of a name in any case, and of no other name", () => {
  const lines = ["Accept", "a", "ACCEPT", "b", "accept-x", "c", "accep", "d"];
  assert.deepEqual(valuesOf(lines, "accept"), ["a", "b"]);
  assert.deepEqual(valuesOf(lines, "host"), []);
});
