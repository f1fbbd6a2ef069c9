import assert from "node:assert/strict";
import test from "node:test";
import { MemoryTree, SimpleHTTPRequestHandler } from "pyserve";
import type { OpenContent } from "#src/files/content.js";
import type { Found, TreeFile } from "#src/files/file-tree.js";
import type { ListingEntry } from "#src/files/listing.js";
import { serveFiles } from "../support/file-server.js";
import { fieldOf, getAndHead, rawRequest } from "../support/raw-http.js";
import { deferred, standardError } from "../support/servers.js";

const OLD = new Date("2001-09-09T01:46:40.5Z");
const FILES = { "index.html": "<p>", "/a/b.txt": "0123456789", "a/c/d.js": "1", ".hidden": "" };

const rows: readonly (readonly [path: string, kind: Found["kind"]])[] = [
  ["/", "directory"],
  ["/index.html", "file"],
  ["/index.html/", "missing"],
  ["/index.html/x", "missing"],
  ["/a", "directory"],
  ["/a/", "directory"],
  ["/a/b.txt", "file"],
  ["/a/c/d.js", "file"],
  ["/A", "missing"],
  ["/a//b.txt", "missing"],
  ["/\0", "missing"],
];
test("`MemoryTree` finds its files, and the directories on the way", () => {
  const tree = new MemoryTree(FILES);
  for (const [path, kind] of rows) assert.equal(tree.find(path).kind, kind, path);
});

function contentOf(found: Found): string {
  return String(((found as TreeFile).content as OpenContent).read(100));
}

test("`MemoryTree` returns the last content, with another version", () => {
  const tree = new MemoryTree([["a", "one"]], OLD);
  const first = tree.find("/a") as TreeFile;
  assert.deepEqual([first.facts.size, first.facts.modified], [3, OLD.getTime()]);
  tree.set("a", new Uint8Array([0x32]));
  const second = tree.find("/a") as TreeFile;
  assert.deepEqual([contentOf(first), contentOf(second)], ["one", "2"]);
  assert.notEqual(second.facts.version, first.facts.version);
});

test("`MemoryTree` forgets deleted files, and directories that are then empty", () => {
  const tree = new MemoryTree(FILES);
  assert.equal(tree.delete("a/c/none"), false);
  assert.equal(tree.delete("none/c"), false);
  assert.equal(tree.delete("/a/c/d.js"), true);
  assert.equal(tree.find("/a/c").kind, "missing");
  assert.equal(tree.find("/a/b.txt").kind, "file");
  assert.equal(tree.delete("a"), true);
  assert.equal(tree.find("/a").kind, "missing");
  assert.equal(tree.find("/").kind, "directory");
});

test("`MemoryTree` refuses paths that no URL leads to, and files instead of directories", () => {
  const tree = new MemoryTree(FILES);
  for (const path of ["", "/", "a//b", "../a", "a/./b"])
    assert.throws(() => tree.set(path, ""), /names with slashes between them/, path);
  assert.throws(() => tree.set("a/b.txt/x", ""), /leads through "b.txt", which is a file/);
  assert.throws(() => tree.set("a", ""), /"a" is a directory/);
});

test("`MemoryTree` says which argument has a wrong type", () => {
  const wrong = (...args: readonly unknown[]) => new MemoryTree(...(args as []));
  assert.throws(() => wrong(null), /files must be an object or pairs of path and content, not null/);
  assert.throws(() => wrong(["ab"]), /entry must be an array of path and content, not ab/);
  assert.throws(() => wrong({ a: 5 }), /content of 'a' must be text or bytes, not 5/);
  assert.throws(() => wrong({ a: new Blob() }), /content of 'a' must be text or bytes, not Blob/);
  for (const time of [null, "2001", new Date("text")])
    assert.throws(() => wrong({ a: "" }, time), /time of 'a' must be a valid Date, not/);
  assert.throws(() => wrong([[5, ""]]), /path must be text, not 5/);
  assert.throws(() => wrong().delete(null as never), /path must be text, not null/);
});

