import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { formatHttpDate, parseHttpDate } from "#src/http1/http-date.js";
import { anyText } from "../support/any-text.js";

const EXAMPLE = 784_111_777; // the example of RFC 9110 §5.6.7
const NOW = Date.UTC(2026, 5, 15, 12) / 1000;

test("`formatHttpDate` writes an IMF-fixdate and rounds down to a second", () => {
  const rows: [seconds: number, text: string][] = [
    [EXAMPLE, "Sun, 06 Nov 1994 08:49:37 GMT"],
    [EXAMPLE + 0.999, "Sun, 06 Nov 1994 08:49:37 GMT"],
    [0, "Thu, 01 Jan 1970 00:00:00 GMT"],
    [-0.5, "Wed, 31 Dec 1969 23:59:59 GMT"],
    [-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"],
    [253_402_300_799.5, "Fri, 31 Dec 9999 23:59:59 GMT"],
  ];
  for (const [seconds, text] of rows) assert.equal(formatHttpDate(seconds), text);
});

for (const seconds of [Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800, -62_167_219_201]) {
  test(`\`formatHttpDate\` refuses ${seconds}`, () => {
    assert.throws(
      () => formatHttpDate(seconds),
      (error: unknown) => error instanceof RangeError && error.message.includes(String(seconds)),
    );
  });
}

const accepted: [text: string, seconds: number][] = [
  ["Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE],
  ["Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE],
  ["Sun Nov  6 08:49:37 1994", EXAMPLE],
  ["Sun Nov 06 08:49:37 1994", EXAMPLE],
  ["Mon, 06 Nov 1994 08:49:37 GMT", EXAMPLE], // a wrong weekday
  ["Tue, 29 Feb 2000 00:00:00 GMT", Date.UTC(2000, 1, 29) / 1000],
  ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1) / 1000],
  ["Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200],
  ["Fri, 01 Jan 0099 00:00:00 GMT", new Date("0099-01-01T00:00:00Z").getTime() / 1000],
];
for (const [text, seconds] of accepted) {
  test(`\`parseHttpDate\` reads ${JSON.stringify(text)}`, () =>
    assert.equal(parseHttpDate(text, NOW), seconds));
}

const refused = [
  "",
  "0",
  "784111777",
  "1994-11-06T08:49:37Z",
  "sun, 06 Nov 1994 08:49:37 GMT",
  "Sun, 06 nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 08:49:37 gmt",
  "Sun, 06 Nov 1994 08:49:37 UTC",
  "Sun, 06 Nov 1994 08:49:37 +0000",
  "Sun, 06 Nov 1994 08:49:37",
  "Sun, 6 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 94 08:49:37 GMT",
  "Sun,06 Nov 1994 08:49:37 GMT",
  "Sun, 06  Nov 1994 08:49:37 GMT",
  "06 Nov 1994 08:49:37 GMT",
  "Foo, 06 Nov 1994 08:49:37 GMT",
  "Sunday, 06 Nov 1994 08:49:37 GMT",
  "Sun, 06-Nov-94 08:49:37 GMT",
  "Sunday, 06-Nov-1994 08:49:37 GMT",
  "Sun Nov 6 08:49:37 1994",
  "Sun Nov  6 08:49:37 1994 GMT",
  " Sun, 06 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 08:49:37 GMT ",
  "Sun, 06 Nov 1994 08:49:37 GMT\n",
  "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
  "Sun, ٠٦ Nov 1994 08:49:37 GMT",
  "Sun, 00 Nov 1994 08:49:37 GMT",
  "Sun, 31 Nov 1994 08:49:37 GMT",
  "Thu, 31 Feb 1994 08:49:37 GMT",
  "Mon, 29 Feb 1900 00:00:00 GMT",
  "Sun, 32 Dec 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 24:00:00 GMT",
  "Sun, 06 Nov 1994 08:60:00 GMT",
  "Sun, 06 Nov 1994 08:49:60 GMT",
  "Sun, 06 Nov 1994 23:59:61 GMT",
];
for (const text of refused) {
  test(`\`parseHttpDate\` refuses ${JSON.stringify(text)}`, () =>
    assert.equal(parseHttpDate(text, NOW), undefined));
}

const centuries: [text: string, now: string, year: number | undefined][] = [
  ["Monday, 15-Jun-76 12:00:00 GMT", "2026-06-15T12:00:00Z", 2076], // 50 years ahead, to the second
  ["Monday, 15-Jun-76 12:00:01 GMT", "2026-06-15T12:00:00Z", 1976], // one second more
  ["Monday, 01-Jan-77 00:00:00 GMT", "2026-06-15T12:00:00Z", 1977],
  ["Monday, 01-Jan-26 00:00:00 GMT", "2026-06-15T12:00:00Z", 2026],
  ["Monday, 01-Jan-00 00:00:00 GMT", "1999-12-31T23:59:59Z", 2000],
  ["Monday, 01-Jan-05 00:00:00 GMT", "2060-01-01T00:00:00Z", 2105],
  ["Monday, 01-Jan-50 00:00:00 GMT", "2060-01-01T00:00:00Z", 2050],
  ["Tuesday, 29-Feb-00 00:00:00 GMT", "2026-06-15T12:00:00Z", 2000],
  ["Monday, 29-Feb-00 00:00:00 GMT", "2060-01-01T00:00:00Z", undefined], // 2100 has none
];
for (const [text, now, year] of centuries) {
  test(`\`parseHttpDate\` at ${now} takes ${text} for ${year ?? "no date"}`, () => {
    const seconds = parseHttpDate(text, Date.parse(now) / 1000);
    assert.equal(seconds === undefined ? undefined : new Date(seconds * 1000).getUTCFullYear(), year);
  });
}

test("`parseHttpDate` reads every date that `formatHttpDate` writes", () => {
  const anySecond = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 });
  fc.assert(fc.property(anySecond, (seconds) => parseHttpDate(formatHttpDate(seconds)) === seconds));
});

test("`parseHttpDate` refuses a date with one wrong character, except in weekday and digits", () => {
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const fixed = [3, 4, 7, 11, 16, 19, 22, 25, 26, 27, 28];
  fc.assert(
    fc.property(fc.constantFrom(...fixed), fc.string({ maxLength: 2 }), (place, other) => {
      fc.pre(other !== date[place]);
      return parseHttpDate(date.slice(0, place) + other + date.slice(place + 1)) === undefined;
    }),
  );
});

test("`parseHttpDate` returns a number or `undefined` for any text", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      assert.equal(parseHttpDate(text), undefined);
    }),
  );
});
