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

test("a run in which a server did not take part is not written down", () => {
  assert.match(reasonNotToWrite(parseOptions([]), [nginx], []) ?? "", /nginx/);
});

test("a run that wandered is written down only if that is asked for", () => {
  assert.match(reasonNotToWrite(parseOptions([]), [], ["UNSTEADY"]) ?? "", /varied too much/);
  assert.equal(reasonNotToWrite(parseOptions(["--write"]), [], ["UNSTEADY"]), null);
});
