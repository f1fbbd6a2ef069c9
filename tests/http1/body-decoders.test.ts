import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { bodyDecoder, ChunkedDecoder, NEED_DATA } from "#src/http1/body-decoders.js";
import { ByteWindow } from "#src/http1/byte-window.js";
import { DEFAULT_LIMITS, type Limits } from "#src/http1/limits.js";
import { bytesOf, type ProtocolRow, testRows } from "../support/protocol-rows.js";

const HEAD = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
const LONG = "x".repeat(0x1a);

const accepted: [name: string, section: string, chunks: string, content: string, trailers?: string[]][] = [
  ["one chunk", "§7.1", "5\r\nhello\r\n0\r\n\r\n", "hello"],
  ["several chunks", "§7.1", "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n", "abcdef"],
  ["no chunk", "§7.1", "0\r\n\r\n", ""],
  ["an end of several zeros", "§7.1", "000\r\n\r\n", ""],
  ["a size in lower case", "§7.1", `1a\r\n${LONG}\r\n0\r\n\r\n`, LONG],
  ["a size in upper case", "§7.1", `1A\r\n${LONG}\r\n0\r\n\r\n`, LONG],
  ["leading zeros, as many as digits are allowed", "§7.1", "0000000000005\r\nhello\r\n0\r\n\r\n", "hello"],
  ["line ends and zeros in the data", "§7.1", "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n\r\n"],
  ["an extension", "§7.1.1", "5;a\r\nhello\r\n0\r\n\r\n", "hello"],
  ["an extension with a value", "§7.1.1", "5;a=b\r\nhello\r\n0;c=d\r\n\r\n", "hello"],
  ["several extensions with white space", "§7.1.1", "5 ; a\t=\tb ;c ; d = e\r\nhello\r\n0\r\n\r\n", "hello"],
  ["an extension in quotes", "§7.1.1", '5;a="b c;d=\\"\\\\\xff\t"\r\nhello\r\n0\r\n\r\n', "hello"],
  ["an extension of an empty string", "§7.1.1", '5;a=""\r\nhello\r\n0\r\n\r\n', "hello"],
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

const badChunks: [name: string, chunks: string, content?: string][] = [
  ["no size", "\r\nhello\r\n0\r\n\r\n"],
  ["no size but an extension", ";a\r\nhello\r\n0\r\n\r\n"],
  ["a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"],
  ["a size with a plus", "+5\r\nhello\r\n0\r\n\r\n"],
  ["a size with a minus", "-5\r\nhello\r\n0\r\n\r\n"],
  ["a size with an underscore", "1_0\r\nhello\r\n0\r\n\r\n"],
  ["a size with a fraction", "5.0\r\nhello\r\n0\r\n\r\n"],
  ["a size of another letter", "g\r\nhello\r\n0\r\n\r\n"],
  ["a size of the character before 'a'", "5`\r\nhello\r\n0\r\n\r\n"],
  ["a size of the character before 'A'", "5@\r\nhello\r\n0\r\n\r\n"],
  ["a size of '!' to ')', which are digits less 0x20", "!\r\nh\r\n0\r\n\r\n"],
  ["a size of control characters, which are digits less 0x20", "\x15\r\nhello\r\n0\r\n\r\n"],
  ["a space before the size", " 5\r\nhello\r\n0\r\n\r\n"],
  ["a space behind the size", "5 \r\nhello\r\n0\r\n\r\n"],
  ["a tab behind the size", "5\t\r\nhello\r\n0\r\n\r\n"],
  ["two sizes", "5 5\r\nhello\r\n0\r\n\r\n"],
  ["a size of more digits than are exact", "00000000000005\r\nhello\r\n0\r\n\r\n"],
  ["a size of 2^64 and 5, which wraps to 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"],
  ["a row of zeros without an end", "0".repeat(100)],
  ["a NUL behind the size", "5\0\r\nhello\r\n0\r\n\r\n"],
  ["a bare LF behind the size", "5\nhello\r\n0\r\n\r\n"],
  ["a bare CR behind the size", "5\rhello\r\n0\r\n\r\n"],
  ["two CR behind the size", "5\r\r\nhello\r\n0\r\n\r\n"],
  ["a bare LF in an extension", "5;a\nhello\r\n0\r\n\r\n"],
  ["a bare LF in a quoted extension", '5;a="\n"\r\nhello\r\n0\r\n\r\n'],
  ["a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"],
  ["an extension without a name", "5;\r\nhello\r\n0\r\n\r\n"],
  ["an extension without a value", "5;a=\r\nhello\r\n0\r\n\r\n"],
  ["an extension with two values", "5;a=b=c\r\nhello\r\n0\r\n\r\n"],
  ["an extension with a space behind it", "5;a \r\nhello\r\n0\r\n\r\n"],
  ["an extension without a semicolon", "5 a=b\r\nhello\r\n0\r\n\r\n"],
  ["an extension with an open quote", '5;a="b\r\nhello\r\n0\r\n\r\n'],
  ["an extension with text behind its quotes", '5;a="b"c\r\nhello\r\n0\r\n\r\n'],
  ["an extension with a NUL", "5;a=\0\r\nhello\r\n0\r\n\r\n"],
  ["a comma for a semicolon", "5,a\r\nhello\r\n0\r\n\r\n"],
  ["no line end behind the data", "5\r\nhello0\r\n\r\n", "hello"],
  ["more data than the size", "5\r\nhello!\r\n0\r\n\r\n", "hello"],
  ["a bare LF behind the data", "5\r\nhello\n0\r\n\r\n", "hello"],
  ["a bare CR behind the data", "5\r\nhello\r0\r\n\r\n", "hello"],
  ["two line ends behind the data", "5\r\nhello\r\n\r\n0\r\n\r\n", "hello"],
  ["a bare LF behind the last size", "0\n\r\n", ""],
];
testRows(
  "`ChunkedDecoder` refuses",
  badChunks.map(([name, chunks, content = ""]) => ({
    name,
    rfc: "9112 §7.1",
    bytes: HEAD + chunks,
    error: "BAD_CHUNK",
    requests: [{ content, trailers: undefined as never }],
  })),
);

const badTrailers: [name: string, chunks: string, error?: ProtocolRow["error"]][] = [
  ["a bare LF at the end", "0\r\n\n"],
  ["a bare LF behind a trailer field", "0\r\nX: 1\n\r\n"],
  ["a bare LF behind the trailer section", "0\r\nX: 1\r\n\n"],
  ["a bare CR in a trailer field", "0\r\nX: 1\r2\r\n\r\n", "BARE_CR"],
  ["a bare CR before the end", "0\r\n\r\r\n", "BARE_CR"],
  ["a trailer field without a colon", "0\r\nX\r\n\r\n"],
  ["a space before the colon", "0\r\nX : 1\r\n\r\n"],
  ["a NUL", "0\r\nX: \0\r\n\r\n"],
  ["a folded trailer field", "0\r\nX: 1\r\n 2\r\n\r\n", "FOLDED_FIELD"],
  ["a request in place of the end", "0\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"],
];
for (const name of [
  "Content-Length",
  "TRANSFER-ENCODING",
  "host",
  "Connection",
  "TE",
  "Trailer",
  "Upgrade",
]) {
  badTrailers.push([`the trailer field ${name}`, `0\r\nX: 1\r\n${name}: 1\r\n\r\n`]);
}
testRows(
  "`ChunkedDecoder` refuses",
  badTrailers.map(([name, chunks, error = "BAD_TRAILER"]) => ({
    name,
    rfc: "9112 §7.1.2",
    bytes: HEAD + chunks,
    error,
    requests: [{ content: "" }],
  })),
);

test("`bodyDecoder` gives none where there is no content", () => {
  assert.equal(bodyDecoder({ kind: "none" }, DEFAULT_LIMITS), null);
  assert.equal(bodyDecoder({ kind: "length", length: 0 }, DEFAULT_LIMITS), null);
});

test("`FixedLengthDecoder` leaves what is behind the content", () => {
  const window = new ByteWindow();
  const decoder = bodyDecoder({ kind: "length", length: 3 }, DEFAULT_LIMITS);
  assert.equal(decoder?.decode(window), NEED_DATA);
  window.append(bytesOf("abcdef"));
  assert.deepEqual(decoder?.decode(window), bytesOf("abc"));
  assert.equal(decoder?.decode(window), "end");
  assert.equal(window.length, 3);
});

test("`ChunkedDecoder` hands data out without copying it", () => {
  const window = new ByteWindow();
  const bytes = bytesOf("5\r\nhello\r\n");
  window.append(bytes);
  const piece = new ChunkedDecoder(DEFAULT_LIMITS).decode(window) as Buffer;
  assert.equal(piece.toString(), "hello");
  assert.equal(piece.buffer, bytes.buffer);
});

test("`ChunkedDecoder` refuses a trailer section while it comes, not at its end", () => {
  const decode = (text: string, limits: Partial<Limits>) => {
    const window = new ByteWindow();
    window.append(bytesOf(text));
    new ChunkedDecoder({ ...DEFAULT_LIMITS, ...limits }).decode(window);
  };
  assert.throws(() => decode("0\r\nA: 1\r\nB: 2\r\n", { fieldCount: 1 }), { code: "TOO_MANY_FIELDS" });
  assert.throws(() => decode("0\r\nbad\r\n", {}), { code: "BAD_TRAILER" });
});

const chunk = fc.record({
  data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  zeros: fc.nat(4),
  upper: fc.boolean(),
  extension: fc.constantFrom("", ";a", " ;\ta = b", ';q="\\"; \xe9"'),
});

test("`ChunkedDecoder` gives back what was encoded, however it was written and cut", () => {
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
