import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { findJsonError } from "#src/cli/json-error.js";

describe("findJsonError", () => {
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
    test(`\`findJsonError\` finds the error in ${JSON.stringify(text)}`, () => {
      assert.throws(() => JSON.parse(text), SyntaxError);
      assert.deepEqual(findJsonError(text), { line, column });
    });
  }

  test("`findJsonError` finds nothing before the end of good JSON", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom("", " ", "\t"), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        const last = text.split("\n");
        assert.deepEqual(findJsonError(text), { line: last.length, column: (last.at(-1)?.length ?? 0) + 1 });
      }),
    );
  });

  test("`findJsonError` gives a place inside the text for any damage", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"1x \n'), (json, at, put) => {
        const offset = at % (json.length + 1);
        const text = json.slice(0, offset) + put + json.slice(offset);
        const { line, column } = findJsonError(text);
        assert.ok(line >= 1 && line <= text.split("\n").length && column >= 1);
      }),
    );
  });
});
