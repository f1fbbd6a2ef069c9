import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  asksForHtml,
  type ContentCoding,
  chooseCoding,
  MAX_PREFERENCES,
  prefersJson,
  prefersProblem,
} from "#src/files/accept.js";
import { anyText } from "../support/any-text.js";

const ALL: readonly ContentCoding[] = ["br", "zstd", "gzip"];

const codings: [
  rfc: string,
  value: string | null,
  expected: ContentCoding | "identity" | "none",
  available?: readonly ContentCoding[],
][] = [
  ["§12.5.3", null, "identity"],
  ["§12.5.3", "", "identity"],
  ["§12.5.3", " ", "identity"],
  ["§12.5.3", ",,", "identity"],
  ["§12.5.3", "gzip", "gzip"],
  ["§12.5.3", "gzip, deflate, br, zstd", "br"],
  ["§12.5.3", "gzip, deflate, br, zstd", "zstd", ["zstd", "gzip"]],
  ["§12.5.3", "gzip, deflate, br, zstd", "identity", []],
  ["§12.5.3", "deflate", "identity"],
  ["§12.5.3", "gzip", "identity", ["br"]],
  ["§8.4.1", "GZIP", "gzip"],
  ["§8.4.1.3", "x-gzip", "gzip"],
  ["§8.4.1.3", "X-GZip;q=0.5", "gzip"],
  ["§12.5.3", "gzip;q=0", "identity"],
  ["§12.5.3", "gzip;q=0.0", "identity"],
  ["§12.5.3", "gzip;q=0.000", "identity"],
  ["§12.5.3", "gzip;q=0.001", "gzip"],
  ["§12.5.3", "br;q=0.5, gzip;q=0.8, zstd;q=0.7", "gzip"],
  ["§12.5.3", "br;q=0.999, gzip;q=1.000", "gzip"],
  ["§12.5.3", "br ; q=0.5 ,\tgzip\t;\tq=0.8", "gzip"],
  ["§12.5.3", "br;Q=0.5, gzip;Q=0.8", "gzip"],
  ["§12.5.3", "br;q=0, gzip", "gzip"],
  ["§12.5.3", "*", "br"],
  ["§12.5.3", "*;q=0.1", "br"],
  ["§12.5.3", "gzip;q=0.5, *;q=0.1", "gzip"],
  ["§12.5.3", "br;q=0, *", "zstd"],
  ["§12.5.3", "identity", "identity"],
  ["§12.5.3", "identity, gzip", "gzip"],
  ["§12.5.3", "identity, gzip;q=0.5", "identity"],
  ["§12.5.3", "identity;q=0.5, gzip;q=0.5", "gzip"],
  ["§12.5.3", "identity;q=0.5, *;q=0.2", "identity"],
  ["§12.5.3", "identity;q=0, gzip", "gzip"],
  ["§12.5.3", "identity;q=0", "none"],
  ["§12.5.3", "identity;q=0, gzip", "none", []],
  ["§12.5.3", "identity;q=0, gzip;q=0", "none"],
  ["§12.5.3", "*;q=0", "none"],
  ["§12.5.3", "*;q=0, gzip", "gzip"],
  ["§12.5.3", "*;q=0, gzip", "none", ["br"]],
  ["§12.5.3", "*;q=0, identity", "identity"],
  ["§12.5.3", "*;q=0, identity;q=0.1", "identity"],
  ["§12.4.2", "gzip;q=1.001", "identity"],
  ["§12.4.2", "gzip;q=2", "identity"],
  ["§12.4.2", "gzip;q=0.0001", "identity"],
  ["§12.4.2", "gzip;q=-1", "identity"],
  ["§12.4.2", "gzip;q=.5", "identity"],
  ["§12.4.2", "gzip;q=", "identity"],
  ["§12.4.2", "gzip;q= 1", "identity"],
  ["§12.4.2", "gzip;q=1e0", "identity"],
  ["§12.4.2", 'gzip;q="1"', "identity"],
  ["§12.4.2", "gzip;q=1.", "gzip"],
  ["§12.4.2", "br;q=x, gzip;q=0.1", "gzip"],
  ["§12.5.3", "gzipped, xgzip, brotli, b, abr, br2", "identity"],
  ["§12.5.3", "gzip br", "identity"],
  ["§12.5.3", "gzip;level=9", "identity"],
  ["§12.5.3", "gzip;q=0, gzip;q=1", "identity"],
  ["§12.5.3", "__proto__, constructor, toString", "identity"],
];
for (const [rfc, value, expected, available = ALL] of codings) {
  test(`\`chooseCoding\` gives ${expected} of [${available}] for ${JSON.stringify(value)} (RFC 9110 ${rfc})`, () =>
    assert.equal(chooseCoding(value, available), expected));
}

test(`\`chooseCoding\` looks at ${MAX_PREFERENCES} members and not one more`, () => {
  const others = (count: number) => "x,".repeat(count);
  assert.equal(chooseCoding(`${others(MAX_PREFERENCES - 1)}gzip`, ALL), "gzip");
  assert.equal(chooseCoding(`${others(MAX_PREFERENCES)}gzip`, ALL), "identity");
});

