import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { helpOf, shownName } from "#src/cli/option.js";
import { OPTION_GROUPS, OPTION_LIST } from "#src/cli/options.js";
import { fullUsage, usage } from "#src/cli/usage.js";

for (const [name, text] of [
  ["usage", usage()],
  ["fullUsage", fullUsage()],
] as const) {
  test(`\`${name}\` fits into 80 columns and ends with one line feed`, () => {
    for (const line of text.split("\n")) assert.ok(line.length < 80 && line === line.trimEnd(), line);
    assert.match(text, /[^\n]\n$/);
  });

  test(`\`${name}\` has the options in their groups`, () => {
    const titles = OPTION_GROUPS.map(({ title }) => title);
    const shown = [...text.matchAll(/^(\S.*):$/gm)].map(([, title]) => title);
    assert.deepEqual(
      shown.filter((title) => title !== "Example"),
      titles,
    );
  });
}

describe("usage", () => {
  const text = usage();

  test("`usage` fits on one screen", () => {
    assert.ok(text.split("\n").length - 1 <= 40, text);
  });

  test("`usage` names every option, and describes those that are often needed on one line", () => {
    for (const [, option] of OPTION_LIST) {
      const name = "positional" in option ? option.long : `--${shownName(option)}`;
      assert.ok(text.includes(` ${name}`), name);
      if (option.rare !== true) assert.ok(text.includes(`  ${helpOf(option)}\n`), name);
    }
  });

  test("`usage` has an empty line between groups", () => {
    for (const { title } of OPTION_GROUPS) assert.ok(text.includes(`\n\n${title}:\n`), title);
  });

  test("`usage` ends with an example", () => {
    assert.match(text, /\n\nExample:\n {2}pyserve .*\n$/);
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

  test("`fullUsage` describes every option with its names and its help", () => {
    const words = text.replaceAll(/\s+/g, " ");
    for (const [, option] of OPTION_LIST) {
      assert.ok(words.includes([helpOf(option), option.more].filter(Boolean).join(". ")), option.long);
    }
    assert.match(text, /^ {2}-b, --bind ADDRESS {4}listen on this address/m);
    assert.match(text, /^ {2}-H, --header NAME VALUE\n {24}add this header/m);
    assert.match(text, /Python's is\s+HTTP\/1\.0/);
  });
});
