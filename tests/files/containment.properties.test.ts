import assert from "node:assert/strict";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { type Locate, locateByName, locateDescriptor, type SymlinkPolicy } from "#src/files/containment.js";
import { fsDecode, fsEncode } from "#src/files/fs-name.js";
import { type ListingEntry, openListing } from "#src/files/listing.js";
import { openFile } from "#src/files/open-file.js";
import { resolveUrlPath } from "#src/files/resolve-url-path.js";
import { encodePath } from "#src/files/url-path.js";
import { temporaryDirectory, temporaryTree } from "../support/file-server.js";

const skip = process.platform !== "linux" && "names are not arbitrary bytes here";

// Few names, so that links and requests meet files.
const anyName = fc.constantFrom("a", "b", "c", "link", "%2e%2e", "a\\b", "\udcff", ".x");
const anyPlace = fc.array(anyName, { minLength: 1, maxLength: 3 });

const anyLink = fc.record({
  at: anyPlace,
  to: fc.oneof(
    { weight: 3, arbitrary: fc.array(fc.oneof(anyName, fc.constant("..")), { minLength: 1, maxLength: 5 }) },
    fc.constantFrom(
      ["OUTSIDE"],
      ["ROOT"],
      ["ROOT", "a"],
      ["OUTSIDE", "a"],
      ["/etc"],
      ["."],
      [".."],
      ["link"],
    ),
  ),
});

const anyTree = fc.record({
  files: fc.array(anyPlace, { maxLength: 6 }),
  outside: fc.array(anyPlace, { maxLength: 3 }),
  links: fc.array(anyLink, { minLength: 1, maxLength: 6 }),
});
type Tree = typeof anyTree extends fc.Arbitrary<infer T> ? T : never;

/**
 * Creates the possible parts of a tree: nothing if a name is taken, or if a file or a link is in the way. All
 * directories are created before the first link, so nothing is created elsewhere through a link.
 */
function make(directory: string, { files, outside, links }: Tree): void {
  const root = `${directory}/root`;
  const beside = `${directory}/outside`;
  const rows = [
    ...files.map((names) => ({ path: `${root}/${names.join("/")}`, content: "inside" })),
    ...outside.map((names) => ({ path: `${beside}/${names.join("/")}`, content: "outside" })),
    ...links.map(({ at, to }) => ({ path: `${root}/${at.join("/")}`, linkTo: placed(to, root, beside) })),
  ];
  for (const path of [`${root}/x`, `${beside}/x`, ...rows.map(({ path }) => path)])
    attempt(() => fs.mkdirSync(fsEncode(dirname(path)), { recursive: true }));
  for (const row of rows) {
    if (realPathOf(dirname(row.path)) !== dirname(row.path)) continue; // behind a link, or missing
    if ("linkTo" in row) attempt(() => fs.symlinkSync(fsEncode(row.linkTo), fsEncode(row.path)));
    else attempt(() => fs.writeFileSync(fsEncode(row.path), row.content, { flag: "wx" }));
  }
}

function placed(to: readonly string[], root: string, beside: string): string {
  return to.join("/").replace("OUTSIDE", beside).replace("ROOT", root);
}

function attempt(make: () => void): void {
  try {
    make();
  } catch {
    // It is not a possible tree.
  }
}

/** Returns the place to which the system resolves a name. */
function realPathOf(path: string): string | undefined {
  try {
    return fsDecode(fs.realpathSync.native(fsEncode(path), "buffer"));
  } catch {
    return undefined;
  }
}

/** Returns the expected result, computed from names alone. */
function expectedKind(root: string, segments: readonly string[], symlinks: SymlinkPolicy): string {
  const path = [root, ...segments].join("/");
  const real = realPathOf(path);
  const isAllowed =
    symlinks === "all" ||
    (symlinks === "inside" && (real === root || real?.startsWith(`${root}/`))) ||
    real === path;
  if (real === undefined || !isAllowed) return "missing";
  return fs.statSync(fsEncode(real)).isDirectory() ? "directory" : "file";
}

const requests = fc.array(
  fc.array(
    fc.oneof({ weight: 4, arbitrary: anyName.map(encodePath) }, fc.constantFrom("..", ".", "%2e%2e")),
    {
      minLength: 1,
      maxLength: 6,
    },
  ),
  { minLength: 1, maxLength: 20 },
);

