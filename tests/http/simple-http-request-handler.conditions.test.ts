import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import { type FileHandlerClass, handlerWith, serveFiles, temporaryTree } from "../support/file-server.js";
import { fieldOf, getAndHead, type RawReply, rawRequest } from "../support/raw-http.js";
import { standardError } from "../support/servers.js";

type Address = readonly [host: string, port: number];
type Fields = Readonly<Record<string, string>>;

function site(t: TestContext): string {
  return temporaryTree(t, {
    "small.txt": "This is a test\n",
    "large.txt": Buffer.alloc(300_000, "This is a test\n"),
    "coded.txt": "(plain)",
    "coded.txt.gz": "(gzip)",
    "list/in": "",
  });
}

function ask(address: Address, target: string, fields: Fields): Promise<RawReply> {
  return getAndHead(address, { target, fields });
}

/** More than the age at which a file is settled. */
const LATER = 10_000;

/** Advances the server's clock, so that new files count as older. */
function later(t: TestContext): void {
  const now = Date.now;
  t.mock.method(Date, "now", () => now() + LATER);
}

for (const target of ["/small.txt", "/large.txt", "/coded.txt"]) {
  test(`${target} is validated by its tag and its date, and a 304 repeats what is said of both`, async (t) => {
    later(t);
    const address = serveFiles(t, { directory: site(t) }, handlerWith({ cache_seconds: 5 }));
    const encoding = { "Accept-Encoding": "gzip" };
    const reply = await ask(address, target, encoding);
    const etag = fieldOf(reply, "ETag") ?? "";
    assert.match(etag, /^"[\w-]+"$/);
    const conditions: readonly Fields[] = [
      { "If-None-Match": etag },
      { "If-None-Match": `W/${etag}` },
      { "If-None-Match": `"x", ${etag}` },
      { "If-None-Match": "*" },
      { "If-Modified-Since": fieldOf(reply, "Last-Modified") ?? "" },
      { "If-None-Match": etag, "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT" },
    ];
    for (const condition of conditions) {
      const again = await ask(address, target, { ...encoding, ...condition, Range: "bytes=0-0" });
      assert.equal(again.status, "304 Not Modified", JSON.stringify(condition));
      for (const name of ["ETag", "Last-Modified", "Cache-Control", "Vary"])
        assert.equal(fieldOf(again, name), fieldOf(reply, name), name);
      for (const name of ["Content-Type", "Content-Length", "Content-Encoding", "Content-Range"])
        assert.equal(fieldOf(again, name), undefined, name);
    }
    const { status } = await ask(address, target, { ...encoding, "If-None-Match": '"x"', "If-Match": etag });
    assert.equal(status, "200 OK");
  });

  test(`${target} is refused with 412 to those who would have another one`, async (t) => {
    later(t);
    const address = serveFiles(t, { directory: site(t) });
    const { fields } = await ask(address, target, {});
    const etag = new Map(fields).get("ETag") ?? "";
    const conditions: readonly Fields[] = [
      { "If-Match": '"x"' },
      { "If-Match": `W/${etag}` },
      { "If-Match": '"x"', "If-None-Match": etag },
      { "If-Unmodified-Since": "Sun, 09 Sep 2001 01:46:39 GMT" },
    ];
    for (const condition of conditions) {
      const reply = await ask(address, target, condition);
      assert.equal(reply.status, "412 Precondition Failed", JSON.stringify(condition));
    }
    assert.equal((await ask(address, target, { "If-Match": etag })).status, "200 OK");
  });
}

test("Conditions have no effect on missing, refused and redirected paths", async (t) => {
  const address = serveFiles(t, { directory: site(t) });
  const conditions: readonly Fields[] = [
    { "If-None-Match": "*" },
    { "If-Match": '"x"' },
    { "If-Modified-Since": "Wed, 01 Jan 2098 00:00:00 GMT" },
    { "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT" },
    { Range: "bytes=999-" },
  ];
  for (const condition of conditions)
    for (const [target, status] of Object.entries({ "/none": 404, "/.x": 404, "/list": 301, "/list/": 200 }))
      assert.equal(Number((await ask(address, target, condition)).status.slice(0, 3)), status, target);
});

/** Rewrites a file with the same number of other bytes, and sets its date. */
function rewrite(path: string, content: string, mtime: number | null): void {
  fs.writeFileSync(path, content);
  if (mtime !== null) fs.utimesSync(path, mtime, mtime);
}

/** Handler classes that serve the files. */
const CLASSES: Readonly<Record<string, FileHandlerClass>> = {
  "that is small": handlerWith({}),
  "that is not kept in memory": handlerWith({ max_cached_file: 0 }),
};
const dates: Readonly<Record<string, number | null>> = {
  now: null,
  "of the epoch": 0,
  "of 1980": 315_532_800,
  "of some day": 1_000_000_000,
  "in the future": 4_000_000_000,
};
for (const [which, HandlerClass] of Object.entries(CLASSES))
  for (const [when, mtime] of Object.entries(dates)) {
    test(`A file ${which} and is rewritten with the same size and the date ${when} is never taken for the old one`, async (t) => {
      const directory = temporaryTree(t, { "a.txt": "" });
      const path = join(directory, "a.txt");
      const address = serveFiles(t, { directory }, HandlerClass);
      for (let turn = 0; turn < 30; turn++) {
        rewrite(path, `content ${10 + turn}`, mtime);
        const old = await rawRequest(address, { target: "/a.txt" });
        assert.equal(old.body.toString(), `content ${10 + turn}`);
        rewrite(path, `changed ${10 + turn}`, mtime);
        const fields = { "If-None-Match": fieldOf(old, "ETag") ?? "" };
        const changed = await rawRequest(address, { target: "/a.txt", fields });
        assert.deepEqual([changed.status, changed.body.toString()], ["200 OK", `changed ${10 + turn}`]);
      }
    });
  }

