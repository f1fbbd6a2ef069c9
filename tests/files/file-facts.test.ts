import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";

import { factsOf, isSameState } from "#src/files/file-facts.js";
import { temporaryDirectory } from "../support/file-server.js";

const FACTS = { size: 5, mtimeMs: 1e12, ctimeMs: 1.1e12, dev: 7, ino: 9 };

test("`isSameState` compares all that is known", () => {
  assert.ok(isSameState(FACTS, { ...FACTS }));
  for (const name of Object.keys(FACTS) as (keyof typeof FACTS)[]) {
    assert.ok(!isSameState(FACTS, { ...FACTS, [name]: FACTS[name] + 1 }), name);
  }
});

test("`factsOf` keeps apart times that are half a microsecond apart", () => {
  const stats = fs.statSync(".");
  const at = (mtimeMs: number) => factsOf(Object.assign(Object.create(stats), { mtimeMs }) as fs.Stats);
  const now = 1_800_000_000_000;
  assert.notEqual(at(now).mtimeMs, at(now + 0.0005).mtimeMs);
});

const changes: Readonly<Record<string, (path: string) => void>> = {
  "another file takes the name": (path) => {
    fs.writeFileSync(`${path}.new`, "12345");
    fs.utimesSync(`${path}.new`, 1e9, 1e9);
    fs.renameSync(`${path}.new`, path);
  },
  "the content is another, of the same length, and the time is set back": (path) => {
    fs.writeFileSync(path, "54321");
    fs.utimesSync(path, 1e9, 1e9);
  },
  "something is appended, and the time is set back": (path) => {
    fs.appendFileSync(path, "6");
    fs.utimesSync(path, 1e9, 1e9);
  },
};
for (const [name, change] of Object.entries(changes)) {
  test(`\`isSameState\` sees that ${name}`, { skip: process.platform === "win32" }, async (t) => {
    const path = fileWith(t);
    const before = factsOf(fs.statSync(path));
    await nextTick(path);
    change(path);
    assert.equal(factsOf(fs.statSync(path)).mtimeMs, before.mtimeMs);
    assert.ok(!isSameState(before, factsOf(fs.statSync(path))));
  });
}

function fileWith(t: TestContext): string {
  const path = join(temporaryDirectory(t), "file");
  fs.writeFileSync(path, "12345");
  fs.utimesSync(path, 1e9, 1e9);
  return path;
}

/** Resolves when the file system's clock is past the file's last change. */
async function nextTick(path: string): Promise<void> {
  const before = fs.statSync(path).ctimeMs;
  const probe = `${path}.probe`;
  do {
    await new Promise((resolve) => setImmediate(resolve));
    fs.writeFileSync(probe, "");
    fs.unlinkSync(probe);
    fs.writeFileSync(probe, "");
  } while (fs.statSync(probe).ctimeMs <= before);
}
