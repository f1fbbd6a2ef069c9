import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { isEntityTag, isWeak, matchesWeakly } from "#src/files/entity-tag.js";
import {
  type ContentFacts,
  dateToSend,
  fileEntityTag,
  hasFixedDate,
  isDateReliable,
  isSettled,
  isTagGood,
  lastModifiedOf,
} from "#src/files/validators.js";
import { temporaryTree } from "../support/file-server.js";

const NOW = Date.UTC(2026, 5, 15, 12);
const OLD: ContentFacts = { size: 10, mtimeMs: NOW - 60_000, ctimeMs: NOW - 60_000, ino: 7 };

const settling: [name: string, facts: Partial<ContentFacts>, expected: boolean][] = [
  ["changed a minute ago", {}, true],
  ["changed two seconds ago", { mtimeMs: NOW - 2000, ctimeMs: NOW - 2000 }, true],
  ["changed a little less than two seconds ago", { mtimeMs: NOW - 1999.75, ctimeMs: NOW - 1999.75 }, false],
  ["changed now", { mtimeMs: NOW, ctimeMs: NOW }, false],
  ["with an old date that was set just now", { ctimeMs: NOW - 100 }, false],
  ["changed just now, on a file system without times of change", { mtimeMs: NOW - 100, ctimeMs: 0 }, false],
  ["changed in the future, by a server's clock", { mtimeMs: NOW + 5000, ctimeMs: NOW + 5000 }, false],
];
for (const [name, facts, expected] of settling) {
  test(`a file ${name} is ${expected ? "settled, its tag strong" : "not settled, its tag weak"}`, () => {
    const file = { ...OLD, ...facts };
    assert.equal(isSettled(file, NOW), expected);
    assert.equal(isWeak(fileEntityTag(file, NOW)), !expected);
    assert.equal(isTagGood(fileEntityTag(file, NOW), file, NOW, null), expected);
  });
}

const dates: [date: string, fixed: boolean][] = [
  ["1969-12-31T23:59:59Z", true],
  ["1970-01-01T00:00:00Z", true],
  ["1970-01-01T00:00:01Z", true], // Nix
  ["1979-12-31T22:00:00Z", true], // Zip, where it is two hours later
  ["1980-01-01T00:00:00Z", true], // Zip
  ["1980-02-01T00:00:00Z", true], // Gradle
  ["1984-06-22T21:50:00Z", true], // Yarn
  ["1985-10-26T08:15:00Z", true], // npm
  ["1990-12-31T23:59:59.999Z", true],
  ["1991-01-01T00:00:00Z", false],
  ["1999-12-31T23:59:59Z", false],
  ["2000-01-01T00:00:00Z", true], // Bazel's packages
  ["2000-01-01T00:00:01Z", false],
  ["2006-07-24T01:21:28Z", true], // Cargo's packages
  ["2006-07-24T01:21:29Z", false],
  ["2026-06-15T11:00:00Z", false],
];
for (const [date, fixed] of dates) {
  test(`a date of ${date} is ${fixed ? "that of a tool" : "one of its own"}`, () => {
    const file = { ...OLD, mtimeMs: Date.parse(date) };
    assert.equal(hasFixedDate(file), fixed);
    assert.equal(isWeak(fileEntityTag(file, NOW)), false, "the tag does not depend on it");
  });
}

const oneStep = 2 ** -12; // the least difference of doubles of this size: 0.24 µs
for (const [name, facts] of Object.entries<Partial<ContentFacts>>({
  size: { size: 11 },
  "time of modification": { mtimeMs: OLD.mtimeMs + oneStep },
  "time of change": { ctimeMs: OLD.ctimeMs + oneStep },
  inode: { ino: 8 },
})) {
  test(`a file with another ${name} has another tag`, () =>
    assert.notEqual(fileEntityTag({ ...OLD, ...facts }, NOW), fileEntityTag(OLD, NOW)));
}

test("the tag of a settled file stays the same, whatever the time", () => {
  assert.equal(fileEntityTag(OLD, NOW + 1e9), fileEntityTag(OLD, NOW));
});

test("the tag of a file says nothing of its inode", () => {
  const tag = fileEntityTag({ ...OLD, ino: 123_456_789 }, NOW);
  for (const radix of [10, 16, 36]) assert.ok(!tag.includes((123_456_789).toString(radix)));
});

const FRESH: ContentFacts = { ...OLD, mtimeMs: NOW - 500, ctimeMs: NOW - 500 };

test("the tag of a content with a digest is that, strong and good, whatever the facts", () => {
  for (const facts of [OLD, FRESH]) {
    assert.equal(fileEntityTag(facts, NOW, "digest"), '"digest"');
    assert.ok(isTagGood('"digest"', facts, NOW, "digest"));
  }
});

