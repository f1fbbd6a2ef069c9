import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { contentRange, unsatisfiedRange } from "#src/files/byte-ranges.js";
import {
  type FilePlan,
  NO_PLAN_FIELDS,
  type PlanFields,
  planFile,
  type Representation,
} from "#src/files/file-plan.js";
import { multipartRanges } from "#src/files/multipart-ranges.js";
import { FILES, type FileRow, PRECONDITIONS, RANGES } from "../conformance/files.js";
import { assertReply, expectedFor, type FileMethod, filled } from "../support/file-rows.js";
import type { RawReply } from "../support/raw-http.js";

const CURRENT = { tag: '"current"', date: "Sun, 09 Sep 2001 01:46:40 GMT" };
const TYPE = "text/plain; charset=utf-8";

const FIELDS: Readonly<Record<string, keyof PlanFields>> = {
  "If-Match": "ifMatch",
  "If-None-Match": "ifNoneMatch",
  "If-Modified-Since": "ifModifiedSince",
  "If-Unmodified-Since": "ifUnmodifiedSince",
  Range: "range",
  "If-Range": "ifRange",
};

function planFields(row: FileRow): PlanFields {
  const fields: Record<keyof PlanFields, string | null> = { ...NO_PLAN_FIELDS };
  for (const [name, value] of row.fields) {
    const key = FIELDS[name] ?? assert.fail(name);
    const line = filled(value, CURRENT);
    fields[key] = fields[key] === null ? line : `${fields[key]}, ${line}`;
  }
  return fields;
}

function representation(content: string): Representation {
  return {
    size: content.length,
    tag: '"current"',
    lastModified: Date.parse(CURRENT.date) / 1000,
    isDateReliable: true,
  };
}

/** The reply that a plan means, as far as plans go. */
function replyOf(plan: FilePlan, content: string): RawReply {
  const { fields, body } = contentOf(plan, content);
  const isError = plan.status >= 400;
  const validators = isError
    ? []
    : [["ETag", CURRENT.tag] as const, ["Last-Modified", CURRENT.date] as const];
  return {
    status: String(plan.status),
    fields: [...fields, ...validators],
    body: Buffer.from(body, "latin1"),
  };
}

function contentOf(plan: FilePlan, content: string): { fields: (readonly [string, string])[]; body: string } {
  const cut = ({ first, length }: { first: number; length: number }) => content.slice(first, first + length);
  switch (plan.kind) {
    case "whole":
      return { fields: [["Content-Length", String(content.length)]], body: content };
    case "range": {
      const place = contentRange(plan.range, content.length);
      const fields = [
        ["Content-Range", place] as const,
        ["Content-Length", String(plan.range.length)] as const,
      ];
      return { fields, body: cut(plan.range) };
    }
    case "ranges": {
      const settings = { size: content.length, contentType: TYPE, boundary: "of-this-test" };
      const { contentType, parts, end } = multipartRanges(plan.ranges, settings);
      const body = parts.map(({ head, range }) => head + cut(range)).join("") + end;
      return { fields: [["Content-Type", contentType]], body };
    }
    case "unsatisfiable":
      return { fields: [["Content-Range", unsatisfiedRange(content.length)]], body: "" };
    default:
      return { fields: [], body: "" };
  }
}

for (const row of [...PRECONDITIONS, ...RANGES]) {
  for (const method of ["GET", "HEAD"] satisfies FileMethod[]) {
    const expected = expectedFor(row, method);
    test(`\`planFile\` for ${method} with ${row.name}: ${expected.status} (RFC 9110 ${row.section})`, () => {
      const content = FILES[row.file];
      const plan = planFile(representation(content), planFields(row), method);
      const { status, fields, body } = replyOf(plan, content);
      assertReply({ status, fields, body: method === "HEAD" ? Buffer.alloc(0) : body }, expected, CURRENT);
    });
  }
}

test("`planFile` has ranges for no method but GET, in capitals", () => {
  for (const method of ["HEAD", "get", "POST", "QUERY"])
    assert.equal(
      planFile(representation("0123456789"), { ...NO_PLAN_FIELDS, range: "bytes=0-0" }, method).kind,
      "whole",
    );
});

test("`planFile` makes nothing new where nothing is asked for", () => {
  const file = representation("0123456789");
  assert.equal(planFile(file, NO_PLAN_FIELDS, "GET"), planFile(file, NO_PLAN_FIELDS, "GET"));
});

test("`planFile` plans something for any fields, and never more bytes than there are", () => {
  const known = ["*", '"current"', 'W/"x"', CURRENT.date, "bytes=0-0", "bytes=0-,0-,-5,3-4", "bytes=5-2"];
  const field = fc.option(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...known)));
  const fields = fc.record({
    ifMatch: field,
    ifNoneMatch: field,
    ifModifiedSince: field,
    ifUnmodifiedSince: field,
    range: field,
    ifRange: field,
  });
  fc.assert(
    fc.property(fields, fc.nat({ max: 20 }), fc.constantFrom("GET", "HEAD"), (some, size, method) => {
      const plan = planFile(representation("x".repeat(size)), some, method);
      const ranges = plan.kind === "ranges" ? plan.ranges : plan.kind === "range" ? [plan.range] : [];
      assert.ok(ranges.reduce((sum, { length }) => sum + length, 0) <= size);
      assert.ok(plan.kind !== "ranges" || plan.ranges.length > 1);
      assert.ok(method === "GET" || ranges.length === 0);
    }),
  );
});
