import assert from "node:assert/strict";
import test from "node:test";
import { cacheControl, type Freshness } from "#src/files/cache-control.js";
import { pathMatcher } from "#src/files/glob.js";

const DEFAULT: Freshness = {
  cache_seconds: null,
  shared_cache_seconds: null,
  no_store: false,
  auth: null,
};
const HASHED = ["assets/**", "*.[0-9a-f][0-9a-f][0-9a-f][0-9a-f].js"];
const FOR_EVER = "public, max-age=31536000, immutable";

const BOTH = { cache_seconds: 60, shared_cache_seconds: 60 };

const rows: [
  name: string,
  settings: Partial<Freshness> & { immutable?: string[] },
  path: string,
  expected: string,
][] = [
  ["by default", {}, "index.html", "no-cache"],
  ["with seconds", { cache_seconds: 3600 }, "index.html", "public, max-age=3600"],
  ["with no seconds", { cache_seconds: 0 }, "index.html", "public, max-age=0"],
  ["with the most seconds", { cache_seconds: 2 ** 31 }, "index.html", "public, max-age=2147483648"],
  ["for an immutable file", { immutable: HASHED }, "js/app.3f9c.js", FOR_EVER],
  ["for a file in an immutable directory", { immutable: HASHED }, "assets/a/b.png", FOR_EVER],
  ["for another file", { immutable: HASHED }, "index.html", "no-cache"],
  ["for an immutable file, with seconds", { immutable: HASHED, cache_seconds: 60 }, "assets/a", FOR_EVER],
  ["for another file, with seconds", { immutable: HASHED, cache_seconds: 60 }, "a", "public, max-age=60"],
  [
    "with seconds for shared caches",
    { shared_cache_seconds: 60 },
    "a",
    "public, max-age=0, must-revalidate, s-maxage=60",
  ],
  [
    "with seconds for both",
    { cache_seconds: 0, shared_cache_seconds: 60 },
    "a",
    "public, max-age=0, s-maxage=60",
  ],
  ["for an immutable file, with seconds for both", { immutable: HASHED, ...BOTH }, "assets/a", FOR_EVER],
  ["with a password", { auth: "a:b" }, "a", "no-cache"],
  ["with a password and seconds", { auth: "a:b", ...BOTH }, "a", "private, max-age=60"],
  ["with a password and seconds for others", { auth: "a:b", shared_cache_seconds: 60 }, "a", "no-cache"],
  [
    "for an immutable file, with a password",
    { auth: "a:b", immutable: HASHED },
    "assets/a",
    "private, max-age=31536000, immutable",
  ],
  ["where nothing is stored", { no_store: true }, "index.html", "no-store"],
  [
    "where nothing is stored, whatever else",
    { no_store: true, cache_seconds: 60, immutable: ["*"] },
    "a",
    "no-store",
  ],
];
for (const [name, { immutable = [], ...settings }, path, expected] of rows) {
  test(`Cache-Control ${name} is "${expected}"`, () => {
    const isImmutable = pathMatcher(immutable)(path);
    assert.equal(cacheControl({ ...DEFAULT, ...settings }, isImmutable), expected);
  });
}

for (const name of ["cache_seconds", "shared_cache_seconds"])
  for (const seconds of [-1, 0.5, 2 ** 31 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    test(`\`cacheControl\` refuses ${name} of ${seconds}`, () =>
      assert.throws(() => cacheControl({ ...DEFAULT, [name]: seconds, no_store: true }, false), {
        name: "RangeError",
        message: `${name} must be a whole number of seconds from 0 to 2147483648, or null, not ${seconds}`,
      }));
  }
