import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import type { ContentCoding } from "#src/files/accept.js";
import { factsOf } from "#src/files/file-facts.js";
import { FileNotes } from "#src/files/file-notes.js";
import type { Found, FoundFile } from "#src/files/file-store.js";
import { MemoryFile } from "#src/files/memory-file.js";
import { type Choice, negotiate, type Offer } from "#src/files/negotiation.js";
import { temporaryTree } from "../support/file-server.js";

/** Finds files as a store does, and counts those that were not closed. */
function finder() {
  const open = new Set<string>();
  const refused = new Set<string>();
  const find = (path: string): Found => {
    if (refused.has(path) || !fs.existsSync(path)) return { kind: "missing" };
    const bytes = new MemoryFile(fs.readFileSync(path));
    open.add(path);
    const content = {
      read: (length: number) => bytes.read(length),
      window: (first: number, length: number) => bytes.window(first, length),
      close: () => void open.delete(path),
    };
    return { kind: "file", facts: factsOf(fs.statSync(path)), digest: null, content, notes: new FileNotes() };
  };
  return { open, refused, find };
}

const SUFFIXES = { br: ".br", zstd: ".zst", gzip: ".gz" } as const;

/** A file beside some that hold its coded content. */
function setUp(t: TestContext, codings: readonly ContentCoding[]) {
  const names = ["a.css", ...codings.map((coding) => `a.css${SUFFIXES[coding]}`)];
  const root = temporaryTree(t, Object.fromEntries(names.map((name) => [name, name])));
  const path = join(root, "a.css");
  const { open, refused, find } = finder();
  const choose = (acceptEncoding: string | null, others: Partial<Offer> = {}) =>
    negotiate(file, path, { acceptEncoding, usesVariants: true, makes: null, find, ...others });
  const file = find(path) as FoundFile;
  const refuse = (coding: ContentCoding) => refused.add(path + SUFFIXES[coding]);
  return { path, file, open, choose, refuse };
}

/** `br`, `br made`, `identity`, `none`, and a star where it is the same for all clients. */
function textOf(choice: Choice | null): string {
  if (choice === null) return "none";
  return `${choice.coding ?? "identity"}${choice.isMade ? " made" : ""}${choice.varies ? "" : "*"}`;
}

type Codings = readonly ContentCoding[];
const rows: readonly (readonly [
  there: Codings,
  makes: Codings | null,
  refused: Codings,
  accept: string | null,
  choice: string,
])[] = [
  [[], null, [], "br, gzip", "identity*"],
  [[], null, [], "identity;q=0", "identity*"],
  [[], [], [], "br", "identity"],
  [[], [], [], "identity;q=0", "none"],
  [[], ["br", "gzip"], [], "br, gzip", "br made"],
  [[], ["br", "gzip"], [], "gzip", "gzip made"],
  [[], ["br", "gzip"], [], null, "identity"],
  [[], ["br", "gzip"], [], "zstd, identity;q=0", "none"],
  [["br", "gzip"], null, [], null, "identity"],
  [["br", "gzip"], null, [], "gzip, br", "br"],
  [["br", "gzip"], null, [], "gzip", "gzip"],
  [["br", "gzip"], null, [], "zstd", "identity"],
  [["br", "gzip"], null, [], "*;q=0", "none"],
  [["gzip"], ["br", "gzip"], [], "gzip, br", "gzip"],
  [["gzip"], ["br", "gzip"], [], "gzip;q=0.5, br", "br made"],
  [["br", "gzip"], null, ["br"], "gzip, br", "gzip"],
  [["br", "gzip"], null, ["br"], "br", "identity"],
  [["br", "gzip"], null, ["br"], "br, identity;q=0", "none"],
  [["br", "zstd", "gzip"], null, ["br", "zstd"], "gzip, br, zstd", "gzip"],
  [["br", "zstd", "gzip"], null, ["br", "zstd", "gzip"], "gzip, br, zstd", "identity"],
  [["br", "zstd", "gzip"], null, ["br", "zstd", "gzip"], "*, identity;q=0", "none"],
  [["br"], ["br", "gzip"], ["br"], "br", "br made"],
  [["br", "gzip"], ["br", "gzip"], ["br"], "br, gzip", "gzip"],
];
for (const [there, makes, refused, accept, choice] of rows) {
  const makesText = makes === null ? "nothing" : `[${makes}]`;
  test(`\`negotiate\` chooses ${choice} for ${accept} of the files [${there}] without [${refused}], and of ${makesText} that is made`, (t) => {
    const { path, file, open, choose, refuse } = setUp(t, there);
    refused.forEach(refuse);
    const chosen = choose(accept, { makes });
    assert.equal(textOf(chosen), choice);
    // What is chosen is open, and what a refusal leaves to the caller; and nothing else.
    assert.deepEqual([...open], [chosen?.path ?? path]);
    const isItself = chosen === null || chosen.coding === null || chosen.isMade;
    if (chosen !== null) assert.equal(chosen.file === file, isItself);
  });
}

test("`negotiate` asks for no file beside where there are to be none", (t) => {
  const { choose } = setUp(t, ["br"]);
  assert.equal(textOf(choose("br", { usesVariants: false })), "identity*");
});

test("`negotiate` takes no file for coded content that is older", (t) => {
  const { path, choose } = setUp(t, ["br", "gzip"]);
  fs.utimesSync(`${path}.br`, 1, 1);
  assert.equal(textOf(choose("br, gzip")), "gzip");
});

test("`negotiate` takes no file that has become older since it was found", (t) => {
  const { path, open, file, choose } = setUp(t, ["br", "gzip"]);
  const first = choose("gzip") as Choice;
  first.file.content.close();
  open.add(path); // which the choice has closed
  fs.utimesSync(`${path}.br`, 1, 1);
  assert.equal(textOf(choose("br, gzip")), "gzip");
  assert.ok(file.notes.variants.some(({ coding }) => coding === "br"));
  assert.deepEqual([...open], [`${path}.gz`]);
});

test("`negotiate` looks for new files beside once a second", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 10_000 });
  const { path, choose } = setUp(t, []);
  assert.equal(textOf(choose("br")), "identity*");
  fs.writeFileSync(`${path}.br`, "");
  t.mock.timers.setTime(11_000);
  assert.equal(textOf(choose("br")), "identity*");
  t.mock.timers.setTime(11_001);
  assert.equal(textOf(choose("br")), "br");
});

test("`negotiate` notices when the clock was set back", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const { path, choose } = setUp(t, []);
  choose("br");
  fs.writeFileSync(`${path}.br`, "");
  t.mock.timers.setTime(10);
  assert.equal(textOf(choose("br")), "br");
});

test("`negotiate` never gives what the client excludes, and leaves one file open", (t) => {
  const codings = ["br", "zstd", "gzip"] as const;
  const { path, open, choose } = setUp(t, codings);
  const weight = fc.constantFrom("0", "0.5", "1");
  const anyAccept = fc.dictionary(fc.constantFrom(...codings, "identity", "*"), weight, {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(anyAccept, fc.subarray([...codings]), fc.boolean(), (weights, makes, usesVariants) => {
      open.clear();
      open.add(path);
      const accept = Object.entries(weights).map(([name, q]) => `${name};q=${q}`);
      const chosen = choose(accept.join(", "), { makes, usesVariants });
      const name = chosen === null ? "none" : (chosen.coding ?? "identity");
      assert.notEqual(weights[name], "0");
      assert.deepEqual([...open], [chosen?.path ?? path]);
    }),
  );
});
