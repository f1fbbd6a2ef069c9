// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseBaselines, ratioCells, ratioHead, ratiosTo, unsteadyWarnings } from "../lib/ratios.mjs";

test("`chooseBaselines` takes pyserve by default", () => {
  assert.deepEqual(chooseBaselines(["a", "pyserve", "b"]), ["pyserve"]);
});

test("`chooseBaselines` takes the subjects that take part", () => {
  assert.deepEqual(chooseBaselines(["a", "b"], ["b", "c"]), ["b"]);
});

test("`chooseBaselines` takes the first server if no subject takes part", () => {
  assert.deepEqual(chooseBaselines(["a", "b"], ["c"]), ["a"]);
});

test("`ratiosTo` divides each baseline's rates by a server's own", () => {
  const rates = new Map([
    ["a", [30, 40]],
    ["b", [10, 20]],
  ]);
  assert.deepEqual(ratiosTo(["a", "b"], rates, [10, 20]), [
    { median: 2.5, lowest: 2, highest: 3 },
    { median: 1, lowest: 1, highest: 1 },
  ]);
});

test("a table has two columns for each baseline", () => {
  const ratios = [
    { median: 1, lowest: 1, highest: 1 },
    { median: 2.5, lowest: 2, highest: 3 },
  ];
  assert.deepEqual(ratioHead(["a", "b"]), ["a ÷ it", "range", "b ÷ it", "range"]);
  assert.deepEqual(ratioCells(ratios), ["1.00", "1.00 to 1.00", "2.50", "2.00 to 3.00"]);
});

test("`unsteadyWarnings` names the servers with unsteady ratios", () => {
  const rows = [
    { peer: "steady", ratios: [{ median: 1.2, lowest: 1, highest: 1.5 }] },
    { peer: "wandering", ratios: [{ median: 1.2, lowest: 1, highest: 1.51 }] },
  ];
  const [warning = ""] = unsteadyWarnings(rows);
  assert.match(warning, /the ratio to wandering varied too much/);
  assert.deepEqual(unsteadyWarnings(rows.slice(0, 1)), []);
});
