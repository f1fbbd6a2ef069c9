/** Blocks of pages in languages that no other test runs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { has } from "../support/tls.js";
import { PAGES } from "./pages.js";

function blocksOf(language: string): readonly { place: string; text: string }[] {
  return PAGES.flatMap(({ path, blocks }) =>
    blocks
      .filter((block) => block.language === language)
      .map(({ text, line }) => ({ place: `${path}:${line}`, text })),
  );
}

/** Reads programs as JSON, and writes the error of each. */
const PARSE = `
import ast, json, sys
for text in json.load(sys.stdin):
    try:
        ast.parse(text)
    except SyntaxError as error:
        print(error, repr(text))
`;

test("the Python programs of pages are valid", { skip: !has("python3") && "there is no python3" }, () => {
  const programs = blocksOf("python").map(({ text }) => text);
  assert.notEqual(programs.length, 0);
  const { stdout, status } = spawnSync("python3", ["-c", PARSE], {
    input: JSON.stringify(programs),
    encoding: "utf8",
  });
  assert.deepEqual({ stdout, status }, { stdout: "", status: 0 });
});

for (const { place, text } of blocksOf("json")) {
  test(`the JSON of ${place} is valid`, () => assert.doesNotThrow(() => JSON.parse(text)));
}

/** Commands of `sh` blocks run elsewhere: by `npm test`, by the CI, or by the test that is named. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  "README.md": "the CI",
  "CONTRIBUTING.md": "the CI",
  "docs/how-to/bundle.md": "tests/package/bundles.ts",
  "docs/tutorial/first-server.md": "tests/package/bundles.ts",
  "examples/README.md": "tests/examples",
};

test("every command of a page is run by a test", () => {
  const pages = blocksOf("sh").map(({ place }) => place.split(":")[0] as string);
  assert.deepEqual([...new Set(pages)].sort(), Object.keys(RUN_ELSEWHERE).sort());
});
