import assert from "node:assert/strict";
import { asksForHtml, chooseCoding, prefersJson } from "#src/files/accept.js";
import { ifRangeHolds } from "#src/files/byte-ranges.js";
import { parseEntityTagList } from "#src/files/entity-tag.js";
import { evaluatePreconditions } from "#src/files/preconditions.js";
import { formatHttpDate, parseHttpDate } from "#src/http1/http-date.js";

const NONE = { ifMatch: null, ifNoneMatch: null, ifModifiedSince: null, ifUnmodifiedSince: null };
const CURRENT = { etag: '"a"', lastModified: 784_111_777, isDateReliable: true } as const;
const NOW = 1_800_000_000;

/**
 * Conditions, dates, tags and codings: any text has a result, and a result that is written again is read as the same.
 */
export function holds(bytes: Buffer): void {
  const text = bytes.toString("latin1");
  assertDate(parseHttpDate(text, NOW));
  assertTags(text);
  assert.ok(["identity", "none", "br", "gzip"].includes(chooseCoding(text, ["br", "gzip"])));
  assert.ok(!(prefersJson(text) && !text.toLowerCase().includes("application/json")));
  assert.ok(!(asksForHtml(text) && !/text\/|xhtml/i.test(text)));
  for (const name of Object.keys(NONE)) {
    const verdict = evaluatePreconditions({ ...NONE, [name]: text }, CURRENT);
    assert.ok(verdict === "proceed" || verdict === 304 || verdict === 412);
  }
}

function assertDate(date: number | undefined): void {
  if (date === undefined) return;
  assert.ok(Number.isInteger(date));
  // A leap second at the end of the year 9999 belongs to the next year.
  if (date < 253_402_300_800) assert.equal(parseHttpDate(formatHttpDate(date), NOW), date);
}

function assertTags(text: string): void {
  const tags = parseEntityTagList(text);
  if (typeof tags === "string") return;
  assert.deepEqual(parseEntityTagList(tags.join(", ")), tags);
  const matches = evaluatePreconditions({ ...NONE, ifMatch: text }, CURRENT) === "proceed";
  assert.equal(matches, tags.includes(CURRENT.etag));
  if (ifRangeHolds(text, CURRENT)) assert.deepEqual(tags, [CURRENT.etag]);
}
