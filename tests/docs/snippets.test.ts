import assert from "node:assert/strict";
import test, { after } from "node:test";
import { PAGES } from "./pages.js";
import { compile, removeCompiled, type Snippet, snippetsOf, withPorts } from "./snippets.js";
import { missingTools, Terminal } from "./terminal.js";

const snippets = PAGES.flatMap(snippetsOf);
const { problems, scripts } = compile(snippets);
after(removeCompiled);

test("the programs of the documentation compile", () => {
  assert.deepEqual(problems, []);
});

test("no line of a program has two statements with a gap between them", () => {
  for (const { place, program } of snippets)
    for (const line of program?.split("\n") ?? []) assert.doesNotMatch(line, /[;{}] {3,}(?!\/\/)\S/, place);
});

for (const snippet of snippets) {
  const missing = missingTools(snippet.commands);
  const skip = missing.length > 0 && `this machine has no ${missing.join(", ")}`;
  test(`${snippet.place} does what the page says`, { skip }, async (t) => {
    const terminal = new Terminal(t);
    await terminal.reservePorts(JSON.stringify(snippet));
    await terminal.run(scriptOf(snippet, terminal), snippet.commands);
  });
}

function scriptOf({ place }: Snippet, { ported }: Terminal): string | null {
  const script = scripts.get(place);
  return script === undefined ? null : withPorts(script, ported);
}
