import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Conditions, evaluatePreconditions, type Verdict } from "#src/files/preconditions.js";
import type { Validators } from "#src/files/validators.js";
import { anyText } from "../support/any-text.js";

const AT = "Sun, 06 Nov 1994 08:49:37 GMT";
const MTIME = 784_111_777;

const NONE: Conditions = { ifMatch: null, ifNoneMatch: null, ifModifiedSince: null, ifUnmodifiedSince: null };
const CURRENT: Validators = { etag: '"x"', lastModified: MTIME, isDateReliable: true };
const BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";
const FUTURE = "Fri, 31 Dec 9999 23:59:59 GMT";

const verdicts: [rfc: string, name: string, Partial<Conditions>, Verdict, Partial<Validators>?][] = [
  ["§13.2.2", "without conditions", {}, "proceed"],

  ["§13.1.1", "If-Match where the tag is weak", { ifMatch: 'W/"x"' }, 412, { etag: 'W/"x"' }],
  ["§13.1.1", "If-Match with * where there is no tag", { ifMatch: "*" }, "proceed", { etag: null }],
  ["§13.1.1", "If-Match where there is no tag", { ifMatch: '"x"' }, 412, { etag: null }],
  ["§13.1.1", "If-Match with a tag that lacks its quotes", { ifMatch: "x" }, 412],
  ["§13.1.1", "If-Match with the tag and what is none", { ifMatch: '"x", y' }, 412],

  ["§13.1.2", "If-None-Match where the tag is weak", { ifNoneMatch: '"x"' }, 304, { etag: 'W/"x"' }],
  ["§13.1.2", "If-None-Match where both are weak", { ifNoneMatch: 'W/"x"' }, 304, { etag: 'W/"x"' }],
  ["§13.1.2", "If-None-Match with a tag that has a comma", { ifNoneMatch: '"x,y"' }, "proceed"],
  ["§13.1.2", "If-None-Match with the tag in another case", { ifNoneMatch: '"X"' }, "proceed"],
  ["§13.1.2", "If-None-Match with * where there is no tag", { ifNoneMatch: "*" }, 304, { etag: null }],
  ["§13.1.2", "If-None-Match where there is no tag", { ifNoneMatch: '"x"' }, "proceed", { etag: null }],
  ["§13.1.2", "If-None-Match with a tag that lacks its quotes", { ifNoneMatch: "x" }, "proceed"],
  ["§13.1.2", "If-None-Match with the tag and what is none", { ifNoneMatch: '"x", y' }, "proceed"],

  ["§13.1.3", "If-Modified-Since with a date in the future", { ifModifiedSince: FUTURE }, 304],
  [
    "§13.1.3",
    "If-Modified-Since with the very text that was sent",
    { ifModifiedSince: AT },
    304,
    { lastModifiedText: AT },
  ],
  [
    "§13.1.3",
    "If-Modified-Since with the very text that was sent, where the date is not reliable",
    { ifModifiedSince: AT },
    "proceed",
    { lastModifiedText: AT, isDateReliable: false },
  ],
  [
    "§13.1.3",
    "If-Modified-Since with an earlier date than the text that was sent",
    { ifModifiedSince: BEFORE },
    "proceed",
    { lastModifiedText: AT },
  ],
  [
    "§13.2.2",
    "If-None-Match with another tag, and the very date that was sent",
    { ifNoneMatch: '"y"', ifModifiedSince: AT },
    "proceed",
    { lastModifiedText: AT },
  ],
  ["§5.6.7", "If-Modified-Since as rfc850-date", { ifModifiedSince: "Sunday, 06-Nov-94 08:49:37 GMT" }, 304],
  ["§5.6.7", "If-Modified-Since as asctime-date", { ifModifiedSince: "Sun Nov  6 08:49:37 1994" }, 304],
  ["§13.1.3", "If-Modified-Since with nothing", { ifModifiedSince: "" }, "proceed"],
  [
    "§13.1.3",
    "If-Modified-Since with an invalid day",
    { ifModifiedSince: "Sun, 31 Feb 2100 08:49:37 GMT" },
    "proceed",
  ],
  ["§13.1.3", "If-Modified-Since with two dates", { ifModifiedSince: `${AT}, ${AT}` }, "proceed"],
  [
    "§13.1.3",
    "If-Modified-Since where there is no date",
    { ifModifiedSince: AT },
    "proceed",
    { lastModified: null },
  ],
  [
    "§8.8.2.2",
    "If-Modified-Since where the date says little",
    { ifModifiedSince: AT },
    "proceed",
    { isDateReliable: false },
  ],
  [
    "§8.8.2.2",
    "If-Modified-Since in the future where the date says little",
    { ifModifiedSince: FUTURE },
    "proceed",
    { isDateReliable: false },
  ],

  ["§13.1.4", "If-Unmodified-Since with two dates", { ifUnmodifiedSince: `${BEFORE}, ${BEFORE}` }, "proceed"],
  [
    "§13.1.4",
    "If-Unmodified-Since where there is no date",
    { ifUnmodifiedSince: BEFORE },
    "proceed",
    { lastModified: null },
  ],
  [
    "§13.1.4",
    "If-Unmodified-Since with an earlier date where the date says little",
    { ifUnmodifiedSince: BEFORE },
    412,
    { isDateReliable: false },
  ],

  [
    "§13.2.2",
    "a false If-Match and a true If-Unmodified-Since",
    { ifMatch: '"y"', ifUnmodifiedSince: AT },
    412,
  ],
  [
    "§13.2.2",
    "a true If-Unmodified-Since and If-None-Match with the tag",
    { ifUnmodifiedSince: AT, ifNoneMatch: '"x"' },
    304,
  ],
  ["§13.2.2", "both dates", { ifUnmodifiedSince: AT, ifModifiedSince: AT }, 304],
  [
    "§13.1.3",
    "an unreadable If-None-Match and If-Modified-Since with the date",
    { ifNoneMatch: "y", ifModifiedSince: AT },
    "proceed",
  ],
  [
    "§13.1.3",
    "an empty If-None-Match and If-Modified-Since with the date",
    { ifNoneMatch: "", ifModifiedSince: AT },
    "proceed",
  ],
];
for (const [rfc, name, conditions, expected, validators] of verdicts) {
  test(`${name}: ${expected} (${rfc})`, () =>
    assert.equal(evaluatePreconditions({ ...NONE, ...conditions }, { ...CURRENT, ...validators }), expected));
}

test("`evaluatePreconditions` returns one of three verdicts for any fields", () => {
  const field = fc.option(fc.oneof(anyText(), fc.constantFrom("*", '"x"', 'W/"x"', AT, BEFORE)));
  const conditions = fc.record({
    ifMatch: field,
    ifNoneMatch: field,
    ifModifiedSince: field,
    ifUnmodifiedSince: field,
  });
  fc.assert(
    fc.property(conditions, (some) => ["proceed", 304, 412].includes(evaluatePreconditions(some, CURRENT))),
  );
});
