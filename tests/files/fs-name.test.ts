import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fsDecode, fsEncode } from "#src/files/fs-name.js";
import { anyText } from "../support/any-text.js";

const bytesOf = (name: string) => Buffer.from(fsEncode(name));

// Results of Python's os.fsdecode.
const rows: [bytes: string, name: string][] = [
  ["", ""],
  ["61", "a"],
  ["c3a9", "é"],
  ["f09f9880", "😀"],
  // The first and the last character of each length, and bytes beside them.
  ["c280dfbf", "\x80\u07ff"],
  ["e0a080efbfbf", "\u0800\uffff"],
  ["f0908080f48fbfbf", "\u{10000}\u{10ffff}"],
  ["c1bf", "\udcc1\udcbf"],
  ["f5808080", "\udcf5\udc80\udc80\udc80"],
  ["ff", "\udcff"],
  ["80", "\udc80"],
  ["66fc72", "f\udcfcr"],
  ["c3", "\udcc3"],
  ["c341", "\udcc3A"],
  ["e28241", "\udce2\udc82A"],
  ["c080", "\udcc0\udc80"], // overlong
  ["e080af", "\udce0\udc80\udcaf"],
  ["eda080", "\udced\udca0\udc80"], // a surrogate
  ["edb3bf", "\udced\udcb3\udcbf"],
  ["f4908080", "\udcf4\udc90\udc80\udc80"], // beyond U+10FFFF
  ["f0808080", "\udcf0\udc80\udc80\udc80"],
  ["f09f9880ff", "😀\udcff"],
  ["fff09f9880", "\udcff😀"],
  ["e28282e282", "₂\udce2\udc82"],
  ["efbbbf61", "\ufeffa"], // a byte order mark is part of the name
];
for (const [hex, name] of rows) {
  test(`\`fsDecode\` reads the bytes ${hex || "of nothing"} as Python does`, () => {
    assert.equal(fsDecode(Buffer.from(hex, "hex")), name);
    assert.equal(bytesOf(name).toString("hex"), hex);
  });
}

test("`fsEncode` returns a name without escaped bytes unchanged", () => {
  for (const name of ["", "a", "é", "😀", "\u{1f480}\u{1f4ff}", "/srv/www/index.html"]) {
    assert.equal(fsEncode(name), name);
  }
});

test("`fsEncode` restores any bytes from `fsDecode`", () => {
  const utf8Pieces = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      anyText({ maxLength: 3 }).map((text) => Buffer.from(text)),
    ),
  );
  fc.assert(
    fc.property(utf8Pieces, (pieces) => {
      const bytes = Buffer.concat(pieces);
      assert.deepEqual(bytesOf(fsDecode(bytes)), bytes);
    }),
  );
});

test("`fsDecode` turns only bytes from 80 on into surrogates, so that none can become a slash or NUL", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const surrogates = fsDecode(Buffer.from(bytes)).match(/\p{Cs}/gu) ?? [];
      assert.ok(surrogates.every((surrogate) => surrogate >= "\udc80" && surrogate <= "\udcff"));
    }),
  );
});
