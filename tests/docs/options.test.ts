import assert from "node:assert/strict";
import test from "node:test";
import { labelOf, type Option } from "#src/cli/option.js";
import { OPTION_LIST } from "#src/cli/options.js";
import { codeIn } from "./markdown.js";
import { pageAt } from "./pages.js";

const [, ...rows] = pageAt("README.md").tables.find(([heading]) => heading?.[0] === "Option") ?? [];

/** `-b`, `--bind ADDRESS`. */
function spelling(option: Option): string[] {
  const [...names] = labelOf(option).split("/");
  const metavar = "positional" in option || !("metavar" in option) ? "" : [option.metavar].flat().join(" ");
  return names.map((name, at) => (at === names.length - 1 ? `${name} ${metavar}`.trim() : name));
}

test("README.md lists every option of the command as --help does", () => {
  const listed = rows.map(([option = ""]) => codeIn(option).join(", ")).sort();
  assert.deepEqual(listed, OPTION_LIST.map(([, option]) => spelling(option).join(", ")).sort());
});

for (const [name, option] of OPTION_LIST) {
  const { initial } = option;
  if (typeof initial !== "string" && typeof initial !== "number") continue;
  test(`README.md has the default of ${name}`, () => {
    const row = rows.find(([spelled = ""]) => codeIn(spelled).join(", ") === spelling(option).join(", "));
    const [shown = ""] = codeIn(row?.[1] ?? "");
    assert.equal(shown || ".", String(initial));
  });
}