for (const [way, locate] of Object.entries({ descriptor: locateDescriptor, name: locateByName })) {
  test(`What is opened is inside, whatever the links and the request, by the file's ${way}`, {
    skip,
  }, async (t) => {
    const base = temporaryDirectory(t);
    const seen = new Set<string>();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(anyTree, requests, async (tree, paths) => {
        const directory = `${base}/${run++}`;
        make(directory, tree);
        const everyLink = tree.links.flatMap(({ at }) =>
          [at, [...at, "a"]].map((names) => names.map(encodePath)),
        );
        for (const path of [...paths, ...everyLink]) {
          for (const symlinks of ["inside", "none", "all"] as const) {
            const kind = await check(`${directory}/root`, `/${path.join("/")}`, symlinks, locate);
            seen.add(`${symlinks} ${kind}`);
          }
        }
        fs.rmSync(directory, { recursive: true });
      }),
      { numRuns: 150 },
    );
    // All kinds must have occurred.
    const kinds = ["inside", "none", "all"].flatMap((links) =>
      ["file", "directory", "missing", "refused"].map((kind) => `${links} ${kind}`),
    );
    assert.deepEqual([...seen].sort(), kinds.sort());
  });
}

/** Requests a path, and checks the response. */
async function check(root: string, target: string, symlinks: SymlinkPolicy, locate: Locate): Promise<string> {
  const resolved = resolveUrlPath(target, { dotfiles: true });
  if (resolved.kind === "refused") return "refused";
  const { segments } = resolved;
  const opened = await openFile(join(root, ...segments), { root, symlinks }, undefined, locate);
  assert.equal(opened.kind, expectedKind(root, segments, symlinks), `${target}, ${symlinks}`);
  if (opened.kind === "file") {
    const content = String(await opened.file.read(100));
    opened.file.close();
    if (symlinks !== "all") assert.equal(content, "inside");
  }
  return opened.kind;
}

/**
 * Lets a name lead to a directory inside and to one outside, in turn, as fast as possible, in another thread.
 * Meanwhile, runs work to its end.
 */
async function whileSwapped(
  t: TestContext,
  body: (root: string, path: string) => void | Promise<void>,
): Promise<string> {
  const root = `${temporaryTree(t, { "root/real/secret": "inside", "outside/secret": "outside" })}/root`;
  fs.symlinkSync("../outside", `${root}/link`);
  const state = new Int32Array(new SharedArrayBuffer(4));
  const script = `
    const fs = require("node:fs");
    const { workerData: { root, state } } = require("node:worker_threads");
    for (let round = 0; round < 5000; round++) {
      fs.renameSync(root + "/real", root + "/x");
      fs.renameSync(root + "/x", root + "/real");
      fs.renameSync(root + "/link", root + "/x");
      fs.renameSync(root + "/x", root + "/link");
    }
    Atomics.store(state, 0, 1);`;
  const worker = new Worker(script, { eval: true, workerData: { root, state } });
  t.after(() => worker.terminate());
  await new Promise((resolve, reject) => worker.once("online", resolve).once("error", reject));
  while (Atomics.load(state, 0) === 0) await body(root, `${root}/x/secret`);
  return root;
}

test("Opened files are inside, even while a directory is replaced by a link to another", {
  skip,
}, async (t) => {
  const seen = new Map<string, number>();
  const root = await whileSwapped(t, async (root, path) => {
    const opened = await openFile(path, { root, symlinks: "inside" });
    const answer = opened.kind === "file" ? String(await opened.file.read(100)) : opened.kind;
    if (opened.kind === "file") opened.file.close();
    seen.set(answer, (seen.get(answer) ?? 0) + 1);
  });
  assert.equal(seen.get("outside"), undefined);
  const link = await openFile(`${root}/link/secret`, { root, symlinks: "inside" });
  assert.equal(link.kind, "missing");
  t.diagnostic(JSON.stringify([...seen]));
});

test("Listed files are inside, even while a directory is replaced by a link to another", {
  skip,
}, async (t) => {
  const seen = new Map<string, number>();
  await whileSwapped(t, async (root, path) => {
    const found = await openListing(dirname(path), () => true, { root, symlinks: "inside" });
    let answer: string = found.kind;
    if (found.kind === "listing") {
      const entries: ListingEntry[] = [];
      for await (const batch of found.listing.entries()) entries.push(...batch);
      const [{ name, size }] = entries as [ListingEntry];
      answer = `${name} of ${size} bytes`;
    }
    seen.set(answer, (seen.get(answer) ?? 0) + 1);
  });
  assert.equal(seen.get(`secret of ${"outside".length} bytes`), undefined);
  t.diagnostic(JSON.stringify([...seen]));
});
