import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { mediaTypeOf, splitExtension } from "#src/files/media-type.js";

const types: [path: string, type: string | undefined][] = [
  ["a.txt", "text/plain; charset=utf-8"],
  ["a.html", "text/html; charset=utf-8"],
  ["/srv/a.b/INDEX.HTM", "text/html; charset=utf-8"],
  ["a.css", "text/css; charset=utf-8"],
  ["a.js", "text/javascript; charset=utf-8"],
  ["a.mjs", "text/javascript; charset=utf-8"],
  ["a.json", "application/json; charset=utf-8"],
  ["a.js.map", "application/json; charset=utf-8"],
  ["a.geojson", "application/geo+json; charset=utf-8"],
  ["a.webmanifest", "application/manifest+json; charset=utf-8"],
  ["a.svg", "image/svg+xml"],
  ["a.xml", "application/xml"],
  ["a.wasm", "application/wasm"],
  ["a.png", "image/png"],
  ["a.tar.gz", "application/gzip"],
  ["a.unheard-of", undefined],
  ["a", undefined],
  ["html", undefined],
  ["a.", undefined],
  ["", undefined],
  [".html", undefined],
  ["/a.html/b", undefined],
  ["a.constructor", undefined],
  ["a.__proto__", undefined],
];
for (const [path, type] of types) {
  test(`\`mediaTypeOf\` takes the suffix of ${JSON.stringify(path)} for ${type ?? "unknown"}`, () => {
    assert.equal(mediaTypeOf(splitExtension(path)[1]), type);
  });
}

// Results of Python's posixpath.splitext.
const splits: [root: string, extension: string][] = [
  ["", ""],
  ["a", ".b"],
  ["a.b", ".c"],
  ["a", "."],
  ["a.", "."],
  [".a", ""],
  ["..a", ""],
  ["...", ""],
  ["..", ""],
  [".a", ".b"],
  ["...a", ".b"],
  [" ", ".x"],
  ["a/.b", ""],
  ["a.b/c", ""],
  ["a/..b", ".c"],
  ["a.b/", ""],
  ["a.b/..", ""],
];
for (const [root, extension] of splits) {
  test(`\`splitExtension\` cuts ${JSON.stringify(root + extension)}`, () => {
    assert.deepEqual(splitExtension(root + extension), [root, extension]);
  });
}

test("`splitExtension` returns two parts that together are the path; the second is a suffix of the last name", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(".", "/", "a", "b")), (pieces) => {
      const [root, extension] = splitExtension(pieces.join(""));
      assert.equal(root + extension, pieces.join(""));
      assert.match(extension, /^$|^\.[^./]*$/);
    }),
  );
});
