import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatMessage, repr } from "#src/http/percent-format.js";

interface Row {
  format: string;
  args: (string | number | boolean)[];
  text: string;
}

const rows: Row[] = [
  { format: '"%s" %s %s', args: ["GET / HTTP/1.1", "200", "-"], text: '"GET / HTTP/1.1" 200 -' },
  { format: "code %d, message %s", args: [404, "File not found"], text: "code 404, message File not found" },
  { format: "no places", args: [], text: "no places" },
  { format: "", args: [], text: "" },
  { format: "100%%", args: [], text: "100%" },
  { format: "%%%s%%", args: ["%d"], text: "%%d%" },
  {
    format: "%s|%5s|%-5s|%.2s|%5.1s|",
    args: ["abc", "abc", "abc", "abc", "abc"],
    text: "abc|  abc|abc  |ab|    a|",
  },
  { format: "%05s", args: ["ab"], text: "   ab" },
  { format: "%r %r", args: ["it's", 'say "it\'s"'], text: "\"it's\" 'say \"it\\'s\"'" },
  { format: "%d %i %d", args: [3.9, -3.9, 0], text: "3 -3 0" },
  { format: "%5d|%-5d|%05d", args: [42, 42, -42], text: "   42|42   |-0042" },
  { format: "%d", args: [1e21], text: "1000000000000000000000" },
  { format: "%x %x %04x", args: [255, -255, 10], text: "ff -ff 000a" },
  {
    format: "%f|%.1f|%.0f|%8.2f|%08.2f",
    args: [1.5, 0.26, 2.6, -1.256, -1.256],
    text: "1.500000|0.3|3|   -1.26|-0001.26",
  },
  { format: "%s\n%s", args: ["a", "b"], text: "a\nb" },
];

describe("formatMessage", () => {
  for (const { format, args, text } of rows) {
    test(`\`formatMessage\` makes ${JSON.stringify(text)} of ${JSON.stringify(format)}`, () => {
      assert.equal(formatMessage(format, args), text);
    });
  }

  test("`formatMessage` agrees with Python", (context) => {
    let texts: unknown;
    try {
      const program =
        "import json, sys; print(json.dumps([r['format'] % tuple(r['args']) for r in json.load(sys.stdin)]))";
      texts = JSON.parse(
        execFileSync("python3", ["-c", program], { input: JSON.stringify(rows), encoding: "utf8" }),
      );
    } catch {
      return context.skip("no Python 3 here");
    }
    assert.deepEqual(
      rows.map(({ format, args }) => formatMessage(format, args)),
      texts,
    );
  });

  const refused: { why: string; format: string; args: unknown[]; message: RegExp }[] = [
    {
      why: "too few arguments",
      format: "%s %s",
      args: ["a"],
      message: /^Not enough arguments for log format '%s %s'$/,
    },
    {
      why: "too many arguments",
      format: "%s",
      args: ["a", "b"],
      message: /^Too many arguments for log format '%s': 2, not 1$/,
    },
    {
      why: "a place that it does not know",
      format: "%q",
      args: ["a"],
      message: /has '%q', which is not one of %s %r/,
    },
    { why: "a named place", format: "%(a)s", args: ["a"], message: /has '%\('/ },
    { why: "a lone percent sign", format: "100%", args: [], message: /has '%'/ },
    {
      why: "a text where a number belongs",
      format: "%d",
      args: ["1"],
      message: /^%d in a log format needs a number, not '1'$/,
    },
    {
      why: "NaN where an integer belongs",
      format: "%d",
      args: [Number.NaN],
      message: /needs a finite number, not NaN$/,
    },
  ];
  for (const { why, format, args, message } of refused) {
    test(`\`formatMessage\` refuses ${why}`, () => {
      assert.throws(() => formatMessage(format, args), { name: "TypeError", message });
    });
  }

  const values: { value: unknown; text: string }[] = [
    { value: null, text: "null" },
    { value: undefined, text: "undefined" },
    { value: 12n, text: "12" },
    { value: ["127.0.0.1", 80], text: "[ '127.0.0.1', 80 ]" },
    { value: { a: 1 }, text: "{ a: 1 }" },
    { value: Object.create(null), text: "[Object: null prototype] {}" },
    { value: new RangeError("no"), text: "RangeError: no" },
    { value: new URL("http://h/x"), text: "http://h/x" },
  ];
  for (const { value, text } of values) {
    test(`\`formatMessage\` shows a value as ${text}`, () =>
      assert.equal(formatMessage("%s", [value]), text));
  }

  test("`formatMessage` caches a limited number of formats", () => {
    for (let index = 0; index < 1000; index++)
      assert.equal(formatMessage(`${index} %s`, ["x"]), `${index} x`);
  });

  test("`formatMessage` returns a message or throws a TypeError, for any format", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."%sdxf-0+ #.123(a)") }),
        fc.array(fc.string()),
        (format, args) => {
          try {
            assert.equal(typeof formatMessage(format, args), "string");
          } catch (error) {
            assert.ok(error instanceof TypeError || error instanceof RangeError);
          }
        },
      ),
    );
  });
});

describe("repr", () => {
  const texts = [
    "GET",
    "",
    "it's",
    'say "x"',
    `"it's"`,
    "a\\b",
    "\t\r\n\0\x1b\x7f\x80\xa0\xff",
    "é\u200b\u2028",
    "😀\u{e0001}",
  ];
  const expected = [
    "'GET'",
    "''",
    `"it's"`,
    `'say "x"'`,
    `'"it\\'s"'`,
    "'a\\\\b'",
    "'\\t\\r\\n\\x00\\x1b\\x7f\\x80\\xa0ÿ'",
    "'é\\u200b\\u2028'",
    "'😀\\U000e0001'",
  ];
  for (const [index, text] of texts.entries()) {
    test(`\`repr\` quotes ${JSON.stringify(text)} as Python does`, () =>
      assert.equal(repr(text), expected[index]));
  }
});
