import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { bodyDecoder, ChunkedDecoder, NEED_DATA } from "#src/http1/body-decoders.js";
import { ByteWindow } from "#src/http1/byte-window.js";
import { DEFAULT_LIMITS, type Limits } from "#src/http1/limits.js";
import type { ProtocolError, ProtocolErrorCode } from "#src/http1/protocol-error.js";
import { bytesOf, testRows } from "../support/protocol-rows.js";

const HEAD = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
const LONG = "x".repeat(0x1a);

const accepted: [name: string, section: string, chunks: string, content: string, trailers?: string[]][] = [
  ["a size in lower case", "§7.1", `1a\r\n${LONG}\r\n0\r\n\r\n`, LONG],
  ["a size in upper case", "§7.1", `1A\r\n${LONG}\r\n0\r\n\r\n`, LONG],
  ["leading zeros, as many as digits are allowed", "§7.1", "0000000000005\r\nhello\r\n0\r\n\r\n", "hello"],
  ["line ends and zeros in the data", "§7.1", "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n\r\n"],
  ["several extensions with white space", "§7.1.1", "5 ; a\t=\tb ;c ; d = e\r\nhello\r\n0\r\n\r\n", "hello"],
  ["an extension in quotes", "§7.1.1", '5;a="b c;d=\\"\\\\\xff\t"\r\nhello\r\n0\r\n\r\n', "hello"],
  [
    "trailer fields",
    "§7.1.2",
    "1\r\na\r\n0\r\nX: 1\r\ny:\t2 \r\nX: 3\r\n\r\n",
    "a",
    ["X", "1", "y", "2", "X", "3"],
  ],
  ["a trailer field of an odd name", "§7.1.2", "0\r\n__proto__: 1\r\n\r\n", "", ["__proto__", "1"]],
];
testRows(
  "`ChunkedDecoder` takes",
  accepted.map(([name, section, chunks, content, trailers = []]) => ({
    name,
    rfc: `9112 ${section}`,
    bytes: HEAD + chunks,
    requests: [{ content, trailers }],
  })),
);

test("`bodyDecoder` returns no decoder if there is no content", () => {
  assert.equal(bodyDecoder({ kind: "none" }, DEFAULT_LIMITS), null);
  assert.equal(bodyDecoder({ kind: "length", length: 0 }, DEFAULT_LIMITS), null);
});

test("`FixedLengthDecoder` leaves the bytes after the content", () => {
  const window = new ByteWindow();
  const decoder = bodyDecoder({ kind: "length", length: 3 }, DEFAULT_LIMITS);
  assert.equal(decoder?.decode(window), NEED_DATA);
  window.append(bytesOf("abcdef"));
  assert.deepEqual(decoder?.decode(window), bytesOf("abc"));
  assert.equal(decoder?.decode(window), "end");
  assert.equal(window.length, 3);
});

test("`ChunkedDecoder` returns data without copying it", () => {
  const window = new ByteWindow();
  const bytes = bytesOf("5\r\nhello\r\n");
  window.append(bytes);
  const piece = new ChunkedDecoder(DEFAULT_LIMITS).decode(window) as Buffer;
  assert.equal(piece.toString(), "hello");
  assert.equal(piece.buffer, bytes.buffer);
});

test("`ChunkedDecoder` refuses a trailer section while it arrives, not at its end", () => {
  const decode = (text: string, limits: Partial<Limits>) => {
    const window = new ByteWindow();
    window.append(bytesOf(text));
    new ChunkedDecoder({ ...DEFAULT_LIMITS, ...limits }).decode(window);
  };
  assert.throws(() => decode("0\r\nA: 1\r\nB: 2\r\n", { fieldCount: 1 }), { code: "TOO_MANY_FIELDS" });
  assert.throws(() => decode("0\r\nbad\r\n", {}), { code: "BAD_TRAILER" });
});

/** Feeds a decoder piece by piece. Returns its error, and the number of bytes that it has taken. */
function refusal(pieces: readonly Buffer[], limits: Limits): [code: string | undefined, taken: number] {
  const window = new ByteWindow();
  const decoder = new ChunkedDecoder(limits);
  let fed = 0;
  try {
    for (const piece of pieces) {
      window.append(piece);
      fed += piece.length;
      while (typeof decoder.decode(window) === "object") {}
    }
  } catch (error) {
    return [(error as ProtocolError).code, fed - window.length];
  }
  return [undefined, fed - window.length];
}

