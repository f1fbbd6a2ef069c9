import assert from "node:assert/strict";
import test from "node:test";
import * as pyserve from "pyserve";
import { codeIn } from "./markdown.js";
import { pageAt } from "./pages.js";

const PAGE = "docs/SECURITY.md";

const CLASSES: readonly object[] = [
  pyserve.ThreadingHTTPSServer,
  pyserve.ForkingTCPServer,
  pyserve.SimpleHTTPRequestHandler,
];

const [, ...rows] = pageAt(PAGE).tables.find(([heading]) => heading?.[0] === "Attack") ?? [];

test(`${PAGE} has a table of attacks`, () => assert.ok(rows.length > 20));

for (const [attack, , settings = ""] of rows) {
  for (const name of codeIn(settings)) {
    test(`${name}, which ${PAGE} names against ${attack}, is a setting`, () => {
      assert.ok(CLASSES.some((Class) => name in Class));
    });
  }
}
