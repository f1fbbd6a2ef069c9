import assert from "node:assert/strict";
import { test } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { OPTIONS } from "#src/cli/options.js";
import { pageAt } from "./pages.js";

/** Every option, and the name that turns off a switch that is on by default. */
const KNOWN: ReadonlySet<string> = new Set(OPTIONS.flatMap(({ long }) => [`--${long}`, `--no-${long}`]));

/** Right column of the tables. */
const HERE = pageAt("docs/how-to/move-from-another-server.md")
  .tables.flat()
  .map(([, here = ""]) => here);

test("the page about moving from other servers names existing options", () => {
  const ours = HERE.flatMap((here) => here.match(/(?<![\w-])--[a-z-]+/g) ?? []);
  assert.ok(ours.length > 5);
  assert.deepEqual(
    ours.filter((option) => !KNOWN.has(option)),
    [],
  );
});

test("the page about moving from other servers names existing settings", () => {
  const ours = HERE.flatMap((here) => [...here.matchAll(/`static (\w+)/g)].map(([, name = ""]) => name));
  assert.ok(ours.length > 5);
  assert.deepEqual(
    ours.filter((name) => !(name in SimpleHTTPRequestHandler)),
    [],
  );
});
