import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { promisify } from "node:util";
import { shownName, spellingsOf } from "#src/cli/option.js";
import { OPTIONS } from "#src/cli/options.js";
import { codeIn, ROOT } from "./markdown.js";
import { pageAt } from "./pages.js";
import { referenceFiles } from "./reference-files.js";

for (const { path, text } of referenceFiles()) {
  test(`${path} is what the code makes (npm run reference)`, () => {
    const written = readFileSync(`${ROOT}${path}`, "utf8");
    // Formatted like all files.
    if (path.endsWith(".json")) assert.deepEqual(JSON.parse(written), JSON.parse(text));
    else assert.equal(written, text);
  });
}

test("docs/reference/command.md has every option once", () => {
  const rows = pageAt("docs/reference/command.md").tables.filter(([heading]) => heading?.[0] === "Option");
  const listed = rows.flatMap(([, ...cells]) => cells.map(([option = ""]) => codeIn(option)[0]));
  assert.deepEqual(
    listed.map((name) => name?.split(/[ [](?!$)/)[0]).sort(),
    OPTIONS.map((option) => spellingsOf(option)[0]).sort(),
  );
});

test("README.md names only existing options", () => {
  const names = new Set<string>(
    OPTIONS.flatMap((option) => ("positional" in option ? [] : [`--${shownName(option)}`])),
  );
  const text = readFileSync(`${ROOT}README.md`, "utf8");
  const places = [...text.matchAll(/`(--[a-z][a-z-]*)|\$ pyserve (.*)/g)];
  const named = places.flatMap(([, name, line = ""]) => name ?? line.match(/--[a-z-]+/g) ?? []);
  assert.ok(named.length > 5);
  assert.deepEqual(
    named.filter((name) => !names.has(name)),
    [],
  );
});

test("the package has the manual and the schema", () => {
  const { man, files } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
  assert.ok(existsSync(`${ROOT}${man}`), man);
  assert.ok(files.includes("docs/reference"));
});

for (const [program, ...argv] of [
  ["mandoc", "-Tlint", "-Wwarning"],
  ["man", "--warnings", "-l"],
]) {
  test(`the manual is clean to ${program}, where there is one`, async (t) => {
    const env = { ...process.env, MANPAGER: "cat", MANWIDTH: "80", LC_ALL: "C.UTF-8" };
    const run = promisify(execFile)(program as string, [...argv, `${ROOT}docs/reference/pyserve.1`], { env });
    const { stdout, stderr } = await run.catch((error) => {
      if (error.code !== "ENOENT") throw error;
      return { stdout: "", stderr: "" };
    });
    if (stdout === "" && stderr === "") t.diagnostic(`there is no ${program}`);
    assert.equal(program === "man" ? stderr : stdout + stderr, "");
  });
}
