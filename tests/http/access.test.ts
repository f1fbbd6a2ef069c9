import assert from "node:assert/strict";
import test from "node:test";
import { corsFields, hasCredentials, isAllowedHost, preflightFields } from "#src/http/access.js";

const hosts: readonly (readonly [host: string | null, allowed: string[] | null, isAllowed: boolean])[] = [
  ["evil.example", null, true],
  [null, null, true],
  [null, ["app.test"], false],
  ["", ["app.test"], false],
  ["app.test", [], false],
  ["app.test", ["app.test"], true],
  ["App.Test", ["aPP.tEST"], true],
  ["app.test:8000", ["app.test"], true],
  ["app.test:", ["app.test"], true],
  ["app.test.", ["app.test"], true],
  ["app.test.:80", ["app.test"], true],
  ["other.app.test", ["app.test"], false],
  ["app.test.evil.example", ["app.test"], false],
  ["evilapp.test", ["app.test"], false],
  ["localhost", ["127.0.0.1"], false],
  ["127.0.0.1:8000", ["127.0.0.1"], true],
  ["[::1]:8000", ["::1"], true],
  ["[::1]", ["[::1]"], true],
  ["[::2]", ["::1"], false],
  ["test", [".test"], true],
  ["a.b.test:1", [".test"], true],
  ["attest", [".test"], false],
  ["one", ["two", "one"], true],
];
for (const [host, allowed, isAllowed] of hosts) {
  test(`\`isAllowedHost\` ${isAllowed ? "allows" : "refuses"} ${host} where ${JSON.stringify(allowed)} are allowed`, () => {
    assert.equal(isAllowedHost(host, allowed), isAllowed);
  });
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const authorizations: readonly (readonly [fields: readonly string[], isRight: boolean])[] = [
  [[], false],
  [[""], false],
  [["Basic"], false],
  [["Basic "], false],
  [[basic("ada:se:cret é")], true],
  [[basic("ada:se:cret é").replace("Basic", "bASIC  ")], true],
  [[basic("ada:se:cret é").replace(/=+$/, "")], true], // the padding has no content
  [[basic("ada:se:cret e")], false],
  [[basic("Ada:se:cret é")], false],
  [[basic("ada:se:cret é ")], false],
  [[basic("ada:")], false],
  [[`${basic("ada:se:cret é")} `], false],
  [[basic("ada:se:cret é").replace("Basic", "Bearer")], false],
  [[`Basic ada:se:cret é`], false],
  // It is unknown which of several counts.
  [[basic("ada:se:cret é"), basic("ada:se:cret é")], false],
  [[basic("ada:se:cret é"), basic("eve:se:cret é")], false],
  [[basic("eve:se:cret é"), basic("ada:se:cret é")], false],
  [[basic("ada:se:cret é"), ""], false],
  [["", basic("ada:se:cret é")], false],
];
for (const [fields, isRight] of authorizations) {
  test(`\`hasCredentials\` says ${isRight} for ${JSON.stringify(fields)}`, () => {
    assert.equal(hasCredentials(fields, "ada:se:cret é"), isRight);
  });
}

test("`corsFields` returns the same for any origin, and lets scripts read the fields that ranges need", () => {
  assert.deepEqual(corsFields({ origins: "https://app.example", credentials: false, exposed: [] }, null), [
    ["Access-Control-Allow-Origin", "https://app.example"],
    ["Access-Control-Expose-Headers", "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag"],
  ]);
});

const several = ["https://a.example", "https://b.example"];
for (const [origins, credentials, origin, expected] of [
  [
    several,
    false,
    "https://b.example",
    { Vary: "Origin", "Access-Control-Allow-Origin": "https://b.example" },
  ],
  [several, false, "https://c.example", { Vary: "Origin" }],
  [several, true, null, { Vary: "Origin" }],
  [
    several,
    true,
    "https://a.example",
    {
      Vary: "Origin",
      "Access-Control-Allow-Origin": "https://a.example",
      "Access-Control-Allow-Credentials": "true",
    },
  ],
  [
    "https://a.example",
    true,
    null,
    { "Access-Control-Allow-Origin": "https://a.example", "Access-Control-Allow-Credentials": "true" },
  ],
  ["*", true, "https://a.example", { "Access-Control-Allow-Origin": "*" }],
] as const) {
  test(`\`corsFields\` for ${origins}, ${credentials ? "with" : "without"} credentials, asked by ${origin}`, () => {
    const { "Access-Control-Expose-Headers": exposed, ...others } = Object.fromEntries(
      corsFields({ origins, credentials, exposed: ["X-Own"] }, origin),
    );
    assert.deepEqual(others, expected);
    assert.equal(exposed?.endsWith(", ETag, X-Own") ?? false, "Access-Control-Allow-Origin" in expected);
  });
}

test("`preflightFields` allows only the requested fields", () => {
  assert.deepEqual(Object.fromEntries(preflightFields("range, x-token")), {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "range, x-token",
    "Access-Control-Max-Age": "7200",
  });
  assert.equal(
    preflightFields(null).some(([name]) => name === "Access-Control-Allow-Headers"),
    false,
  );
});
