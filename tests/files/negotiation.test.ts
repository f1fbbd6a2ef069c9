import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import type { ContentCoding } from "#src/files/accept.js";
import { MemoryFile } from "#src/files/content.js";
import {
  type FileFacts,
  FileMemos,
  type Found,
  type NamesOfFolder,
  type TreeFile,
} from "#src/files/file-tree.js";
import { type Choice, negotiate, type Offer, plainChoice } from "#src/files/negotiation.js";
import { temporaryTree } from "../support/file-server.js";

/** Finds files as a directory does, and counts those that were not closed. */
function finder(folder?: NamesOfFolder) {
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
    return { kind: "file", facts: look(path) as FileFacts, content, memos: new FileMemos(folder) };
  };
  return { open, refused, find };
}

const SUFFIXES = { br: ".br", zstd: ".zst", gzip: ".gz" } as const;

function look(path: string): FileFacts | null {
  if (!fs.existsSync(path)) return null;
  const { size, mtimeMs } = fs.statSync(path);
  return { size, modified: mtimeMs, version: null };
}

/** Content of a file: the beginning of a frame, if browsers check it. */
function contentOf(name: string): string | Buffer {
  return name.endsWith(".zst") ? Buffer.from("28b52ffd00581100006869", "hex") : name;
}

/** A file beside some that hold its coded content. */
function setUp(t: TestContext, codings: readonly ContentCoding[], folder?: NamesOfFolder) {
  const names = ["a.css", ...codings.map((coding) => `a.css${SUFFIXES[coding]}`)];
  const root = temporaryTree(t, Object.fromEntries(names.map((name) => [name, contentOf(name)])));
  const path = join(root, "a.css");
  const { open, refused, find } = finder(folder);
  const stale: string[] = [];
  const choose = async (acceptEncoding: string | null, others: Partial<Offer> = {}) =>
    negotiate(plainChoice(file, path), {
      ...{ tree: { find, look }, acceptEncoding, wantsPlain: false, usesVariants: true, makes: null },
      onStale: (name) => stale.push(name),
      ...others,
    });
  const file = find(path) as TreeFile;
  const refuse = (coding: ContentCoding) => refused.add(path + SUFFIXES[coding]);
  return { path, file, open, choose, refuse, stale };
}

/** `br`, `br made`, `identity`, `none`, and a star if it is the same for all clients. */
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
  test(`\`negotiate\` chooses ${choice} for ${accept} of the files [${there}] without [${refused}], and of ${makesText} that is made`, async (t) => {
    const { path, file, open, choose, refuse } = setUp(t, there);
    refused.forEach(refuse);
    const chosen = await choose(accept, { makes });
    assert.equal(textOf(chosen), choice);
    // Only the chosen file is open, or the file that a refusal leaves to the caller.
    assert.deepEqual([...open], [chosen?.path ?? path]);
    const isItself = chosen === null || chosen.coding === null || chosen.isMade;
    if (chosen !== null) assert.equal(chosen.file === file, isItself);
  });
}

test("`negotiate` looks for no precompressed file if none may be used", async (t) => {
  const { choose } = setUp(t, ["br"]);
  assert.equal(textOf(await choose("br", { usesVariants: false })), "identity*");
});

test("`negotiate` does not use an older precompressed file", async (t) => {
  const { path, choose } = setUp(t, ["br", "gzip"]);
  fs.utimesSync(`${path}.br`, 1, 1);
  assert.equal(textOf(await choose("br, gzip")), "gzip");
});

test("`negotiate` does not use a precompressed file that has become older since it was found", async (t) => {
  const { path, open, file, choose } = setUp(t, ["br", "gzip"]);
  const first = (await choose("gzip")) as Choice;
  first.content.close();
  open.add(path); // which the choice has closed
  fs.utimesSync(`${path}.br`, 1, 1);
  assert.equal(textOf(await choose("br, gzip")), "gzip");
  assert.ok(file.memos?.variants.some(({ coding }) => coding === "br"));
  assert.deepEqual([...open], [`${path}.gz`]);
});

