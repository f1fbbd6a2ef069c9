// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMarkdown, formatText, summaryCells } from "../lib/table.mjs";

const table = {
  title: "hello",
  head: ["server", "requests/s"],
  rows: [
    ["pyserve", "1,000"],
    ["b", "9"],
  ],
  warnings: ["UNSTEADY"],
};

test("`formatText` lays out columns, names to the left and numbers to the right", () => {
  assert.equal(
    formatText(table),
    "hello\n\nserver   requests/s\n-------  ----------\npyserve       1,000\nb                 9\n\nUNSTEADY",
  );
});

test("`formatMarkdown` has the same cells", () => {
  assert.equal(
    formatMarkdown(table),
    "**hello**\n\n| server | requests/s |\n| --- | --: |\n| pyserve | 1,000 |\n| b | 9 |\n\nUNSTEADY",
  );
});

test("`summaryCells` are the median and the range", () => {
  assert.deepEqual(summaryCells({ median: 1234.5, lowest: 0.05, highest: 2000 }, 1), [
    "1,234.5",
    "0.1 to 2,000.0",
  ]);
});
