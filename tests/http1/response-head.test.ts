import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fieldBlock, fieldLine, statusLine, withoutField } from "#src/http1/response-head.js";
import { anyText } from "../support/any-text.js";

const CONTROLS = ["\r", "\n", "\0", "\r\nSet-Cookie: a=b", "\x7f", "\x01"];

test("a field line is the name as passed, a colon, a space, the value and a line end", () => {
  assert.equal(fieldLine("X-Name", "a value").text, "X-Name: a value\r\n");
});

test("a field line may have an empty value, tabs and bytes above ASCII", () => {
  assert.equal(fieldLine("X-Empty", "").text, "X-Empty: \r\n");
  assert.equal(fieldLine("X-Latin", "caf\u00e9\tau lait").text, "X-Latin: caf\u00e9\tau lait\r\n");
});

test("a repeated field line is the same object, and another value creates another one", () => {
  const first = fieldLine("X-Again", "1");
  assert.equal(fieldLine("X-Again", "1"), first);
  assert.equal(fieldLine("X-Again", "2").text, "X-Again: 2\r\n");
  assert.equal(fieldLine("X-Again", "1").text, "X-Again: 1\r\n");
});

for (const [name, role] of [
  ["Connection", "connection"],
  ["CONTENT-length", "content-length"],
  ["transfer-encoding", "transfer-encoding"],
  ["Content-Lengths", null],
  ["__proto__", null],
] as const) {
  test(`the field ${name} has ${role === null ? "no role" : `the role ${role}`}`, () => {
    assert.equal(fieldLine(name, "1").role, role);
  });
}

for (const control of CONTROLS) {
  test(`a value with ${JSON.stringify(control)} is refused, and named`, () => {
    assert.throws(() => fieldLine("Location", `/${control}`), { name: "TypeError", message: /Location/ });
  });

  test(`a reason phrase with ${JSON.stringify(control)} is refused`, () => {
    assert.throws(() => statusLine("HTTP/1.1", 200, `OK${control}`), TypeError);
  });
}

for (const name of ["", "a b", "a:", "a\r\nb", "n\u00e4me", "(a)"]) {
  test(`the name ${JSON.stringify(name)} is refused`, () => {
    assert.throws(() => fieldLine(name, "1"), { name: "TypeError", message: /not a token/ });
  });
}

test("removing a field from a head removes its first line with this name, in any case, and keeps the others", () => {
  const head = "HTTP/1.1 200 OK\r\nX-Date: 1\r\ndate: 2\r\nDate: 3\r\nServer: 4\r\n";
  assert.equal(withoutField(head, "Date"), "HTTP/1.1 200 OK\r\nX-Date: 1\r\nDate: 3\r\nServer: 4\r\n");
});

test("a status line is the version, the code, the phrase and a line end, whatever came before", () => {
  assert.equal(statusLine("HTTP/1.1", 200, "OK"), "HTTP/1.1 200 OK\r\n");
  assert.equal(statusLine("HTTP/1.0", 200, "OK"), "HTTP/1.0 200 OK\r\n");
  assert.equal(statusLine("HTTP/1.1", 200, "Fine"), "HTTP/1.1 200 Fine\r\n");
  assert.equal(statusLine("HTTP/1.1", 299, ""), "HTTP/1.1 299 \r\n");
});

test("any name and value are refused or become one line that contains both", () => {
  fc.assert(
    fc.property(fc.string(), anyText(), (name, value) => {
      let line: string;
      try {
        line = fieldLine(name, value).text;
      } catch (error) {
        assert.ok(error instanceof TypeError);
        return;
      }
      assert.equal(line, `${name}: ${value}\r\n`);
      assert.doesNotMatch(line.slice(0, -2), /[\r\n\0]/);
    }),
  );
});

test("a field block is its lines, split at the length", () => {
  const block = fieldBlock([
    ["A", "1"],
    ["Content-Length", "5"],
    ["B", "2"],
    ["C", "3"],
  ]);
  assert.deepEqual(
    [block.before, block.length?.text, block.after],
    ["A: 1\r\n", "Content-Length: 5\r\n", "B: 2\r\nC: 3\r\n"],
  );
  const { before, length, after } = fieldBlock([["A", "1"]]);
  assert.deepEqual([before, length, after], ["A: 1\r\n", null, ""]);
});

for (const [what, field] of Object.entries({
  "a line end": ["A", "1\r\nB: 2"],
  Connection: ["connection", "close"],
  "Transfer-Encoding": ["Transfer-Encoding", "chunked"],
  "a second length": ["content-length", "5"],
} as const)) {
  test(`a field block with ${what} is refused`, () => {
    assert.throws(() => fieldBlock([["Content-Length", "5"], field]), TypeError);
  });
}
