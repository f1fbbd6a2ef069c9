import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { isEntityTag } from "#src/files/entity-tag.js";
import {
  factsOf,
  hasFixedDate,
  isSameState,
  lastModifiedOf,
  type StatFacts,
  unsettledFor,
  versionOf,
} from "#src/files/validators.js";
import { temporaryDirectory } from "../support/file-server.js";

const NOW = Date.UTC(2026, 5, 15, 12) + 0.5;
const OLD: StatFacts = { size: 10, mtimeMs: NOW - 60_000, ctimeMs: NOW - 60_000, dev: 3, ino: 7 };

const settling: [name: string, facts: Partial<StatFacts>, milliseconds: number][] = [
  ["changed a minute ago", {}, 0],
  ["changed two ticks of the clock ago", { ctimeMs: NOW - 20 }, 0],
  ["changed a little less than that ago", { ctimeMs: NOW - 19.75 }, 0.25],
  ["changed now", { ctimeMs: NOW }, 20],
  ["with a date in the future that was set long ago", { mtimeMs: NOW + 86_400_000 }, 0],
  ["with an old date that was set just now", { mtimeMs: 0, ctimeMs: NOW }, 20],
  ["changed just now, on a file system without times of change", { mtimeMs: NOW - 5, ctimeMs: 0 }, 15],
  ["changed in the future, by a server's clock", { ctimeMs: NOW + 5000 }, 5020],
  ["changed a second ago, where seconds are whole", { ctimeMs: NOW - 1000.5 }, 999.5],
  ["changed two seconds ago, where seconds are whole", { ctimeMs: NOW - 2000.5 }, 0],
];
for (const [name, facts, milliseconds] of settling)
  test(`a file ${name} is settled in ${milliseconds} ms`, () =>
    assert.equal(unsettledFor({ ...OLD, ...facts }, NOW), milliseconds));

const dates: [date: string, fixed: boolean][] = [
  ["1969-12-31T23:59:59Z", true],
  ["1970-01-01T00:00:00Z", true],
  ["1970-01-01T00:00:01Z", true], // Nix
  ["1979-12-31T22:00:00Z", true], // Zip, where it is two hours later
  ["1980-01-01T00:00:00Z", true], // Zip
  ["1980-02-01T00:00:00Z", true], // Gradle
  ["1984-06-22T21:50:00Z", true], // Yarn
  ["1985-10-26T08:15:00Z", true], // npm
  ["1990-12-31T23:59:59Z", true],
  ["1991-01-01T00:00:00Z", false],
  ["1999-12-31T23:59:59Z", false],
  ["2000-01-01T00:00:00Z", true], // Bazel's packages
  ["2000-01-01T00:00:01Z", false],
  ["2006-07-24T01:21:28Z", true], // Cargo's packages
  ["2006-07-24T01:21:29Z", false],
  ["2026-06-15T11:00:00Z", false],
];
for (const [date, fixed] of dates)
  test(`a date of ${date} is ${fixed ? "that of a tool" : "one of its own"}`, () =>
    assert.equal(hasFixedDate(Date.parse(date) / 1000), fixed));

const oneStep = 2 ** -12; // the least difference of doubles of this size: 0.24 µs
for (const [name, facts] of Object.entries<Partial<StatFacts>>({
  size: { size: 11 },
  "time of modification": { mtimeMs: OLD.mtimeMs + oneStep },
  "time of change": { ctimeMs: OLD.ctimeMs + oneStep },
  inode: { ino: 8 },
}))
  test(`a file with another ${name} has another version`, () =>
    assert.notEqual(versionOf({ ...OLD, ...facts }), versionOf(OLD)));

test("the version of a file does not reveal its inode number", () => {
  const version = versionOf({ ...OLD, ino: 123_456_789 });
  for (const radix of [10, 16, 36]) assert.ok(!version.includes((123_456_789).toString(radix)));
});

const number = fc.double({ noNaN: true, min: 0, max: 2 ** 41 });
const anyFacts = fc.record({
  ...{ size: fc.maxSafeNat(), mtimeMs: number, ctimeMs: number },
  ...{ dev: fc.constant(0), ino: fc.maxSafeNat() },
});