// The last byte of each is refused. A client may wait for the response before it sends more.
const SMALL: Limits = { ...DEFAULT_LIMITS, content: 9, chunkExtensions: 4, fieldSection: 8 };
const refused: [what: string, bytes: string, code: ProtocolErrorCode][] = [
  ["no size", "g", "BAD_CHUNK"],
  ["an empty size", "\r", "BAD_CHUNK"],
  ["a size of 14 digits", "00000000000000", "BAD_CHUNK"],
  ["a bare LF after the size", "5\n", "BAD_CHUNK"],
  ["a bare CR after the size", "5\rX", "BAD_CHUNK"],
  ["a second CR after the size", "5\r\r", "BAD_CHUNK"],
  ["a bare CR after an extension", "5;a\rX", "BAD_CHUNK"],
  ["a malformed extension", "5;\r", "BAD_CHUNK"],
  ["a bare LF in an extension", "5;a\n", "BAD_CHUNK"],
  ["an extension over the limit", "5;aaaa", "BAD_CHUNK"],
  ["extensions over the limit together", "1;a\r\nx\r\n1;aa", "BAD_CHUNK"],
  ["other bytes after the data", "1\r\nxX", "BAD_CHUNK"],
  ["a bare LF after the data", "1\r\nx\n", "BAD_CHUNK"],
  ["a bare CR after the data", "1\r\nx\rX", "BAD_CHUNK"],
  ["a bare LF after a trailer field", "0\r\na: 1\n", "BAD_TRAILER"],
  ["a trailer section over the limit", "0\r\na: 1\r\nb: ", "FIELDS_TOO_LONG"],
  ["content over the limit", "a\r\n", "CONTENT_TOO_LARGE"],
  ["content over the limit in several chunks", "5\r\nhello\r\n5\r\n", "CONTENT_TOO_LARGE"],
  ["content over the limit, before a bare CR", "a\rX", "CONTENT_TOO_LARGE"],
  ["a malformed extension, before content over the limit", "a;\r", "BAD_CHUNK"],
  ["an extension over the limit, before content over the limit", "a;aaaa", "BAD_CHUNK"],
];
for (const [what, bytes, code] of refused) {
  test(`\`ChunkedDecoder\` refuses ${what}, at the last byte of ${JSON.stringify(bytes)}`, () => {
    const single = Array.from(bytes, bytesOf);
    assert.deepEqual(refusal(single, SMALL), [code, bytes.length]);
    assert.deepEqual(refusal(single.slice(0, -1), SMALL), [undefined, bytes.length - 1]);
  });
}

test("`ChunkedDecoder` refuses bytes at the same place, however they are cut and whatever follows", () => {
  const mistake = fc.constantFrom(...refused.map(([, bytes]) => bytes));
  const end = fc.string({ unit: fc.constantFrom("\r", "\n", "0", ";", "x"), maxLength: 12 });
  fc.assert(
    fc.property(mistake, end, fc.array(fc.nat(40), { maxLength: 4 }), (text, rest, cuts) => {
      const bytes = bytesOf(text + rest);
      const places = [0, ...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((to, at) => bytes.subarray(places[at], to));
      assert.deepEqual(refusal(pieces, SMALL), refusal(Array.from(text, bytesOf), SMALL));
    }),
  );
});

const chunk = fc.record({
  data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  zeros: fc.nat(4),
  upper: fc.boolean(),
  extension: fc.constantFrom("", ";a", " ;\ta = b", ';q="\\"; \xe9"'),
});

test("`ChunkedDecoder` returns the encoded data, however it was written and cut", () => {
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 6 }),
      fc.array(fc.nat(400), { maxLength: 8 }),
      (chunks, cuts) => {
        const encoded = Buffer.concat([
          ...chunks.flatMap(({ data, zeros, upper, extension }) => {
            const size = "0".repeat(zeros) + data.length.toString(16);
            return [bytesOf(`${upper ? size.toUpperCase() : size}${extension}\r\n`), data, bytesOf("\r\n")];
          }),
          bytesOf("0\r\n\r\nrest"),
        ]);
        const window = new ByteWindow();
        const decoder = new ChunkedDecoder(DEFAULT_LIMITS);
        const pieces: Buffer[] = [];
        let decoded: Buffer | "end" | typeof NEED_DATA = NEED_DATA;
        const places = [0, ...cuts.filter((at) => at < encoded.length).sort((a, b) => a - b), encoded.length];
        for (let at = 1; at < places.length; at++) {
          window.append(encoded.subarray(places[at - 1], places[at]));
          for (
            decoded = decoder.decode(window);
            typeof decoded === "object";
            decoded = decoder.decode(window)
          ) {
            pieces.push(decoded);
          }
          if (decoded === "end") break;
        }
        assert.equal(decoded, "end");
        assert.deepEqual(Buffer.concat(pieces), Buffer.concat(chunks.map(({ data }) => data)));
        assert.ok("rest".startsWith(window.take(99).toString()));
      },
    ),
  );
});
