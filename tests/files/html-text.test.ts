import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { escapeHtml, exactSize, formatSize, shownText, utcTime } from "#src/files/html-text.js";
import { anyText } from "../support/any-text.js";

test("`escapeHtml` leaves no markup", () => {
  assert.equal(escapeHtml(`<b a="1" c='2'>&amp;`), "&lt;b a=&quot;1&quot; c=&#x27;2&#x27;&gt;&amp;amp;");
  assert.equal(escapeHtml("plain text, 100% (of it); é 日本 😀"), "plain text, 100% (of it); é 日本 😀");
});

test("`escapeHtml` and `shownText` replace unprintable characters with U+FFFD", () => {
  const text = "a\n\0\x1b\x7f\x9b\udcff\ud800😀";
  assert.equal(escapeHtml(text), `a${"\ufffd".repeat(7)}😀`);
  assert.equal(shownText(text), `a${"\ufffd".repeat(7)}😀`);
});

test("`escapeHtml` escapes every character that could end text or an attribute", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      assert.doesNotMatch(escapeHtml(text), /[<>"'\0-\x1f\x7f-\x9f]|&(?!(?:amp|lt|gt|quot|#x27);)/);
    }),
    { numRuns: 1000 },
  );
});

const sizes: readonly (readonly [bytes: number, text: string])[] = [
  [0, "0 B"],
  [1, "1 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1536, "1.5 KiB"],
  [102_348, "99.9 KiB"],
  [102_400, "100 KiB"],
  [1_048_063, "1023 KiB"],
  [1_048_064, "1.0 MiB"],
  [1_048_576, "1.0 MiB"],
  [5_000_000_000, "4.7 GiB"],
  [1024 ** 4, "1.0 TiB"],
  [Number.MAX_SAFE_INTEGER, "8.0 PiB"],
  [1024 ** 6 * 3, "3072 PiB"],
];
for (const [bytes, text] of sizes) {
  test(`\`formatSize\` shows ${bytes} bytes as ${text}`, () => assert.equal(formatSize(bytes), text));
}

test("`exactSize` groups digits", () => {
  assert.equal(exactSize(0), "0 bytes");
  assert.equal(exactSize(1), "1 byte");
  assert.equal(exactSize(999), "999 bytes");
  assert.equal(exactSize(1_234_567), "1,234,567 bytes");
});

test("`utcTime` agrees with `toISOString`, for any valid time", () => {
  fc.assert(
    fc.property(fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }), (milliseconds) => {
      // Dates are rounded towards zero to milliseconds, and file times down to minutes.
      const whole = Math.floor(milliseconds / 60_000) * 60_000;
      fc.pre(whole >= -8.64e15);
      assert.equal(`${utcTime(milliseconds).replace(" ", "T")}:00.000Z`, new Date(whole).toISOString());
    }),
    { numRuns: 1000 },
  );
});

test("`utcTime` does not confuse days that are requested alternately", () => {
  const shown = [0, 86_400_000, 86_399_999, -1].map(utcTime);
  assert.deepEqual(shown, ["1970-01-01 00:00", "1970-01-02 00:00", "1970-01-01 23:59", "1969-12-31 23:59"]);
});