test("`MemoryTree` lists files and directories", () => {
  const listed = new MemoryTree({ "a.txt": "12", "b/c": "" }, OLD).list("/") as Iterable<ListingEntry>;
  assert.deepEqual(
    [...listed].map(({ name, kind, size, mtime }) => [name, kind, size, mtime]),
    [
      ["a.txt", "file", 2, OLD.getTime()],
      ["b", "directory", null, null],
    ],
  );
});

test("`handler_args.tree` is served with all features of files", async (t) => {
  const address = serveFiles(t, { tree: new MemoryTree(FILES, OLD) });
  const reply = await getAndHead(address, { target: "/a/b.txt" });
  assert.deepEqual([reply.status, reply.body.toString()], ["200 OK", "0123456789"]);
  assert.equal(fieldOf(reply, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
  const part = await rawRequest(address, { target: "/a/b.txt", fields: { Range: "bytes=-2" } });
  assert.deepEqual([part.status, part.body.toString()], ["206 Partial Content", "89"]);
  const again = { target: "/a/b.txt", fields: { "If-None-Match": fieldOf(reply, "ETag") ?? "" } };
  assert.equal((await getAndHead(address, again)).status, "304 Not Modified");
  const statuses = { "/": 200, "/a": 301, "/none": 404, "/.hidden": 404, "/a/b.txt/": 404 };
  for (const [target, status] of Object.entries(statuses))
    assert.equal(Number((await getAndHead(address, { target })).status.slice(0, 3)), status, target);
  const listing = (await rawRequest(address, { target: "/a/" })).body.toString();
  assert.match(listing, /b\.txt/);
});

test("`static tree` is served, and its coded content is sent to clients that accept it", async (t) => {
  class Site extends SimpleHTTPRequestHandler {
    static override tree = new MemoryTree({ "a.css": "(plain)", "a.css.gz": "(gzip)" }, OLD);
    static override listing = false;
  }
  const address = serveFiles(t, {}, Site);
  const reply = await getAndHead(address, { target: "/a.css", fields: { "Accept-Encoding": "gzip" } });
  assert.deepEqual([reply.body.toString(), fieldOf(reply, "Content-Encoding")], ["(gzip)", "gzip"]);
  assert.equal((await getAndHead(address, { target: "/" })).status, "404 File not found");
});

test("A tree whose `find` waits delays only its own request", async (t) => {
  const waiting = deferred<Found>();
  const memory = new MemoryTree({ quick: "quick", slow: "slow" });
  const tree = { find: (path: string) => (path === "/slow" ? waiting.promise : memory.find(path)) };
  const address = serveFiles(t, { tree });
  const slow = rawRequest(address, { target: "/slow" });
  for (let count = 0; count < 10; count++)
    assert.equal((await rawRequest(address, { target: "/quick" })).body.toString(), "quick");
  waiting.resolve(memory.find("/slow"));
  assert.equal((await slow).body.toString(), "slow");
});

test("A tree that can't list has no listings, and one that fails is 503", async (t) => {
  const error = new Error("out of order");
  const tree = {
    find: (path: string): Found =>
      path === "/"
        ? { kind: "directory" }
        : path === "/x"
          ? { kind: "unavailable", error }
          : { kind: "missing" },
  };
  const log: string[] = [];
  const address = serveFiles(t, { tree }, SimpleHTTPRequestHandler, log);
  assert.equal((await rawRequest(address, { target: "/" })).status, "404 No permission to list directory");
  assert.equal((await rawRequest(address, { target: "/x" })).status, "503 Service Unavailable");
  assert.ok(log.includes("%s|out of order"));
});

for (const found of [undefined, null, "page", {}, { kind: "link" }])
  test(`a tree whose find returns ${JSON.stringify(found)} is an error that says what it must return`, async (t) => {
    const errors = standardError(t);
    const address = serveFiles(t, { tree: { find: () => found as never } });
    const reply = await rawRequest(address, { target: "/page" });
    assert.equal(reply.status, "500 Internal Server Error");
    assert.match(
      errors.join(),
      /find of a tree must return an object with a kind \(file, directory, missing/,
    );
  });
