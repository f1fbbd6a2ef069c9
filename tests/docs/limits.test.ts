import assert from "node:assert/strict";
import test from "node:test";
import * as pyserve from "pyserve";
import { codeIn } from "./markdown.js";
import { pageAt } from "./pages.js";

const PAGE = "docs/explanation/timeouts-and-limits.md";

/** The class whose defaults each table has, in the page's order. */
const CLASSES: readonly object[][] = [
  [pyserve.BaseHTTPRequestHandler],
  [pyserve.TCPServer],
  [pyserve.HTTPSServer],
  [pyserve.ThreadingTCPServer, pyserve.ForkingTCPServer],
  [pyserve.BaseServer],
  [pyserve.StreamRequestHandler, pyserve.UDPServer],
];

const tables = pageAt(PAGE).tables.filter(([heading]) => heading?.[0] === "Attribute");

test(`${PAGE} has a table for each class`, () => {
  assert.equal(tables.length, CLASSES.length);
});

for (const [at, [, ...rows]] of tables.entries()) {
  for (const [attribute = "", defaults = ""] of rows) {
    const [name = ""] = codeIn(attribute);
    test(`${name} has the default that ${PAGE} says`, () => {
      const holder = CLASSES[at]?.find((Class) => name in Class) as Record<string, unknown> | undefined;
      assert.equal(String(holder?.[name]), codeIn(defaults)[0]);
    });
  }
}

test(`${PAGE} has every limit and time limit of handlers and servers`, () => {
  const named = new Set(tables.flatMap(([, ...rows]) => rows.flatMap(([name = ""]) => codeIn(name))));
  const classes = [
    pyserve.ThreadingHTTPSServer,
    pyserve.ForkingTCPServer,
    pyserve.UDPServer,
    pyserve.BaseHTTPRequestHandler,
  ];
  const limits = classes
    .flatMap(staticsOf)
    .filter((name) => /^max_|^min_|timeout$|_grace$|_size$/.test(name));
  assert.deepEqual(
    limits.filter((name) => !named.has(name) && !/^[rw]bufsize$/.test(name)),
    [],
  );
});

function staticsOf(Class: object): string[] {
  const base: unknown = Object.getPrototypeOf(Class);
  const inherited = typeof base === "function" && base !== Function.prototype ? staticsOf(base) : [];
  return [...Object.getOwnPropertyNames(Class), ...inherited];
}