test("the tag of a fresh file is not good, and is another one when the file is settled", () => {
  const tag = fileEntityTag(FRESH, NOW);
  for (const later of [0, 1, 1499]) assert.ok(!isTagGood(tag, FRESH, NOW + later, null));
  for (const later of [1500, 1e9]) assert.ok(!matchesWeakly(tag, fileEntityTag(FRESH, NOW + later)));
});

test("the tags of two contents of one size, one time and one inode, written in a row, do not match", (t) => {
  const path = join(temporaryTree(t, { "a.txt": "aaaa" }), "a.txt");
  fs.utimesSync(path, 0, 0);
  const before = fs.statSync(path);
  fs.writeFileSync(path, "bbbb");
  fs.utimesSync(path, 0, 0);
  const after = fs.statSync(path);
  assert.equal(after.mtimeMs, before.mtimeMs);
  const fresh = fileEntityTag(before, before.ctimeMs + 1);
  assert.ok(!isTagGood(fresh, after, after.ctimeMs + 1999, null));
  assert.ok(!matchesWeakly(fresh, fileEntityTag(after, after.ctimeMs + 2000)));
});

test("`fs.Stats` are facts", (t) => {
  const path = join(temporaryTree(t, { "a.txt": "aaaa" }), "a.txt");
  const { size, ino, mtimeMs, ctimeMs } = fs.statSync(path);
  assert.equal(
    fileEntityTag(fs.statSync(path), NOW + 1e12),
    fileEntityTag({ size, ino, mtimeMs, ctimeMs }, NOW + 1e12),
  );
});

test("`lastModifiedOf` drops a fraction, towards the past", () => {
  assert.equal(lastModifiedOf({ ...OLD, mtimeMs: 1999.75 }), 1);
  assert.equal(lastModifiedOf({ ...OLD, mtimeMs: -0.25 }), -1);
});

const SECOND = NOW / 1000;
const sent: [name: string, mtimeMs: number, expected: number][] = [
  ["the second of the modification", NOW - 60_000.25, SECOND - 61],
  ["a whole second", NOW - 60_000, SECOND - 60],
  ["a second that is just over", NOW - 999.75, SECOND - 1],
  ["the second before, as long as the second is not over", NOW + 0.25, SECOND - 1],
  ["the second before, as long as a step of two seconds is not over", NOW, SECOND - 1],
  ["a second that is over, as the first of two it may stand for", NOW - 2000, SECOND - 2],
  ["the second before now for a date in the future", NOW + 86_400_000, SECOND - 1],
  ["the epoch for a date before", -1, 0],
];
for (const [name, mtimeMs, expected] of sent) {
  test(`\`dateToSend\` gives ${name}`, () => assert.equal(dateToSend({ ...OLD, mtimeMs }, NOW), expected));
}

const number = fc.double({ noNaN: true, min: -1e15, max: 1e15 });
const anyFacts = fc.record({ size: fc.maxSafeNat(), mtimeMs: number, ctimeMs: number, ino: fc.maxSafeNat() });

test("`fileEntityTag` makes a tag, and `dateToSend` a date from the past, of any facts", () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const tag = fileEntityTag(facts, NOW);
      assert.ok(isEntityTag(tag));
      assert.equal(isWeak(tag), !isSettled(facts, NOW));
      const date = dateToSend(facts, NOW);
      assert.ok(date >= 0 && date <= SECOND);
    }),
  );
});

test("`fileEntityTag` gives different facts different tags", () => {
  const times = fc.double({ noNaN: true, min: 0, max: 2 ** 41 });
  const facts = fc.record({ size: fc.maxSafeNat(), mtimeMs: times, ctimeMs: times, ino: fc.maxSafeNat() });
  fc.assert(
    fc.property(facts, facts, (one, other) => {
      fc.pre(
        Object.keys(one).some((key) => one[key as keyof ContentFacts] !== other[key as keyof ContentFacts]),
      );
      return fileEntityTag(one, 1e15) !== fileEntityTag(other, 1e15);
    }),
  );
});

test("a date is reliable two seconds after the modification, and never where a tool has set it", () => {
  const facts = { size: 1, mtimeMs: 1.7e12, ctimeMs: 1.8e12, ino: 1 };
  assert.equal(isDateReliable(facts, facts.mtimeMs + 1999), false);
  assert.equal(isDateReliable(facts, facts.mtimeMs + 2000), true);
  assert.equal(isDateReliable({ ...facts, mtimeMs: 315_532_800_000 }, facts.mtimeMs), false);
});
