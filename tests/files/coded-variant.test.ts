import assert from "node:assert/strict";
import test from "node:test";
import * as zlib from "node:zlib";
import fc from "fast-check";
import {
  codedVariants,
  HEADER_SIZE,
  isCompressible,
  isDecodable,
  isUpToDate,
  isWorthCompressing,
  SMALLEST_COMPRESSED,
} from "#src/files/coded-variant.js";
import { mediaTypeOf } from "#src/files/media-type.js";

const OF_STYLE = [
  { coding: "br", path: "/a/style.css.br" },
  { coding: "zstd", path: "/a/style.css.zst" },
  { coding: "gzip", path: "/a/style.css.gz" },
];

test("`codedVariants` names one file for each coding, the best one first", () => {
  assert.deepEqual(codedVariants("/a/style.css"), OF_STYLE);
});

for (const name of [
  "a.tar",
  "a.tar.gz",
  "a.tgz",
  "a.css.gz",
  "a.css.br",
  "a.css.zst",
  "a.zip",
  "A.TAR",
  "a.xz",
]) {
  test(`\`codedVariants\` knows none of ${name}, which is a file of its own`, () =>
    assert.deepEqual(codedVariants(`/a/${name}`), []));
}

for (const name of ["gz", "a.gzip", "tar", "a.tar.txt", "a.gz/b"]) {
  test(`\`codedVariants\` knows some of ${name}`, () => assert.equal(codedVariants(`/a/${name}`).length, 3));
}

const times: [name: string, variant: number, original: number, expected: boolean][] = [
  ["of the same time", 5000.25, 5000.25, true],
  ["that is newer", 5000.5, 5000.25, true],
  ["that is older by a little", 5000, 5000.25, true], // a tool may have dropped the fraction
  ["that is older by a little, with a fraction", 5000.125, 5000.25, true],
  ["that was copied beside the other", 4000, 5000.25, true],
  ["that is older by two seconds", 3000, 5000, true],
  ["that is older by more", 2999.75, 5000, false],
];
for (const [name, variant, original, expected] of times) {
  test(`a variant ${name} is ${expected ? "" : "not "}up to date`, () =>
    assert.equal(isUpToDate({ modified: variant }, { modified: original }), expected));
}

const types: [type: string, expected: boolean][] = [
  ["text/html; charset=utf-8", true],
  ["TEXT/HTML;charset=utf-8", true],
  ["text/event-stream", false],
  ["text/event-stream-of-mine", true],
  ["application/json", true],
  ["application/ld+json", true],
  ["image/svg+xml", true],
  ["application/wasm", true],
  ["application/javascript", true],
  ["application/xml", true],
  ["font/ttf", true],
  ["font/woff2", false],
  ["image/png", false],
  ["image/bmp", true],
  ["video/mp4", false],
  ["application/gzip", false],
  ["application/zip", false],
  ["application/pdf", false],
  ["application/octet-stream", false],
  ["application/x-json", false],
  ["xtext/html", false],
  ["", false],
];
for (const [type, expected] of types) {
  test(`\`isCompressible\` says ${expected} for ${JSON.stringify(type)}`, () =>
    assert.equal(isCompressible(type), expected));
}

for (const [names, expected] of [
  ["html css js mjs json map svg xml txt md csv wasm webmanifest ics vtt ttf otf ico yaml", true],
  ["png jpg gif webp avif mp4 webm mp3 woff woff2 zip gz br zst 7z pdf docx", false],
] as const) {
  for (const name of names.split(" "))
    test(`\`isCompressible\` says ${expected} for the type of .${name}`, () =>
      assert.equal(isCompressible(mediaTypeOf(`.${name}`) ?? ""), expected));
}

test(`\`isWorthCompressing\` wants ${SMALLEST_COMPRESSED} bytes, and a type`, () => {
  assert.equal(isWorthCompressing("text/html", SMALLEST_COMPRESSED), true);
  assert.equal(isWorthCompressing("text/html", SMALLEST_COMPRESSED - 1), false);
  assert.equal(isWorthCompressing("image/png", SMALLEST_COMPRESSED), false);
});

test("`isCompressible` reads a megabyte in linear time", () => {
  for (const value of ["+", "/", " ", "a/+", "text/"].map((piece) => piece.repeat(200_000)))
    isCompressible(value); // in quadratic time, this would not come to an end
});

const rows: readonly (readonly [what: string, hex: string, expected: boolean])[] = [
  ["a window of 1 KiB", "28b52ffd000000000000", true],
  ["a window of 8 MiB", "28b52ffd006800000000", true],
  ["a window of 9 MiB", "28b52ffd006900000000", false],
  ["a window of 128 MiB", "28b52ffd008800000000", false],
  ["all of 10 bytes for a window", "28b52ffd200a00000000", true],
  ["all of 8 MiB for a window", "28b52ffda00000800000", true],
  ["all of 8 MiB and a byte for a window", "28b52ffda00100800000", false],
  ["all of 8 MiB for a window, and a dictionary", "28b52ffda30102030400008000", true],
  ["all of more than numbers have for a window", "28b52ffde0ffffffffffffffff", false],
  ["an incomplete head", "28b52ffde0ffff", false],
  ["a skippable frame", "502a4d18040000000000", false],
  ["gzip", "1f8b0800000000000003", false],
  ["nothing", "", false],
];
for (const [what, hex, expected] of rows)
  test(`A file with ${what} is ${expected ? "" : "not "}decoded by browsers`, () =>
    assert.equal(isDecodable(Buffer.from(hex, "hex")), expected));

if ("zstdCompressSync" in zlib)
  test("Content that Node compresses can be decoded, unless its window is larger", () => {
    const { ZSTD_c_windowLog } = zlib.constants;
    const text = Buffer.alloc(20 * 1024 * 1024, "0123456789");
    const compressed = (log: number) => zlib.zstdCompressSync(text, { params: { [ZSTD_c_windowLog]: log } });
    assert.ok(isDecodable(compressed(23).subarray(0, HEADER_SIZE)));
    assert.ok(!isDecodable(compressed(24).subarray(0, HEADER_SIZE)));
  });

test("`isDecodable` reads any bytes", () => {
  const bytes = fc.uint8Array({ maxLength: HEADER_SIZE });
  fc.assert(
    fc.property(
      bytes,
      (some) => typeof isDecodable(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...some])) === "boolean",
    ),
  );
});
