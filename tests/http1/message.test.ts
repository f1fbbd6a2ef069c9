import assert from "node:assert/strict";
import test from "node:test";
import { HTTPMessage } from "#src/http1/message.js";

const message = () => new HTTPMessage(["A", "1", "b", "2", "a", "3"]);

test("`HTTPMessage.get` returns the first value of a name in any case, else `failobj`", () => {
  const headers = message();
  assert.equal(headers.get("A"), "1");
  assert.equal(headers.get("a"), "1");
  assert.equal(headers.get("B"), "2");
  assert.equal(headers.get("z"), null);
  assert.equal(headers.get("z", "default"), "default");
  assert.equal(headers.get("z", undefined), null);
  assert.equal(headers.get("", 5), 5);
});

test("`HTTPMessage.get_all` returns all values of a name, else `failobj`", () => {
  const headers = message();
  assert.deepEqual(headers.get_all("A"), ["1", "3"]);
  assert.deepEqual(headers.get_all("b"), ["2"]);
  assert.equal(headers.get_all("z"), null);
  assert.deepEqual(headers.get_all("z", []), []);
});

test("`HTTPMessage.has` is Python's `in`", () => {
  assert.equal(message().has("B"), true);
  assert.equal(message().has("z"), false);
});

test("`HTTPMessage.has_any` looks for names in all lines, not in values", () => {
  assert.equal(message().has_any(new Set(["z", "b"])), true);
  assert.equal(message().has_any(new Set(["z", "1"])), false);
});

test("`HTTPMessage` finds the names of object members only where they were sent", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assert.equal(message().get(name), null);
    assert.equal(new HTTPMessage([name, "x"]).get(name), "x");
  }
});

test("`HTTPMessage.length`, `keys`, `values` and `items` count every field", () => {
  const headers = message();
  assert.equal(headers.length, 3);
  assert.deepEqual(headers.keys(), ["A", "b", "a"]);
  assert.deepEqual(headers.values(), ["1", "2", "3"]);
  assert.deepEqual(headers.items(), [
    ["A", "1"],
    ["b", "2"],
    ["a", "3"],
  ]);
  assert.deepEqual([...headers], headers.items());
  assert.equal(new HTTPMessage().length, 0);
});

test("`HTTPMessage.add_header` adds a field at the end, even if the name exists already", () => {
  const headers = message();
  headers.add_header("B", "4");
  assert.deepEqual(headers.get_all("b"), ["2", "4"]);
  assert.deepEqual(headers.keys(), ["A", "b", "a", "B"]);
});

test("`HTTPMessage.replace_header` changes the first value in place, and keeps the name", () => {
  const headers = message();
  headers.replace_header("a", "9");
  assert.deepEqual(headers.items(), [
    ["A", "9"],
    ["b", "2"],
    ["a", "3"],
  ]);
  assert.throws(() => headers.replace_header("z", "1"), /TypeError: .*"z"/);
});

test("`HTTPMessage.delete` removes all fields of a name, and accepts an unknown name", () => {
  const headers = new HTTPMessage(["A", "1", "a", "2", "b", "3", "a", "4"]);
  headers.delete("A");
  assert.deepEqual(headers.items(), [["b", "3"]]);
  headers.delete("z");
  assert.equal(headers.length, 1);
});

test("`HTTPMessage` does not change the lines passed to it", () => {
  const lines = Object.freeze(["A", "1"]);
  const headers = new HTTPMessage(lines);
  headers.add_header("b", "2");
  headers.replace_header("a", "3");
  assert.deepEqual(lines, ["A", "1"]);
});

test("`HTTPMessage.toString` writes the fields as in a message", () => {
  assert.equal(String(message()), "A: 1\r\nb: 2\r\na: 3\r\n\r\n");
  assert.equal(String(new HTTPMessage()), "\r\n");
});

// Results of Python 3.11.
const contentTypes: [value: string, type: string, charset: string | null][] = [
  ["text/html", "text/html", null],
  ["TEXT/HTML; charset=UTF-8", "text/html", "utf-8"],
  [' text/html ;charset="utf-8"', "text/html", "utf-8"],
  ["text", "text/plain", null],
  ["text/html/x", "text/plain", null],
  ["", "text/plain", null],
  ["text/", "text/", null],
  ["text/plain; charset =x", "text/plain", "x"],
  ["text/plain; charset= x ; y=z", "text/plain", "x"],
  ["text/plain; CHARSET=x", "text/plain", "x"],
  ['text/plain; title="; charset=x"', "text/plain", null],
  ['text/plain; title="a\\"; charset=y"; charset=z', "text/plain", "z"],
  ["text/plain; xcharset=x", "text/plain", null],
  ["text/plain; charset=", "text/plain", ""],
  ["text/plain;charset=a;charset=b", "text/plain", "a"],
  ["text/plain; charset=utf-8; q=1", "text/plain", "utf-8"],
  ['text/plain;charset="a;b"', "text/plain", "a;b"],
  ['text/plain; charset="a\\"b"', "text/plain", 'a"b'],
  ["text/plain; charset='x'", "text/plain", "'x'"],
  ["text/plain; charset=\xc3\xa9", "text/plain", null],
];
for (const [value, type, charset] of contentTypes) {
  test(`\`HTTPMessage\` reads the Content-Type ${JSON.stringify(value)}`, () => {
    const headers = new HTTPMessage(["content-type", value]);
    assert.equal(headers.get_content_type(), type);
    assert.equal(`${headers.get_content_maintype()}/${headers.get_content_subtype()}`, type);
    assert.equal(headers.get_content_charset(), charset);
    assert.equal(headers.get_content_charset("latin-1"), charset ?? "latin-1");
  });
}

test("`HTTPMessage` without a Content-Type is `text/plain`", () => {
  assert.equal(new HTTPMessage().get_content_type(), "text/plain");
  assert.equal(new HTTPMessage().get_content_charset(), null);
});
