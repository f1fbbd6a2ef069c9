import assert from "node:assert/strict";
import { parseCommandLine } from "#src/cli/command-line.js";
import { parseConfig } from "#src/cli/config-file.js";
import { UsageError } from "#src/cli/option.js";
import { chooseCoding } from "#src/files/accept.js";
import { parseRange, resolveRanges } from "#src/files/byte-ranges.js";
import { parseEntityTagList } from "#src/files/entity-tag.js";
import { evaluatePreconditions } from "#src/files/preconditions.js";
import { decodePath, encodePath, redirectTarget, toRelativeSegments } from "#src/files/url-path.js";
import { parseHttpDate } from "#src/http1/http-date.js";
import { fieldLine, statusLine } from "#src/http1/response-head.js";
import { byteByByte, bytesOf, outcomeOf } from "../support/protocol-rows.js";

/** Takes any bytes; throws where they break something that must always hold. */
export type Target = (bytes: Buffer) => void;

const LIMITS = { requestLine: 60, fieldSection: 120, fieldCount: 5, chunkExtensions: 20, content: 60 };
const CHUNKED_HEAD = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

/** What is read is the same however it is cut, and what is no request is a `ProtocolError`. */
function parser(bytes: Buffer): void {
  for (const options of [{ ends: true }, { ends: true, limits: LIMITS }]) {
    const whole = outcomeOf([bytes], options);
    assert.deepEqual(outcomeOf(byteByByte(bytes), options), whole);
    const middle = (bytes[0] ?? 0) % (bytes.length + 1);
    assert.deepEqual(outcomeOf([bytes.subarray(0, middle), bytes.subarray(middle)], options), whole);
    for (const { head } of whole.requests) assertHead(head.path, head.fields);
  }
}

function assertHead(path: string, fields: readonly string[]): void {
  assert.ok(!path.startsWith("//") && !/[\0-\x20\x7f#]/.test(path), path);
  for (const text of fields) assert.doesNotMatch(text, /[\0\r\n]/);
}

/** The same for the content, which is where most framing is. */
function content(bytes: Buffer): void {
  parser(Buffer.concat([bytesOf(CHUNKED_HEAD), bytes]));
}

/** A response can't be split, whatever a handler hands on. */
function responseHead(bytes: Buffer): void {
  const text = bytes.toString("utf8");
  const [name = "", value = ""] = text.split("=", 2);
  for (const make of [() => fieldLine(name, value).text, () => statusLine("HTTP/1.1", 200, text)]) {
    const line = unlessRefused(make);
    if (line !== undefined) assert.match(line, /^[\t\x20-\x7e\x80-\xff]*\r\n$/);
  }
}

/** A `TypeError` is an answer, for what the caller must not hand on. */
function unlessRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error));
    return undefined;
  }
}

/** A path never leads out of the directory, and a redirect never to another host. */
function path(bytes: Buffer): void {
  const target = bytes.toString("latin1");
  for (const platform of ["linux", "win32"] as const) {
    const names = toRelativeSegments(decodePath(target), platform) ?? [];
    for (const name of names) {
      assert.ok(name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name), name);
      if (platform === "win32") assert.doesNotMatch(name, /[\\:]/);
    }
  }
  assert.match(redirectTarget(target), /^\/(?![/\\])[\x21-\x7e]*$/);
  const decoded = decodePath(target);
  assert.equal(decodePath(encodePath(decoded)), decoded);
}

const SIZES = [0, 1, 10, 1000, 2 ** 40];

/** Ranges are within the content, apart, and together no more than it. */
function range(bytes: Buffer): void {
  const specs = parseRange(bytes.toString("latin1"));
  if (specs === undefined) return;
  for (const size of SIZES) {
    const ranges = resolveRanges(specs, size);
    if (typeof ranges === "string") continue;
    let sum = 0;
    for (const { first, length } of ranges) {
      assert.ok(first >= 0 && length > 0 && first + length <= size, JSON.stringify({ first, length, size }));
      sum += length;
    }
    assert.ok(sum <= size);
  }
}

/** Conditions, dates, tags and codings: any text has an answer. */
function conditions(bytes: Buffer): void {
  const text = bytes.toString("latin1");
  const date = parseHttpDate(text);
  assert.ok(date === undefined || Number.isInteger(date));
  const tags = parseEntityTagList(text);
  assert.ok(typeof tags === "string" || Array.isArray(tags));
  assert.ok(["identity", "none", "br", "gzip"].includes(chooseCoding(text, ["br", "gzip"])));
  const none = { ifMatch: null, ifNoneMatch: null, ifModifiedSince: null, ifUnmodifiedSince: null };
  const current = { tag: '"a"', lastModified: 784_111_777, isDateReliable: true } as const;
  for (const name of Object.keys(none)) {
    const verdict = evaluatePreconditions({ ...none, [name]: text }, current);
    assert.ok(verdict === "proceed" || verdict === 304 || verdict === 412);
  }
}

/** Settings, or an error for people: never another. */
function config(bytes: Buffer): void {
  const settings = parseConfig(bytes.toString("utf8"), "pyserve.json");
  assert.ok(settings instanceof UsageError || typeof settings === "object");
}

function commandLine(bytes: Buffer): void {
  const settings = parseCommandLine(bytes.toString("utf8").split("\n"));
  assert.ok(settings instanceof UsageError || typeof settings === "object");
}

/** All targets; each has a folder of its name in the corpus. */
export const TARGETS: Readonly<Record<string, Target>> = {
  parser,
  content,
  "response-head": responseHead,
  path,
  range,
  conditions,
  config,
  "command-line": commandLine,
};
