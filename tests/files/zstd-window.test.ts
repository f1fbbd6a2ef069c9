import assert from "node:assert/strict";
import test from "node:test";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { HEADER_SIZE, isDecodable } from "#src/files/zstd-window.js";

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
  ["a head that is cut off", "28b52ffde0ffff", false],
  ["a skippable frame", "502a4d18040000000000", false],
  ["gzip", "1f8b0800000000000003", false],
  ["nothing", "", false],
];
for (const [what, hex, expected] of rows)
  test(`A file with ${what} is ${expected ? "" : "not "}decoded by browsers`, () =>
    assert.equal(isDecodable(Buffer.from(hex, "hex")), expected));

if ("zstdCompressSync" in zlib)
  test("What Node compresses is decoded, unless its window is larger", () => {
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
