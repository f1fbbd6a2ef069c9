import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { helpOf, shownName } from "#src/cli/option.js";
import { OPTION_GROUPS, OPTIONS } from "#src/cli/options.js";
import { fullUsage, usage } from "#src/cli/usage.js";

for (const [name, text] of [
  ["usage", usage()],
  ["fullUsage", fullUsage()],
] as const) {
  test(`\`${name}\` fits into 80 columns and ends with one line feed`, () => {
    for (const line of text.split("\n")) assert.ok(line.length < 80 && line === line.trimEnd(), line);
    assert.match(text, /[^\n]\n$/);
  });
}

describe("usage", () => {
  const text = usage();

  test("`usage` fits a terminal of 24 lines, with the prompt below it", () => {
    assert.ok(text.split("\n").length <= 24, text);
  });

  test("`usage` describes the daily options, each on one line, and names the option that shows all", () => {
    for (const option of OPTIONS) {
      const name = "positional" in option ? option.long : `--${shownName(option)}`;
      assert.equal(new RegExp(` ${name}(?![\\w-])`).test(text), option.daily === true, name);
      if (option.daily) assert.ok(text.includes(`  ${helpOf(option)}\n`), name);
    }
    assert.match(text, /--help-all/);
  });
});

describe("fullUsage", () => {
  const text = fullUsage();

  test("`fullUsage` begins with the synopsis, wrapped under itself", () => {
    const [synopsis = ""] = text.split("\n\n");
    const [first = "", ...others] = synopsis.split("\n");
    assert.match(first, /^usage: pyserve \[-b ADDRESS\] \[--listen WHERE\] /);
    for (const line of others) assert.match(line, /^ {15}\[/);
    assert.match(synopsis, /\[--no-listing\].*\[--cors\[=ORIGIN\]\].*\[port\]$/s);
  });

  test("`fullUsage` lists the options by group", () => {
    const shown = [...text.matchAll(/^(\S.*):$/gm)].map(([, title]) => title);
    assert.deepEqual(
      shown,
      OPTION_GROUPS.map(({ title }) => title),
    );
  });

  test("`fullUsage` describes every option with its names and its help", () => {
    const words = text.replaceAll(/\s+/g, " ");
    for (const option of OPTIONS) {
      assert.ok(words.includes([helpOf(option), option.more].filter(Boolean).join(". ")), option.long);
    }
    assert.match(text, /^ {2}-b, --bind ADDRESS {7}listen on this address/m);
    assert.match(text, /^ {2}--content-encoding GLOB=CODING\n {27}mark files/m);
    assert.match(text, /Python's\s+is\s+HTTP\/1\.0/);
  });
});
