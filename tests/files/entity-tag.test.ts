import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  codedEntityTag,
  type EntityTag,
  type EntityTagList,
  isEntityTag,
  matchesStrongly,
  matchesWeakly,
  parseEntityTagList,
} from "#src/files/entity-tag.js";
import { anyText } from "../support/any-text.js";

const tags: [text: string, expected: boolean][] = [
  ['"xyzzy"', true],
  ['W/"xyzzy"', true],
  ['""', true],
  ['W/""', true],
  ['"a,b"', true],
  ['"a\\"', true], // a backslash escapes nothing (RFC 9110 §8.8.3)
  ['"!#~\x80\xff"', true],
  ['w/"xyzzy"', false],
  ['W "xyzzy"', false],
  ['W/ "xyzzy"', false],
  ["xyzzy", false],
  ["", false],
  ['"', false],
  ['"xyzzy', false],
  ['xyzzy"', false],
  ['"a b"', false],
  ['"a"b"', false],
  ['"a\x7f"', false],
  ['"a\x1f"', false],
  ['"a\n"', false],
  ['"a"\n', false],
  ['"ā"', false],
  [' "a"', false],
  ['"a" ', false],
  ['"a","b"', false],
  ["*", false],
];
for (const [text, expected] of tags) {
  test(`\`isEntityTag\` says ${expected} for ${JSON.stringify(text)}`, () =>
    assert.equal(isEntityTag(text), expected));
}

const lists: [value: string, expected: EntityTagList][] = [
  ['"a"', ['"a"']],
  ['"a", "b"', ['"a"', '"b"']],
  ['"a","b"', ['"a"', '"b"']],
  ['W/"a" \t,\t "b"', ['W/"a"', '"b"']],
  ['"a,b", W/"c, d"', "invalid"], // a space is in no tag
  ['"a,b", W/"c,,d"', ['"a,b"', 'W/"c,,d"']],
  [', ,"a", ,, "b",\t,', ['"a"', '"b"']],
  ['  "a"  ', ['"a"']],
  ["", []],
  [" , ,", []],
  ["*", "*"],
  [" *\t", "*"],
  ["**", "invalid"],
  ["*, *", "invalid"],
  ['*, "a"', "invalid"],
  ['"a", *', "invalid"],
  ['"a" "b"', "invalid"],
  ['"a""b"', "invalid"],
  ['"a"; "b"', "invalid"],
  ['"a", b', "invalid"],
  ['"a", "b', "invalid"],
  ["a", "invalid"],
  ['w/"a"', "invalid"],
  ['"a"\n', "invalid"],
  ['"a",\u00a0"b"', "invalid"],
];
for (const [value, expected] of lists) {
  test(`\`parseEntityTagList\` makes ${JSON.stringify(expected)} of ${JSON.stringify(value)}`, () =>
    assert.deepEqual(parseEntityTagList(value), expected));
}

// The table of RFC 9110 §8.8.3.2, and the case of letters.
const comparisons: [one: EntityTag, other: EntityTag, strongly: boolean, weakly: boolean][] = [
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', 'W/"1"', false, true],
  ['"1"', '"1"', true, true],
  ['"a"', '"A"', false, false],
  ['"W/"', 'W/"W/"', false, true],
];
for (const [one, other, strongly, weakly] of comparisons) {
  test(`${one} and ${other} match ${strongly ? "strongly" : weakly ? "weakly" : "not at all"}`, () => {
    assert.equal(matchesStrongly(one, other), strongly);
    assert.equal(matchesWeakly(one, other), weakly);
  });
}

for (const [tag, expected] of [
  ['"x"', 'W/"x-gzip"'],
  ['W/"x"', 'W/"x-gzip"'],
  ['""', 'W/"-gzip"'],
] as const) {
  test(`\`codedEntityTag\` makes ${expected} of ${tag}`, () => {
    const coded = codedEntityTag(tag, "gzip");
    assert.equal(coded, expected);
    assert.ok(isEntityTag(coded));
    assert.ok(!matchesWeakly(coded, tag));
  });
}

const opaque = fc
  .array(fc.constantFrom(..."!#'(),-./0Az~\x80\xff"), { maxLength: 10 })
  .map((characters) => characters.join(""));
const anyTag = fc
  .tuple(opaque, fc.boolean())
  .map(([text, weak]): EntityTag => (weak ? `W/"${text}"` : `"${text}"`));
const separator = fc.constantFrom(",", ", ", " ,", ",,", "\t, ,\t");

test("`parseEntityTagList` returns all tags of a list, for any separators", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyTag, separator), { maxLength: 20 }), (members) => {
      const value = members.flat().join("");
      assert.deepEqual(
        parseEntityTagList(value),
        members.map(([tag]) => tag),
      );
    }),
  );
});

test("`parseEntityTagList` accepts any text, and returns only tags", () => {
  const pieces = fc.array(fc.constantFrom('"', "W/", ",", " ", "*", "a", "\\", "\n", "é", "€"), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        anyText(),
        pieces.map((some) => some.join("")),
      ),
      (value) => {
        const list = parseEntityTagList(value);
        assert.ok(list === "*" || list === "invalid" || list.every(isEntityTag));
      },
    ),
  );
});

test("`parseEntityTagList` reads a megabyte of an almost valid list in linear time", () => {
  const size = 1_000_000;
  for (const value of [" ".repeat(size), `${",".repeat(size)}x`, '"'.repeat(size), `"a"${" ".repeat(size)}x`])
    parseEntityTagList(value); // in quadratic time, this would not come to an end
});