test("`chooseCoding` returns the same result again, regardless of calls in between", () => {
  for (let round = 0; round < 2; round++)
    for (let weight = 0; weight < 1000; weight++)
      assert.equal(
        chooseCoding(`gzip;q=0.${String(weight).padStart(3, "0")}`, ALL),
        weight > 0 ? "gzip" : "identity",
      );
});

test("`chooseCoding` returns only available codings, for any text", () => {
  const pieces = fc.array(
    fc.constantFrom("gzip", "br", "identity", "*", ",", ";", "q=", "0", "1", ".5", " ", '"', "\\"),
  );
  const text = fc.oneof(
    anyText(),
    pieces.map((some) => some.join("")),
  );
  fc.assert(
    fc.property(text, fc.subarray([...ALL]), (value, available) => {
      const chosen = chooseCoding(value, available);
      assert.ok(chosen === "identity" || chosen === "none" || available.includes(chosen));
    }),
  );
});

test("`chooseCoding` never returns a coding with the weight 0", () => {
  const weights = fc.record({ br: fc.nat({ max: 3 }), zstd: fc.nat({ max: 3 }), gzip: fc.nat({ max: 3 }) });
  fc.assert(
    fc.property(weights, (some) => {
      const value = Object.entries(some).map(([coding, weight]) => `${coding};q=0.${weight}`);
      const chosen = chooseCoding(value.join(), ALL);
      const best = Math.max(...Object.values(some));
      assert.equal(chosen === "none" || chosen === "identity" ? 0 : some[chosen], best);
    }),
  );
});

const CHROMIUM =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";

const accepts: [accept: string | null, html: boolean, json: boolean][] = [
  [null, false, false],
  ["", false, false],
  ["*/*", false, false],
  ["*", false, false],
  [CHROMIUM, true, false],
  ["text/html", true, false],
  ["TEXT/HTML", true, false],
  ["text/*", true, false],
  ["text/plain", false, false],
  ["application/xhtml+xml", true, false],
  ["text/html;q=0", false, false],
  ["text/html;q=0, text/*", false, false],
  ["text/html;q=0, */*", false, false],
  ["text/html;q=0.001", true, false],
  ["text/html;q=2", false, false],
  ["text/html;level=1", true, false],
  ["text/html;level=1;q=0, text/html", true, false],
  ["text/htmlx, xtext/html", false, false],
  ['x/y;a=", text/html", z/z', false, false],
  ['x/y;a="\\", text/html", z/z', false, false],
  ['x/y;a="p, q", text/html', true, false],
  ['x/y;a="\\"", application/json', false, true],
  ["image/avif,image/webp,*/*", false, false],
  ["application/json", false, true],
  ["Application/JSON", false, true],
  ["application/json;charset=utf-8", false, true],
  ["application/json, text/plain, */*", false, true],
  ["application/json;q=0.5, */*;q=0.5", false, true],
  ["application/json;q=0.5, */*", false, false],
  ["application/json;q=0, */*", false, false],
  ["application/json, text/html", true, false],
  ["application/json, text/html;q=0.9", true, true],
  ["application/json;q=0.9, text/html", true, false],
  ["application/json;q=0.5, text/*;q=0.4, */*", true, true],
  ["application/json;q=0.5, text/html;q=0, */*", false, true],
  ["application/*", false, false],
  ["application/json-seq, application/ld+json", false, false],
];
for (const [accept, html, json] of accepts) {
  test(`Accept: ${accept} ${html ? "asks" : "does not ask"} for HTML, and ${json ? "prefers" : "does not prefer"} JSON (RFC 9110 §12.5.1)`, () => {
    assert.equal(asksForHtml(accept), html);
    assert.equal(prefersJson(accept), json);
    assert.equal(prefersProblem(accept), json);
  });
}

for (const [accept, json] of [
  ["application/problem+json", true],
  ["application/problem+json, text/html;q=0.9", true],
  ["application/problem+json;q=0.9, text/html", false],
  ["application/json;q=0.1, application/problem+json, text/html;q=0.5", true],
  ["application/problem+json;q=0, */*", false],
] as const) {
  test(`Accept: ${accept} ${json ? "prefers" : "does not prefer"} problem details (RFC 9457)`, () => {
    assert.equal(prefersProblem(accept), json);
  });
}

test("`asksForHtml` and `prefersJson` accept any text", () => {
  const pieces = fc.array(
    fc.constantFrom("text/html", "application/json", "*/*", ",", ";", "q=0", '"', "\\", " "),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        anyText(),
        pieces.map((some) => some.join("")),
      ),
      (accept) => {
        assert.equal(typeof asksForHtml(accept), "boolean");
        assert.equal(typeof prefersJson(accept), "boolean");
      },
    ),
  );
});

test("`asksForHtml` reads a megabyte in linear time", () => {
  const size = 1_000_000;
  for (const value of [",", ";", '"', " ", '"\\', 'a;b="'].map((piece) => piece.repeat(size / piece.length)))
    asksForHtml(value); // in quadratic time, this would not come to an end
});