test("`negotiate` reports an older precompressed file", async (t) => {
  const { path, choose, stale } = setUp(t, ["br", "gzip"]);
  fs.utimesSync(`${path}.br`, 1, 1);
  await choose("br, gzip");
  assert.deepEqual(stale, [`${path}.br`]);
});

test("`negotiate` chooses the file itself if requested, unless the client excludes it", async (t) => {
  const { choose } = setUp(t, ["br"]);
  assert.equal(textOf(await choose("br", { wantsPlain: true })), "identity");
  assert.equal(textOf(await choose(null, { wantsPlain: true })), "identity");
});

test("`negotiate` returns coded content to a client that wants the file itself, but does not accept it", async (t) => {
  const { choose } = setUp(t, ["br"]);
  assert.equal(textOf(await choose("br, identity;q=0", { wantsPlain: true })), "br");
});

test("`negotiate` does not use zstd content that browsers would refuse", async (t) => {
  const { path, choose, open } = setUp(t, ["zstd", "gzip"]);
  fs.writeFileSync(`${path}.zst`, Buffer.from("28b52ffd0069110000686990", "hex")); // a window of 9 MiB
  assert.equal(textOf(await choose("zstd, gzip")), "gzip");
  assert.deepEqual([...open], [`${path}.gz`]);
});

test("`negotiate` looks for new precompressed files once a second", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 10_000 });
  const { path, choose } = setUp(t, []);
  assert.equal(textOf(await choose("br")), "identity*");
  fs.writeFileSync(`${path}.br`, "");
  t.mock.timers.setTime(11_000);
  assert.equal(textOf(await choose("br")), "identity*");
  t.mock.timers.setTime(11_001);
  assert.equal(textOf(await choose("br")), "br");
});

test("`negotiate` looks for new precompressed files once a minute while no name in the folder changes", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 10_000 });
  const folder = { changes: 0 };
  const { path, choose } = setUp(t, [], folder);
  assert.equal(textOf(await choose("br, gzip")), "identity*");
  fs.writeFileSync(`${path}.gz`, "");
  t.mock.timers.setTime(70_000);
  assert.equal(textOf(await choose("br, gzip")), "identity*");
  t.mock.timers.setTime(70_001);
  assert.equal(textOf(await choose("br, gzip")), "gzip");
  fs.writeFileSync(`${path}.br`, "");
  t.mock.timers.setTime(71_002);
  assert.equal(textOf(await choose("br, gzip")), "gzip");
  folder.changes = 1;
  assert.equal(textOf(await choose("br, gzip")), "br");
});

test("`negotiate` checks a stale precompressed file again after a second", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 10_000 });
  const { path, choose } = setUp(t, ["br"], { changes: 0 });
  fs.utimesSync(`${path}.br`, 1, 1);
  assert.equal(textOf(await choose("br")), "identity*");
  fs.utimesSync(`${path}.br`, new Date(), fs.statSync(path).mtime);
  t.mock.timers.setTime(11_001);
  assert.equal(textOf(await choose("br")), "br");
});

test("`negotiate` notices when the clock was set back", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const { path, choose } = setUp(t, []);
  await choose("br");
  fs.writeFileSync(`${path}.br`, "");
  t.mock.timers.setTime(10);
  assert.equal(textOf(await choose("br")), "br");
});

test("`negotiate` never returns an excluded coding, and leaves one file open", async (t) => {
  const codings = ["br", "zstd", "gzip"] as const;
  const { path, open, choose } = setUp(t, codings);
  const weight = fc.constantFrom("0", "0.5", "1");
  const anyAccept = fc.dictionary(fc.constantFrom(...codings, "identity", "*"), weight, {
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(
      anyAccept,
      fc.subarray([...codings]),
      fc.boolean(),
      async (weights, makes, usesVariants) => {
        open.clear();
        open.add(path);
        const accept = Object.entries(weights).map(([name, q]) => `${name};q=${q}`);
        const chosen = await choose(accept.join(", "), { makes, usesVariants });
        const name = chosen === null ? "none" : (chosen.coding ?? "identity");
        assert.notEqual(weights[name], "0");
        assert.deepEqual([...open], [chosen?.path ?? path]);
      },
    ),
  );
});