for (const [which, HandlerClass] of Object.entries(CLASSES)) {
  test(`A file ${which} and is rewritten in the same second is not taken for the old one by its date`, async (t) => {
    const directory = temporaryTree(t, { "a.txt": "" });
    const path = join(directory, "a.txt");
    const address = serveFiles(t, { directory }, HandlerClass);
    for (let turn = 0; turn < 30; turn++) {
      rewrite(path, `content ${10 + turn}`, null);
      const old = await rawRequest(address, { target: "/a.txt" });
      rewrite(path, `changed ${10 + turn}`, null);
      const fields = { "If-Modified-Since": fieldOf(old, "Last-Modified") ?? "" };
      const changed = await rawRequest(address, { target: "/a.txt", fields });
      assert.deepEqual([changed.status, changed.body.toString()], ["200 OK", `changed ${10 + turn}`]);
    }
  });
}

for (const mtime of [0, 315_532_800, 499_162_500]) {
  test(`A date of ${new Date(mtime * 1000).getUTCFullYear()}, as tools give to all files, makes no 304`, async (t) => {
    const directory = temporaryTree(t, { "a.txt": "0123456789" });
    fs.utimesSync(join(directory, "a.txt"), mtime, mtime);
    const address = serveFiles(t, { directory });
    const { fields } = await rawRequest(address, { target: "/a.txt" });
    const date = new Map(fields).get("Last-Modified") ?? "";
    const byDate = await ask(address, "/a.txt", { "If-Modified-Since": date });
    assert.equal(byDate.status, "200 OK");
    const range = { target: "/a.txt", fields: { Range: "bytes=0-1", "If-Range": date } };
    assert.equal((await rawRequest(address, range)).status, "200 OK");
    const byTag = await ask(address, "/a.txt", { "If-None-Match": new Map(fields).get("ETag") ?? "" });
    assert.equal(byTag.status, "304 Not Modified");
  });
}

for (const target of ["/small.txt", "/large.txt"])
  test(`The validators of ${target}, which was just written, stay as they are`, async (t) => {
    const directory = site(t);
    const address = serveFiles(t, { directory });
    let second: number;
    do {
      second = Math.floor(Date.now() / 1000) * 1000;
      for (const name of ["small.txt", "large.txt"])
        fs.utimesSync(join(directory, name), new Date(), new Date());
    } while (Date.now() > second + 900);
    // The clock stays in the second in which the files were written. Otherwise, that second may be over soon.
    const now = Date.now;
    t.mock.method(Date, "now", () => Math.min(now(), second + 999));
    const first = await ask(address, target, {});
    const etag = fieldOf(first, "ETag") ?? "";
    assert.match(etag, /^"[\w-]+"$/);
    // No `Last-Modified` is sent while another change could have the same date.
    assert.equal(fieldOf(first, "Last-Modified"), undefined);
    assert.equal((await ask(address, target, { "If-None-Match": etag })).status, "304 Not Modified");
    const fields = { Range: "bytes=0-1", "If-Range": etag };
    assert.equal((await rawRequest(address, { target, fields })).status, "206 Partial Content");
    later(t);
    const settled = await ask(address, target, {});
    assert.equal(fieldOf(settled, "ETag"), etag);
    const since = { "If-Modified-Since": fieldOf(settled, "Last-Modified") ?? "" };
    assert.equal((await ask(address, target, since)).status, "304 Not Modified");
  });

test("The tag of a small file depends only on its content: it is the same after a copy, and on every server", async (t) => {
  const directory = temporaryTree(t, { "a.txt": "same", "b.txt": "same", "c.txt": "else" });
  fs.utimesSync(join(directory, "b.txt"), 5, 5);
  const address = serveFiles(t, { directory });
  const [a, b, c] = await Promise.all(
    ["/a.txt", "/b.txt", "/c.txt"].map((target) => rawRequest(address, { target })),
  );
  const tags = [a, b, c].map((reply) => reply && fieldOf(reply, "ETag"));
  assert.equal(tags[0], tags[1]);
  assert.notEqual(tags[0], tags[2]);
});

test("An override of `etag_for` may give a tag, or none", async (t) => {
  const tags: (string | null)[] = ['"mine"', 'W/"mine"', null];
  class Handler extends SimpleHTTPRequestHandler {
    override etag_for() {
      return tags[0] as string | null;
    }
  }
  const address = serveFiles(t, { directory: site(t) }, Handler);
  for (; tags.length > 0; tags.shift()) {
    const [tag] = tags;
    const reply = await ask(address, "/small.txt", {});
    assert.equal(fieldOf(reply, "ETag"), tag ?? undefined);
    const again = await ask(address, "/small.txt", { "If-None-Match": '"mine"' });
    assert.equal(Number(again.status.slice(0, 3)), tag === null ? 200 : 304);
  }
});

test("An invalid result of `etag_for` is reported, and the client gets 500", async (t) => {
  const errors = standardError(t);
  class Handler extends SimpleHTTPRequestHandler {
    override etag_for() {
      return "mine";
    }
  }
  const reply = await rawRequest(serveFiles(t, { directory: site(t) }, Handler), { target: "/small.txt" });
  assert.equal(reply.status, "500 Internal Server Error");
  assert.match(errors.join(), /etag_for must return an entity tag with its quotes, .* not "mine"/);
});
