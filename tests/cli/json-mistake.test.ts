import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { findMistake } from "#src/cli/json-mistake.js";

describe("findMistake", () => {
  const rows = [
    { text: "", line: 1, column: 1 },
    { text: "  \n ", line: 2, column: 2 },
    { text: "{", line: 1, column: 2 },
    { text: '{"a"', line: 1, column: 5 },
    { text: '{"a":1,}', line: 1, column: 8 },
    { text: '{"a":1 "b":2}', line: 1, column: 8 },
    { text: '{"a" 1}', line: 1, column: 6 },
    { text: "{1:2}", line: 1, column: 2 },
    { text: "[1,]", line: 1, column: 4 },
    { text: "[1}", line: 1, column: 3 },
    { text: "{]", line: 1, column: 2 },
    { text: "[1] 2", line: 1, column: 5 },
    { text: "[1],", line: 1, column: 4 },
    { text: "]", line: 1, column: 1 },
    { text: "01", line: 1, column: 1 },
    { text: "1.", line: 1, column: 1 },
    { text: "+1", line: 1, column: 1 },
    { text: "nul", line: 1, column: 1 },
    { text: "nullx", line: 1, column: 1 },
    { text: "NaN", line: 1, column: 1 },
    { text: "'a'", line: 1, column: 1 },
    { text: '["a\nb"]', line: 1, column: 2 },
    { text: '["\\x"]', line: 1, column: 2 },
    { text: '{\r\n\t"a": 1,\r\n\t"b": tru\r\n}', line: 3, column: 7 },
    { text: "{ // comment\n}", line: 1, column: 3 },
  ];
  for (const { text, line, column } of rows) {
    test(`\`findMistake\` finds the error in ${JSON.stringify(text)}`, () => {
      assert.throws(() => JSON.parse(text), SyntaxError);
      assert.deepEqual(findMistake(text), { line, column, name: null });
    });
  }

  const repeated = [
    { text: '{"a": 1, "a": 2}', name: "a", column: 10 },
    { text: '{"a": {"b": {}, "\\u0062": 1}}', name: "b", column: 17 },
    { text: '[{"a": ["a"], "b": "a"}, {"a": 1, "b": {"a": 2}, "b": 3}]', name: "b", column: 50 },
  ];
  for (const { text, name, column } of repeated) {
    test(`\`findMistake\` finds the second ${name} in ${text}`, () => {
      assert.deepEqual(findMistake(text), { line: 1, column, name });
    });
  }

  test("`findMistake` finds nothing in valid JSON", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom("", " ", "\t"), (json, indent) => {
        assert.equal(findMistake(`${JSON.stringify(JSON.parse(json), null, indent)}\n`), null);
      }),
    );
  });

  test("`findMistake` finds a place inside the text exactly if `JSON.parse` fails or a name is repeated", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"1x \n'), (json, at, put) => {
        const offset = at % (json.length + 1);
        const text = json.slice(0, offset) + put + json.slice(offset);
        const mistake = findMistake(text);
        if (mistake === null) return void JSON.parse(text);
        const { line, column, name } = mistake;
        assert.ok(line >= 1 && line <= text.split("\n").length && column >= 1);
        if (name === null) assert.throws(() => JSON.parse(text), SyntaxError);
      }),
    );
  });
});
