// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "../lib/options.mjs";
import { reasonNotToWrite } from "../lib/records.mjs";

const nginx = { name: "nginx", script: "", runtime: /** @type {const} */ ("node") };

/** @type {[args: string[], reason: RegExp | null][]} */
const cases = [
  [[], null],
  [["hello"], null],
  [["hello", "--rounds", "15", "--seconds", "1"], null],
  [["--rounds", "4"], /4 rounds of 3 s are less/],
  [["--only", "pyserve"], /--only/],
  [["--only", "pyserve", "--write"], null],
  [["--no-write"], /--no-write/],
];

for (const [args, reason] of cases) {
  test(`\`npm run bench -- ${args.join(" ")}\` is ${reason === null ? "" : "not "}written down`, () => {
    const given = reasonNotToWrite(parseOptions(args), [], []);
    if (reason === null) assert.equal(given, null);
    else assert.match(given ?? "", reason);
  });
}

test("a run without one of the servers is not stored", () => {
  assert.match(reasonNotToWrite(parseOptions([]), [nginx], []) ?? "", /nginx/);
});

test("an unsteady run is stored only on request", () => {
  assert.match(reasonNotToWrite(parseOptions([]), [], ["UNSTEADY"]) ?? "", /varied too much/);
  assert.equal(reasonNotToWrite(parseOptions(["--write"]), [], ["UNSTEADY"]), null);
});
