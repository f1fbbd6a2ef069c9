// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { describePanels, drawChart } from "../lib/chart.mjs";

const panels = [
  {
    title: "a < b & c",
    bars: [
      {
        label: "one",
        median: 100,
        lowest: 50,
        highest: 200,
        text: "100",
        kind: /** @type {const} */ ("subject"),
      },
      { label: "two", median: 50, lowest: 50, highest: 50, text: "50", kind: /** @type {const} */ ("peer") },
    ],
  },
];

test("a chart describes itself in words", () => {
  assert.equal(describePanels(panels), "a < b & c: one 100, two 50.");
  const svg = drawChart("the title", panels, "today");
  assert.match(svg, /<title id="title">the title<\/title>/);
  assert.match(svg, /<desc id="description">a &lt; b &amp; c: one 100, two 50\.<\/desc>/);
  assert.match(svg, /aria-labelledby="title description"/);
});

test("a bar is as long as its median, on the scale of the highest value", () => {
  const widths = [...drawChart("", panels, "").matchAll(/class="(?:subject|peer)".* width="([\d.]+)"/g)];
  assert.deepEqual(
    widths.map(([, width]) => Number(width)),
    [240, 120],
  );
});

test("a chart has its numbers as text, and no markup from a name", () => {
  const svg = drawChart("</title>", panels, "<script>");
  assert.match(svg, />100<\/text>/);
  assert.doesNotMatch(svg, /<script|<\/title><\/title>|b & c/);
});
