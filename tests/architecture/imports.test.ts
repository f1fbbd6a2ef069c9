import assert from "node:assert/strict";
import test from "node:test";
import { folderOf, readSources } from "./source-files.js";

const sources = readSources();

/** Folders of src/ that the files of a folder may import, besides their own. `""` is src/ itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "": ["http", "socketserver"],
  // Only the grammar: an option's value is checked by the rules for sent fields.
  cli: ["http", "http1", "errors"],
  testing: ["http", "socketserver", "http1", "io", "tls", "errors"],
  http: ["socketserver", "files", "http1", "io", "tls", "errors"],
  socketserver: ["io", "workers", "errors"],
  // Only dates and grammar from http1, and only `Awaitable` values from io.
  files: ["http1", "io", "errors"],
  http1: [],
  io: ["errors"],
  tls: [],
  workers: ["errors"],
  errors: [],
};

/** The few files that touch the file system, and why. */
const FILE_SYSTEM: Readonly<Record<string, string>> = {
  "cli/main.ts": "makes the folder for compiled code, for this user alone",
  "cli/startup-checks.ts": "checks that the directory is one",
  "files/containment.ts": "finds out where an open file is",
  "files/file-source.ts": "reads what is served",
  "files/listing.ts": "lists a directory",
  "files/open-file.ts": "opens what is served, or listed",
  "http/access-log.ts": "writes the last lines of the log when the process exits",
  "http/certificate-watch.ts": "looks whether the files of a certificate have changed",
  "http/metrics.ts": "counts the descriptors of the process",
  "http/run-servers.ts": "removes a socket that nobody listens on",
  "http/run-signals.ts": "finds out whether a terminal was closed",
  "http/small-file.ts": "reads certificates, keys and settings",
  "testing/start-server.ts": "makes a folder for the socket of a test",
  "workers/worker-file.ts": "asks whether the first file of a worker is there, or in a bundle",
};

const MEDIA_TYPES = "files/media-type.ts";

for (const [folder, allowed] of Object.entries(ARROWS)) {
  test(`${folder || "src"} imports nothing but ${["itself", ...allowed].join(", ")}`, () => {
    const wrong = sources
      .filter((source) => source.folder === folder)
      .flatMap(({ path, imports }) => imports.map(({ target, isOurs }) => ({ path, target, isOurs })))
      .filter(({ target, isOurs }) => isOurs && ![folder, ...allowed].includes(folderOf(target)));
    assert.deepEqual(wrong, []);
  });
}

test("each folder of src has its arrows", () => {
  const folders = new Set(sources.map(({ folder }) => folder));
  assert.deepEqual([...folders].sort(), Object.keys(ARROWS).sort());
});

test("no file imports itself, directly or indirectly", () => {
  assert.deepEqual(cycles(), []);
});

test("cli imports only the grammar from http1", () => {
  assert.deepEqual(takenFrom("http1", "cli"), ["http1/grammar.ts"]);
});

test("files imports only dates, the grammar and the type of a head from http1", () => {
  assert.deepEqual(takenFrom("http1", "files"), [
    "http1/grammar.ts",
    "http1/http-date.ts",
    "http1/response-head.ts",
  ]);
});

test("files imports only `Awaitable` values from io", () => {
  assert.deepEqual(takenFrom("io", "files"), ["io/awaitable.ts"]);
});

test("http1 imports nothing from Node: no socket, file, timer or stream", () => {
  const importers = importersOf(/^node:/);
  assert.deepEqual(
    importers.filter((importer) => importer.startsWith("http1/")),
    [],
  );
});

test("mime-types is the only package, and one file imports it", () => {
  assert.deepEqual(importersOf(/^(?!node:)/), [`${MEDIA_TYPES}: mime-types`]);
});

test("node:fs is imported only by files that open something", () => {
  const importers = importersOf(/^node:fs(?:\/promises)?$/).map((importer) => importer.replace(/:.*/, ""));
  assert.deepEqual(importers, Object.keys(FILE_SYSTEM));
});

/** Returns the files of one folder that another folder imports. */
function takenFrom(folder: string, by: string): string[] {
  const importers = sources.filter((source) => source.folder === by);
  const targets = importers.flatMap(({ imports }) => imports.map(({ target }) => target));
  return [...new Set(targets.filter((target) => folderOf(target) === folder))].sort();
}

/** Returns `file: package` for each import of packages with this name that is more than types, in order. */
function importersOf(name: RegExp): string[] {
  const importers = sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ target, isOurs, isTypeOnly }) => !isOurs && !isTypeOnly && name.test(target))
      .map(({ target }) => `${path}: ${target}`),
  );
  return [...new Set(importers)].sort();
}

/** Returns the import cycles of a file. Types don't count, because they don't exist at run time. */
function cycles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (done.has(path)) return;
    done.add(path);
    const imports = sources.find((source) => source.path === path)?.imports ?? [];
    for (const { target, isOurs, isTypeOnly } of imports)
      if (isOurs && !isTypeOnly) visit(target, [...way, path]);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}
