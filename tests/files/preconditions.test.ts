import assert from "node:assert/strict";
import test from "node:test";

import { notModifiedSince } from "#src/files/preconditions.js";

const AT = "Sun, 06 Nov 1994 08:49:37 GMT";
const MTIME = 784_111_777;

const rows: [
  name: string,
  since: string | null,
  noneMatch: string | null,
  mtime: number,
  expected: boolean,
][] = [
  ["says no without a date", null, null, MTIME, false],
  ["says yes for the same second", AT, null, MTIME, true],
  ["says yes for a fraction of the same second", AT, null, MTIME + 0.999, true],
  ["says no for the next second", AT, null, MTIME + 1, false],
  ["says yes for an older file", AT, null, MTIME - 1, true],
  ["reads rfc850 dates", "Sunday, 06-Nov-94 08:49:37 GMT", null, MTIME, true],
  ["reads asctime dates", "Sun Nov  6 08:49:37 1994", null, MTIME, true],
  ["counts dates in the future", "Fri, 31 Dec 9999 23:59:59 GMT", null, MTIME, true],
  ["ignores what is not a date", "yesterday", null, MTIME, false],
  ["ignores another zone", "Sun, 06 Nov 1994 08:49:37 EST", null, MTIME, false],
  ["ignores an empty value", "", null, MTIME, false],
  ["is off where there is an If-None-Match", AT, '"x"', MTIME, false],
  ["is off where If-None-Match is empty", AT, "", MTIME, false],
];
for (const [name, since, noneMatch, mtime, expected] of rows) {
  test(`\`notModifiedSince\` ${name}`, () =>
    assert.equal(notModifiedSince(since, noneMatch, mtime), expected));
}
