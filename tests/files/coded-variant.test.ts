import assert from "node:assert/strict";
import test from "node:test";
import {
  codedVariants,
  isCompressible,
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
