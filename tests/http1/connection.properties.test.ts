import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { byteByByte, bytesOf, outcomeOf } from "../support/protocol-rows.js";

// Pieces of requests, valid and invalid, so that random sequences of them get far.
const fragments = [
  "GET ",
  "POST ",
  "/",
  "*",
  "http://a:1/b",
  " HTTP/1.1\r\n",
  " HTTP/1.0\n",
  " HTTP/2.0\r\n",
  "\r\n",
  "\n",
  "\r",
  " ",
  "\t",
  "\0",
  ":",
  ",",
  ";",
  '"',
  "a",
  "0",
  "5",
  "ffffffffffff",
  "hello",
  "Host: h\r\n",
  "Host:\r\n",
  "Content-Length: 5\r\n",
  "Content-Length:",
  "Transfer-Encoding: chunked\r\n",
  "Expect: 100-continue\r\n",
  "Connection: close\r\n",
  "X: y\n",
  "5\r\nhello\r\n",
  "0\r\n\r\n",
  "0\r\nT: 1\r\n\r\n",
  "1;a=b\r\nx\r\n",
  "\x80\xff",
  "\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n",
  "GET / HTTP/1.1\r\n",
];
const garbage = fc.oneof(
  fc.array(fc.constantFrom(...fragments), { maxLength: 16 }).map((parts) => bytesOf(parts.join(""))),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.constantFrom(...fragments), fc.uint8Array({ maxLength: 40 }))
    .map(([text, bytes]) => Buffer.concat([bytesOf(text), bytes])),
);
const limits = fc.constantFrom(
  {},
  { requestLine: 14, fieldSection: 20, fieldCount: 2, chunkExtensions: 4, content: 8 },
);

function cutAt(bytes: Buffer, places: number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((place, at) => bytes.subarray(sorted[at], place));
}

test("any bytes lead to events or a `ProtocolError`, and to the same ones however they are cut", () => {
  fc.assert(
    fc.property(
      garbage,
      fc.array(fc.nat(), { maxLength: 5 }),
      limits,
      fc.boolean(),
      (bytes, places, limit, ends) => {
        const options = { limits: limit, ends };
        const whole = outcomeOf([bytes], options);
        assert.deepEqual(outcomeOf(byteByByte(bytes), options), whole);
        assert.deepEqual(outcomeOf(cutAt(bytes, places), options), whole);
      },
    ),
    { numRuns: 2000 },
  );
});

/** Each piece has its own memory, as from a socket, because a head is remembered without a copy. */
function arrivals(pieces: readonly Buffer[]): Buffer[] {
  return pieces.map((piece) => {
    const own = Buffer.allocUnsafeSlow(piece.length);
    piece.copy(own);
    return own;
  });
}

test("repeated requests lead to the same events as others, however they arrive", () => {
  const repeated = fc.constantFrom(
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET / HTTP/1.0\r\nHost: h\r\n\r\n",
    "GET / HTTP/1.1\nHost: h\n\n",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "\r\n",
    "\n",
    "GET / HTTP/1.1\r\n\r\n",
  );
  fc.assert(
    fc.property(
      fc.array(repeated, { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      (texts, places) => {
        const whole = outcomeOf([bytesOf(texts.join(""))]);
        assert.deepEqual(outcomeOf(arrivals(texts.map(bytesOf))), whole);
        assert.deepEqual(outcomeOf(arrivals(cutAt(bytesOf(texts.join("")), places))), whole);
      },
    ),
    { numRuns: 1000 },
  );
});

test("events already reported stay valid when more bytes arrive", () => {
  fc.assert(
    fc.property(garbage, garbage, (bytes, more) => {
      const before = outcomeOf([bytes]);
      const after = outcomeOf([bytes, more]);
      for (const [at, request] of before.requests.entries()) {
        assert.deepEqual(after.requests[at]?.head, request.head);
        assert.ok(after.requests[at]?.content.startsWith(request.content));
        if (request.trailers) assert.deepEqual(after.requests[at], request);
      }
      if (before.end !== "more") assert.deepEqual(after, before);
    }),
  );
});

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,8}$/);
const value = fc.stringMatching(
  /^(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]{0,10}[\x21-\x7e\x80-\xff])?)?$/,
);
const padding = fc.stringMatching(/^[\t ]{0,3}$/);
const lineEnd = fc.constantFrom("\r\n", "\n");
const framingNames = new Set(["host", "content-length", "transfer-encoding", "connection", "expect"]);
const field = fc.record({
  name: token.filter((name) => !framingNames.has(name.toLowerCase())),
  value,
  padding,
  lineEnd,
});
const request = fc.record({
  method: token.filter((method) => method !== "CONNECT"),
  path: fc.stringMatching(/^\/(?:[\x21\x22\x24-\x2e\x30-\x7e][\x21\x22\x24-\x7e]{0,9})?$/),
  minorVersion: fc.constantFrom(0 as const, 1 as const),
  lineEnd,
  fields: fc.array(field, { maxLength: 5 }),
  content: fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 50 })),
  chunkSizes: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
  emptyLines: fc.array(lineEnd, { maxLength: 3 }),
});
type GeneratedRequest = typeof request extends fc.Arbitrary<infer T> ? T : never;

function encodeContent({
  content,
  minorVersion,
  chunkSizes,
}: GeneratedRequest): [field: string, bytes: Buffer] {
  if (content === null) return ["", Buffer.alloc(0)];
  if (minorVersion === 0) return [`Content-Length: ${content.length}\r\n`, Buffer.from(content)];
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < content.length; turn++) {
    const data = content.subarray(at, at + (chunkSizes[turn % chunkSizes.length] as number));
    chunks.push(bytesOf(`${data.length.toString(16)}\r\n`), Buffer.from(data), bytesOf("\r\n"));
    at += data.length;
  }
  return ["Transfer-Encoding: chunked\r\n", Buffer.concat([...chunks, bytesOf("0\r\n\r\n")])];
}

function encode(generated: GeneratedRequest): Buffer {
  const { method, path, minorVersion, fields, emptyLines } = generated;
  const [framing, content] = encodeContent(generated);
  const lines = fields.map(
    (line) => `${line.name}:${line.padding}${line.value}${line.padding}${line.lineEnd}`,
  );
  const head = `${method} ${path} HTTP/1.${minorVersion}${generated.lineEnd}Host: h\r\n${lines.join("")}${framing}\r\n`;
  return Buffer.concat([bytesOf(emptyLines.join("") + head), content]);
}

test("well-formed requests are parsed correctly", () => {
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      (generated, places) => {
        const { requests, end } = outcomeOf(cutAt(Buffer.concat(generated.map(encode)), places));
        assert.equal(end, "more");
        assert.equal(requests.length, generated.length);
        for (const [at, wanted] of generated.entries()) {
          const { head, content, trailers } = requests[at] as (typeof requests)[number];
          assert.equal(head.line, `${wanted.method} ${wanted.path} HTTP/1.${wanted.minorVersion}`);
          assert.equal(head.method, wanted.method);
          assert.equal(head.path, wanted.path);
          const lines = wanted.fields.flatMap((line) => [line.name, line.value]);
          assert.deepEqual(head.fields.slice(2, 2 + lines.length), lines);
          assert.equal(content, Buffer.from(wanted.content ?? []).toString("latin1"));
          assert.deepEqual(trailers, []);
        }
      },
    ),
    { numRuns: 300 },
  );
});
