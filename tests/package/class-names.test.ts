import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { PACKAGE } from "../support/published.js";

for (const file of ["index.js", "testing/index.js", "cjs/index.require.js"]) {
  test(`classes of dist/${file} have the names under which it exports them`, async () => {
    const exported: Record<string, unknown> = await import(pathToFileURL(join(PACKAGE, "dist", file)).href);
    for (const [name, value] of Object.entries(exported))
      if (typeof value === "function" && !["default", "module.exports"].includes(name))
        assert.equal(value.name, name);
  });
}
