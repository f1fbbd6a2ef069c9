import fc from "fast-check";

/** A change to bytes. Places are taken modulo their number. */
interface Edit {
  readonly how: "insert" | "delete" | "overwrite" | "repeat" | "move";
  readonly at: number;
  readonly count: number;
  readonly bytes: Buffer;
}

// What readers of HTTP disagree about, and what limits are made of.
const PIECES = [
  ...'\0|\t|\n|\r|\r\n|\r\n\r\n| |  |:|;|,|=|"|\\|/|//|..|/../|%|%00|%2e|%2F|%5c|#|?|*|-|+|0|1|9|f|x|\x7f|\x80|\xff|a: b\r\n'.split(
    "|",
  ),
  "Content-Length: 5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Host: a\r\n",
  "0\r\n\r\n",
  '5;a="b\r\n',
  "HTTP/1.1",
  "http://",
  "bytes=",
  "--",
  "99999999999999999999",
  "\ufeff",
  "{",
  "}",
  "[",
  "null",
].map((text) => Buffer.from(text, text === "\ufeff" ? "utf8" : "latin1"));

const edit: fc.Arbitrary<Edit> = fc.record({
  how: fc.constantFrom("insert", "insert", "delete", "overwrite", "repeat", "move"),
  at: fc.nat(4096),
  count: fc.nat(12),
  bytes: fc.oneof(
    fc.constantFrom(...PIECES),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  ),
});

/** Bytes that are made of those of a corpus. */
export function mutated(corpus: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const base = fc.constantFrom(Buffer.alloc(0), ...corpus);
  return fc.tuple(base, fc.array(edit, { maxLength: 8 })).map(([bytes, edits]) => edits.reduce(apply, bytes));
}

function apply(bytes: Buffer, { how, at, count, bytes: piece }: Edit): Buffer {
  const place = at % (bytes.length + 1);
  const [before, some, after] = [
    bytes.subarray(0, place),
    bytes.subarray(place, place + count),
    bytes.subarray(place + count),
  ];
  switch (how) {
    case "insert":
      return Buffer.concat([before, piece, some, after]);
    case "delete":
      return Buffer.concat([before, after]);
    case "overwrite":
      return Buffer.concat([before, piece, bytes.subarray(place + piece.length)]);
    case "repeat":
      return Buffer.concat([before, some, some, after]);
    case "move":
      return Buffer.concat([some, before, after]);
  }
}
