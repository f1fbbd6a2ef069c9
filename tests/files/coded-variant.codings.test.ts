import assert from "node:assert/strict";
import test from "node:test";
import { type ContentCodings, codingsOf, withoutCoding } from "#src/files/coded-variant.js";

const rows: readonly (readonly [ContentCodings, path: string, coding: string | null])[] = [
  [{ "*.svgz": "gzip" }, "a.svgz", "gzip"],
  [{ "*.svgz": "gzip" }, "deep/in/a.svgz", "gzip"],
  [{ "*.svgz": "gzip" }, "a.svg", null],
  [{ "*.data.br": "br", "*.gz": "gzip" }, "build/x.data.br", "br"],
  [{ "*.data.br": "br", "*.gz": "gzip" }, "x.framework.js.gz", "gzip"],
  [{ "*.gz": "gzip" }, "site.tar.gz", null],
  [{ "*.gz": "gzip", "*.tgz": "gzip" }, "site.TAR.GZ", null],
  [{ "*.tgz": "gzip" }, "site.tgz", null],
  [{ "tiles/**": "gzip" }, "tiles/1/2/3.pbf", "gzip"],
  [{ "tiles/**": "gzip" }, "other/3.pbf", null],
  [{}, "a.gz", null],
];
for (const [codings, path, coding] of rows)
  test(`\`codingsOf\` says ${coding} for ${path} by ${JSON.stringify(codings)}`, () =>
    assert.equal(codingsOf(codings)(path), coding));

test("`codingsOf` refuses an unknown coding", () => {
  assert.throws(
    () => codingsOf({ "*.lz": "lzma" as never }),
    /"br", "zstd" or "gzip" for "\*\.lz", not "lzma"/,
  );
});

test("`withoutCoding` removes the suffix of the coding, if there is one", () => {
  assert.equal(withoutCoding("/a/x.data.br", "br"), "/a/x.data");
  assert.equal(withoutCoding("/a/x.GZ", "gzip"), "/a/x");
  assert.equal(withoutCoding("/a/x.svgz", "gzip"), "/a/x.svgz");
});
