import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { DisconnectedError, TimeoutError } from "pyserve";
import { PROTOCOL_ERRORS } from "#src/http1/protocol-error.js";
import { codeIn, ROOT } from "./markdown.js";
import { pageAt } from "./pages.js";

const PAGE = "docs/errors.md";

const rows = pageAt(PAGE)
  .tables.filter(([heading]) => heading?.[0] === "Code")
  .flatMap(([, ...cells]) => cells);
const documented = new Map(rows.map(([code = "", second = ""]) => [codeIn(code)[0] ?? "", second]));

/** No code, but a variable of the environment. */
const VARIABLE = "PYSERVE_AUTH";

/** Every code of our own: those of the parser, and those that the sources spell out. */
function codes(): string[] {
  const sources = readdirSync(join(ROOT, "src"), { encoding: "utf8", recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, "src", name), "utf8"));
  const spelled = sources.flatMap((text) => text.match(/(?<=")PYSERVE_[A-Z_]+(?=")/g) ?? []);
  const systems = [
    new DisconnectedError("").code,
    new DisconnectedError("", "EPIPE").code,
    new TimeoutError().code,
  ];
  return [...new Set([...Object.keys(PROTOCOL_ERRORS), ...spelled, ...systems])]
    .filter((code) => code !== VARIABLE)
    .sort();
}

test(`${PAGE} explains every code that an error can have, and no other`, () => {
  assert.deepEqual([...documented.keys()].sort(), codes());
});

for (const [code, [status]] of Object.entries(PROTOCOL_ERRORS)) {
  test(`${PAGE} has the status of ${code}`, () => {
    assert.equal(documented.get(code), String(status));
  });
}