test("`versionOf` returns a tag for any facts, and another one for others", () => {
  fc.assert(
    fc.property(anyFacts, anyFacts, (one, other) => {
      fc.pre(Object.keys(one).some((key) => one[key as keyof StatFacts] !== other[key as keyof StatFacts]));
      assert.ok(isEntityTag(`"${versionOf(one)}"`));
      return versionOf(one) !== versionOf(other);
    }),
  );
});

const SECOND = (NOW - 0.5) / 1000;
const sent: [name: string, modified: number | null, expected: number | null][] = [
  ["the second of the modification", NOW - 60_000, SECOND - 60],
  ["a second that is just over", NOW - 1020.25, SECOND - 2],
  ["nothing for a second that may not be over for the file system", NOW - 1000.25, null],
  ["nothing as long as the second is not over", NOW - 0.25, null],
  ["nothing as long as a step of two seconds is not over", NOW - 1000.5, null],
  ["nothing as long as that step may not be over for the file system", NOW - 2000.5, null],
  ["a second that is over, as the first of two it may stand for", NOW - 3000.5, SECOND - 3],
  ["nothing for a date in the future", NOW + 86_400_000, null],
  ["nothing where nobody knows", null, null],
  ["a date before the epoch", -0.25, -1],
];
for (const [name, modified, expected] of sent)
  test(`\`lastModifiedOf\` gives ${name}`, () => assert.equal(lastModifiedOf(modified, NOW), expected));

test("`lastModifiedOf` returns a past date or none, and then always the same", () => {
  const now = fc.integer({ min: 0, max: 2 ** 41 });
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 0, max: 2 ** 41 }), now, fc.nat(), (modified, at, more) => {
      const date = lastModifiedOf(modified, at);
      if (date === null) return;
      assert.ok(date * 1000 <= at);
      assert.equal(lastModifiedOf(modified, at + more), date);
    }),
  );
});

const FACTS = { size: 5, mtimeMs: 1e12, ctimeMs: 1.1e12, dev: 7, ino: 9 };

test("`isSameState` compares all facts", () => {
  assert.ok(isSameState(FACTS, { ...FACTS }));
  for (const name of Object.keys(FACTS) as (keyof typeof FACTS)[]) {
    assert.ok(!isSameState(FACTS, { ...FACTS, [name]: FACTS[name] + 1 }), name);
  }
});

test("`factsOf` distinguishes times that differ by half a microsecond", () => {
  const stats = fs.statSync(".");
  const at = (mtimeMs: number) => factsOf(Object.assign(Object.create(stats), { mtimeMs }) as fs.Stats);
  const now = 1_800_000_000_000;
  assert.notEqual(at(now).mtimeMs, at(now + 0.0005).mtimeMs);
});

const changes: Readonly<Record<string, (path: string) => void>> = {
  "another file takes the name": (path) => {
    fs.writeFileSync(`${path}.new`, "12345");
    fs.utimesSync(`${path}.new`, 1e9, 1e9);
    fs.renameSync(`${path}.new`, path);
  },
  "the content is another, of the same length, and the time is set back": (path) => {
    fs.writeFileSync(path, "54321");
    fs.utimesSync(path, 1e9, 1e9);
  },
  "something is appended, and the time is set back": (path) => {
    fs.appendFileSync(path, "6");
    fs.utimesSync(path, 1e9, 1e9);
  },
};
for (const [name, change] of Object.entries(changes)) {
  test(`\`isSameState\` sees that ${name}`, { skip: process.platform === "win32" }, async (t) => {
    const path = fileWith(t);
    const before = factsOf(fs.statSync(path));
    await nextTick(path);
    change(path);
    assert.equal(factsOf(fs.statSync(path)).mtimeMs, before.mtimeMs);
    assert.ok(!isSameState(before, factsOf(fs.statSync(path))));
  });
}

function fileWith(t: TestContext): string {
  const path = join(temporaryDirectory(t), "file");
  fs.writeFileSync(path, "12345");
  fs.utimesSync(path, 1e9, 1e9);
  return path;
}

/** Resolves when the file system's clock is past the file's last change. */
async function nextTick(path: string): Promise<void> {
  const before = fs.statSync(path).ctimeMs;
  const probe = `${path}.probe`;
  do {
    await new Promise((resolve) => setImmediate(resolve));
    fs.writeFileSync(probe, "");
    fs.unlinkSync(probe);
    fs.writeFileSync(probe, "");
  } while (fs.statSync(probe).ctimeMs <= before);
}
