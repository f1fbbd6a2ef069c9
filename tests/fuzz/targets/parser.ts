import assert from "node:assert/strict";
import type { FieldLines } from "#src/http1/message.js";
import type { RequestHead } from "#src/http1/request-head.js";
import {
  byteByByte,
  bytesOf,
  type Outcome,
  outcomeOf,
  type ParsedRequest,
} from "../../support/protocol-rows.js";

const LIMITS = { requestLine: 60, fieldSection: 120, fieldCount: 5, chunkExtensions: 20, content: 60 };

// The grammar a second time, written independently of the parser: RFC 9112 §3, RFC 9110 §5.5 and §5.6.2.
const LINE = /^[!#$%&'*+.^_`|~\w-]+ [^\0-\x20\x7f#]+ HTTP\/1\.\d$/;
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^(?![\t ])[^\0-\x08\x0a-\x1f\x7f]*(?<![\t ])$/;

/**
 * A request does not depend on how its bytes are split. The grammar allows it. If it is written again, it is read as
 * the same request.
 */
export function holds(bytes: Buffer): void {
  assertCutsAlike(bytes, LIMITS);
  const { requests } = assertCutsAlike(bytes, {});
  for (const request of requests) assertStrict(request);
  assertSameAgain(requests.filter(isComplete));
}

function assertCutsAlike(bytes: Buffer, limits: Partial<typeof LIMITS>): Outcome {
  const options = { ends: true, limits };
  const whole = outcomeOf([bytes], options);
  assert.deepEqual(outcomeOf(byteByByte(bytes), options), whole);
  const middle = (bytes[0] ?? 0) % (bytes.length + 1);
  assert.deepEqual(outcomeOf([bytes.subarray(0, middle), bytes.subarray(middle)], options), whole);
  return whole;
}

function isComplete({ trailers }: ParsedRequest): boolean {
  return trailers !== undefined;
}

function assertStrict(request: ParsedRequest): void {
  const { head, content } = request;
  assert.match(head.line, LINE);
  assert.ok(!head.path.startsWith("//"), head.path);
  for (const lines of [head.fields, request.trailers ?? []])
    for (const [at, text] of lines.entries()) assert.match(text, at % 2 === 0 ? NAME : VALUE);
  assertFraming(head);
  if (head.framing.kind === "none") assert.equal(content, "");
  if (head.framing.kind === "length" && isComplete(request))
    assert.equal(content.length, head.framing.length);
}

/** No two readers may see different framings or hosts: RFC 9112 §6.3, §3.2. */
function assertFraming({ fields, framing, minorVersion }: RequestHead): void {
  const names = fields.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const countOf = (name: string) => names.filter((other) => other === name).length;
  assert.equal(framing.kind === "length", countOf("content-length") > 0);
  assert.equal(framing.kind === "chunked", countOf("transfer-encoding") > 0);
  if (framing.kind === "chunked") assert.equal(minorVersion, 1);
  assert.ok(countOf("host") === 1 || (countOf("host") === 0 && minorVersion === 0));
}

function assertSameAgain(requests: readonly ParsedRequest[]): void {
  const again = outcomeOf([bytesOf(requests.map(written).join(""))], { ends: true });
  assert.deepEqual(again, { requests, end: "closed" });
}

function written({ head, content, trailers = [] }: ParsedRequest): string {
  const start = `${head.line}\r\n${linesOf(head.fields)}\r\n`;
  if (head.framing.kind !== "chunked") return start + content;
  const chunk = content === "" ? "" : `${content.length.toString(16)}\r\n${content}\r\n`;
  return `${start}${chunk}0\r\n${linesOf(trailers)}\r\n`;
}

function linesOf(fields: FieldLines): string {
  return fields.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
}
