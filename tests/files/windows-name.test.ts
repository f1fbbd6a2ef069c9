import assert from "node:assert/strict";
import test from "node:test";

import { isUnsafeOnWindows } from "#src/files/windows-name.js";

const unsafe: Readonly<Record<string, readonly string[]>> = {
  "a separator": ["a\\b", "\\", "..\\.."],
  "a drive": ["c:", "c:a"],
  "a stream": ["a.txt:stream", "a.txt::$DATA", "::$INDEX_ALLOCATION"],
  "an end that is ignored": ["a.", "a ", ".. ", ".. .", "...", "a. "],
  "a device": ["con", "NUL.txt", "Aux", "com1", "LPT9.log", "prn .txt", "COM¹", "conin$", "CONOUT$"],
  "a short alias": ["GIT~1", "git~12", "PROGRA~1", "HTACCE~1.TXT", "A~1.B", "~1"],
};
for (const [what, names] of Object.entries(unsafe)) {
  for (const name of names) {
    test(`\`isUnsafeOnWindows\` refuses ${what}: ${JSON.stringify(name)}`, () => {
      assert.ok(isUnsafeOnWindows(name));
    });
  }
}

test("`isUnsafeOnWindows` takes ordinary names", () => {
  const names = [
    ".git",
    "a b",
    "a.b",
    "console.log",
    "nul1",
    "com0x",
    "..a",
    "é",
    "a~",
    "~user",
    "notes~1.html",
  ];
  for (const name of [...names, "a~b1", "longer-name~1", "a.b~1"]) assert.ok(!isUnsafeOnWindows(name), name);
});
