import assert from "node:assert/strict";
import test, { after } from "node:test";
import { pathToFileURL } from "node:url";
import { examplesInComments } from "./comments.js";
import { parseConsole } from "./console.js";
import { compile, FOLDER_OF_MODULES, removeCompiled, type Snippet, withPorts } from "./snippets.js";
import { Terminal } from "./terminal.js";

const examples = examplesInComments();
const { problems, scripts } = compile(examples, FOLDER_OF_MODULES);
after(removeCompiled);

/** Programs that serve are started as a separate process, until they listen. */
const SERVES = /serve_forever|\brun\(/;

/** Examples that are only compiled, because they need something that the tests don't have. */
const NEEDS: Readonly<Record<string, string>> = { "src/http/https-server.ts": "a certificate" };

const START = parseConsole("$ node example.ts &\n");

test("the comments of src/ have examples, some with expected values", () => {
  assert.ok(examples.length > 40, String(examples.length));
  assert.ok(examples.filter(({ program }) => program?.includes("same(")).length > 20);
});

test("the examples in the comments of src/ compile", () => {
  assert.deepEqual(problems, []);
});

for (const example of examples) {
  if ((example.place.split(":")[0] ?? "") in NEEDS) continue;
  test(`${example.place} does what the comment says`, async (t) => {
    const script = scripts.get(example.place);
    assert.ok(script);
    if (!SERVES.test(example.program ?? "")) return void (await import(pathToFileURL(script).href));
    const terminal = new Terminal(t);
    await terminal.reservePorts(JSON.stringify(example satisfies Snippet));
    await terminal.run(withPorts(script, terminal.ported), START);
  });
}
