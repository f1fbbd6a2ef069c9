import assert from "node:assert/strict";
import { test } from "node:test";
import { OPTION_LIST } from "#src/cli/options.js";
import { pageAt } from "./pages.js";

const KNOWN: ReadonlySet<string> = new Set(OPTION_LIST.map(([, { long }]) => `--${long}`));

test("the page for those who come from other servers names options that there are", () => {
  const [, ...cells] = pageAt("docs/how-to/move-from-another-server.md").tables.flat();
  const ours = cells.flatMap(([, here = ""]) => here.match(/(?<![\w-])--[a-z-]+/g) ?? []);
  assert.ok(ours.length > 5);
  assert.deepEqual(
    ours.filter((option) => !KNOWN.has(option)),
    [],
  );
});
