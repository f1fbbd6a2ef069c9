import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { conformancePage, PAGE } from "../conformance/page.js";
import { ROOT } from "./markdown.js";

test(`${PAGE} is what \`npm run docs:conformance\` makes of the rows`, () => {
  assert.equal(readFileSync(join(ROOT, PAGE), "utf8"), conformancePage());
});
