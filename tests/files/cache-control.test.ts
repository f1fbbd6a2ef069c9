import assert from "node:assert/strict";
import test from "node:test";
import { cacheControlFor, type Freshness } from "#src/files/cache-control.js";

const DEFAULT: Freshness = { cacheSeconds: null, immutable: [], noStore: false };
const HASHED = ["assets/**", "*.[0-9a-f][0-9a-f][0-9a-f][0-9a-f].js"];
const FOR_EVER = "public, max-age=31536000, immutable";

const rows: [name: string, settings: Partial<Freshness>, path: string, expected: string][] = [
  ["by default", {}, "index.html", "no-cache"],
  ["with seconds", { cacheSeconds: 3600 }, "index.html", "public, max-age=3600"],
  ["with no seconds", { cacheSeconds: 0 }, "index.html", "public, max-age=0"],
  ["with the most seconds", { cacheSeconds: 2 ** 31 }, "index.html", "public, max-age=2147483648"],
  ["for an immutable file", { immutable: HASHED }, "js/app.3f9c.js", FOR_EVER],
  ["for a file in an immutable directory", { immutable: HASHED }, "assets/a/b.png", FOR_EVER],
  ["for another file", { immutable: HASHED }, "index.html", "no-cache"],
  ["for an immutable file, with seconds", { immutable: HASHED, cacheSeconds: 60 }, "assets/a", FOR_EVER],
  ["for another file, with seconds", { immutable: HASHED, cacheSeconds: 60 }, "a", "public, max-age=60"],
  ["where nothing is stored", { noStore: true }, "index.html", "no-store"],
  [
    "where nothing is stored, whatever else",
    { noStore: true, cacheSeconds: 60, immutable: ["*"] },
    "a",
    "no-store",
  ],
];
for (const [name, settings, path, expected] of rows) {
  test(`Cache-Control ${name} is "${expected}"`, () =>
    assert.equal(cacheControlFor({ ...DEFAULT, ...settings })(path), expected));
}

for (const cacheSeconds of [-1, 0.5, 2 ** 31 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`\`cacheControlFor\` refuses ${cacheSeconds} seconds`, () =>
    assert.throws(() => cacheControlFor({ ...DEFAULT, cacheSeconds, noStore: true }), {
      name: "RangeError",
      message: `cacheSeconds must be a whole number of seconds from 0 to 2147483648, or null, not ${cacheSeconds}`,
    }));
}
