import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { SimpleHTTPRequestHandler } from "pyserve";
import {
  type FileHandlerClass,
  handlerWith,
  serveFiles,
  temporaryDirectory,
  temporaryTree,
  withoutPrivileges,
} from "../support/file-server.js";
import { logging } from "../support/hook-log.js";
import { fieldOf, type RawRequest, rawRequest } from "../support/raw-http.js";

type Address = readonly [host: string, port: number];

const isUnix = process.platform !== "win32";

/** Lets files count as settled at once, as if they were old, so that they are cached. */
function settle(t: TestContext): void {
  const now = Date.now;
  t.mock.method(Date, "now", () => now() + 10_000);
}

async function textOf(address: Address, target = "/a.txt"): Promise<string> {
  const reply = await rawRequest(address, { target });
  return reply.status === "200 OK" ? reply.body.toString() : reply.status;
}

/** Counts the files that are opened during some work. */
async function countOpens(t: TestContext, work: () => Promise<unknown>): Promise<number> {
  const open = t.mock.method(fs, "open");
  syncBuiltinESMExports();
  try {
    await work();
    return open.mock.callCount();
  } finally {
    open.mock.restore();
    syncBuiltinESMExports();
  }
}

test("A small file is opened once, and then comes from memory", async (t) => {
  settle(t);
  const address = serveFiles(t, { directory: temporaryTree(t, { "a.txt": "content" }) });
  const asked = async () => {
    for (let count = 0; count < 5; count++) assert.equal(await textOf(address), "content");
  };
  assert.equal(await countOpens(t, asked), 1);
});

const limits: readonly (readonly [what: string, HandlerClass: FileHandlerClass, opens: number])[] = [
  ["as large as `max_cached_file`", handlerWith({ max_cached_file: 7 }), 1],
  ["larger than `max_cached_file`", handlerWith({ max_cached_file: 6 }), 5],
  ["where `max_cached_file` is 0", handlerWith({ max_cached_file: 0 }), 5],
  ["larger than `max_cache`", handlerWith({ max_cache: 6 }), 5],
];
for (const [what, HandlerClass, opens] of limits) {
  test(`A file ${what} is opened ${opens} times for 5 requests`, async (t) => {
    settle(t);
    const address = serveFiles(t, { directory: temporaryTree(t, { "a.txt": "content" }) }, HandlerClass);
    const asked = async () => {
      for (let count = 0; count < 5; count++) assert.equal(await textOf(address), "content");
    };
    assert.equal(await countOpens(t, asked), opens);
  });
}

test("`max_cache` keeps the most recently requested files", async (t) => {
  settle(t);
  const content = "x".repeat(50_000);
  const directory = temporaryTree(t, { a: content, b: content, c: content });
  const address = serveFiles(t, { directory }, handlerWith({ max_cache: 110_000 }));
  for (const name of ["a", "b", "a", "c"]) await textOf(address, `/${name}`);
  const opensOf = (name: string) => countOpens(t, () => textOf(address, `/${name}`));
  assert.deepEqual([await opensOf("a"), await opensOf("c"), await opensOf("b")], [0, 0, 1]);
});

test("A class without a cache gets no files from another one's cache", async (t) => {
  settle(t);
  const directory = temporaryTree(t, { "a.txt": "content" });
  const keeping = serveFiles(t, { directory });
  const other = serveFiles(t, { directory }, handlerWith({ max_cached_file: 0 }));
  const tagOf = async (address: Address) => fieldOf(await rawRequest(address, { target: "/a.txt" }), "ETag");
  const tag = await tagOf(other);
  assert.notEqual(await tagOf(keeping), tag);
  assert.equal(await tagOf(other), tag);
});

/** Changes to a file in memory, and the content that must be sent after each. */
const changes: Readonly<
  Record<string, readonly [change: (path: string, directory: string) => void, shown: string]>
> = {
  "is written anew": [(path) => fs.writeFileSync(path, "changed"), "changed"],
  "is written anew, with its old date": [
    (path) => {
      const { atime, mtime } = fs.statSync(path);
      fs.writeFileSync(path, "changed");
      fs.utimesSync(path, atime, mtime);
    },
    "changed",
  ],
  "is edited in place": [
    (path) => {
      const fd = fs.openSync(path, "r+");
      fs.writeSync(fd, "C", 0);
      fs.closeSync(fd);
    },
    "Content",
  ],
  "becomes longer": [(path) => fs.appendFileSync(path, "!"), "content!"],
  "becomes empty": [(path) => fs.truncateSync(path), ""],
  "is replaced": [
    (path) => {
      fs.writeFileSync(`${path}.new`, "changed");
      fs.renameSync(`${path}.new`, path);
    },
    "changed",
  ],
  "is deleted": [(path) => fs.rmSync(path), "404 File not found"],
  "becomes a directory": [
    (path) => {
      fs.rmSync(path);
      fs.mkdirSync(path);
    },
    "301 Moved Permanently",
  ],
  "may not be read any more": [(path) => fs.chmodSync(path, 0), "403 Permission denied"],
  "is in a directory that may not be entered any more": [
    (_path, directory) => fs.chmodSync(directory, 0o600),
    "403 Permission denied",
  ],
};
for (const [what, [change, shown]] of Object.entries(changes)) {
  test(`A file in memory that ${what} is not sent as it was`, { skip: !isUnix }, async (t) => {
    settle(t);
    const directory = temporaryTree(t, { "a.txt": "content" });
    const address = serveFiles(t, { directory });
    assert.deepEqual([await textOf(address), await textOf(address)], ["content", "content"]);
    change(join(directory, "a.txt"), directory);
    await withoutPrivileges(async () => assert.equal(await textOf(address), shown));
    fs.chmodSync(directory, 0o755);
  });
}

test("A link with a new target is followed to this target", { skip: !isUnix }, async (t) => {
  settle(t);
  const outside = temporaryDirectory(t);
  fs.writeFileSync(join(outside, "a.txt"), "outside");
  const directory = temporaryTree(t, {
    "one/a.txt": "one",
    "two/a.txt": "two",
    now: { linkTo: "one" },
  });
  const address = serveFiles(t, { directory });
  const lead = (to: string) => {
    fs.symlinkSync(to, join(directory, "new"));
    fs.renameSync(join(directory, "new"), join(directory, "now"));
  };
  assert.equal(await textOf(address, "/now/a.txt"), "one");
  assert.equal(await textOf(address, "/now/a.txt"), "one");
  lead("two");
  assert.equal(await textOf(address, "/now/a.txt"), "two");
  lead(outside);
  assert.equal(await textOf(address, "/now/a.txt"), "404 File not found");
});

test("Classes with other rules for links share the cache, but not the permission to send", {
  skip: !isUnix,
}, async (t) => {
  settle(t);
  const outside = temporaryDirectory(t);
  fs.writeFileSync(join(outside, "secret"), "secret");
  const directory = temporaryTree(t, {
    "a.txt": "content",
    link: { linkTo: "a.txt" },
    away: { linkTo: join(outside, "secret") },
  });
  const expected = {
    all: ["content", "secret"],
    inside: ["content", "404 File not found"],
    none: ["404 File not found", "404 File not found"],
  } as const;
  const policies = ["all", "inside", "none"] as const;
  const addresses = policies.map((symlinks) => serveFiles(t, { directory }, handlerWith({ symlinks })));
  for (const order of [policies, policies.toReversed(), policies])
    for (const policy of order) {
      const address = addresses[policies.indexOf(policy)] as Address;
      const shown = [await textOf(address, "/link"), await textOf(address, "/away")];
      assert.deepEqual(shown, expected[policy], policy);
    }
});

test("A root inside another one has its own rules", { skip: !isUnix }, async (t) => {
  settle(t);
  const outer = temporaryTree(t, { "shared.txt": "shared", "in/link.txt": { linkTo: "../shared.txt" } });
  const outerAddress = serveFiles(t, { directory: outer });
  const innerAddress = serveFiles(t, { directory: join(outer, "in") });
  for (let turn = 0; turn < 3; turn++) {
    assert.equal(await textOf(outerAddress, "/in/link.txt"), "shared");
    assert.equal(await textOf(innerAddress, "/link.txt"), "404 File not found");
  }
});

test("Each of several simultaneous requests gets consistent content while the file is being replaced", async (t) => {
  const directory = temporaryTree(t, { "a.txt": "" });
  const path = join(directory, "a.txt");
  const address = serveFiles(t, { directory });
  for (let turn = 0; turn < 20; turn++) {
    const content = String(turn % 10).repeat(20_000);
    fs.writeFileSync(`${path}.new`, content);
    fs.renameSync(`${path}.new`, path);
    const replies = await Promise.all(Array.from({ length: 8 }, () => textOf(address)));
    for (const text of replies) assert.equal(text, content);
  }
});

const requests: readonly (readonly [RawRequest, status: string, hooks: string])[] = [
  [{ target: "/a.txt" }, "200 OK", "guess_type etag_for get_cache_control"],
  [{ target: "/a.txt", method: "HEAD" }, "200 OK", "guess_type etag_for get_cache_control"],
  [
    { target: "/a.txt", fields: { "If-None-Match": "*" } },
    "304 Not Modified",
    "guess_type etag_for get_cache_control",
  ],
];
for (const [request, status, first] of requests) {
  test(`The hooks are called each time for ${JSON.stringify(request)}, also when its head is prepared`, async (t) => {
    settle(t);
    const log: string[] = [];
    const hooks = [
      ...["translate_path", "guess_type", "etag_for", "get_cache_control", "date_time_string"],
      ...["send_response", "send_header", "end_headers"],
    ];
    const Handler = logging(SimpleHTTPRequestHandler, hooks, log, false);
    const address = serveFiles(t, { directory: temporaryTree(t, { "a.txt": "content" }) }, Handler);
    const sequences: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      assert.equal((await rawRequest(address, request)).status, status);
      sequences.push(log.splice(0).join(" "));
    }
    assert.equal(new Set(sequences).size, 1);
    const [sequence = ""] = sequences;
    assert.ok(sequence.startsWith(`translate_path ${first} send_response`), sequence);
    assert.ok(sequence.endsWith("end_headers"), sequence);
    // Hooks are called for the date and for each field: type, length, date, tag, freshness, ranges.
    assert.ok(sequence.includes("date_time_string"), sequence);
    const fields = sequence.split(" ").filter((hook) => hook === "send_header").length;
    assert.ok(fields >= 5, sequence);
  });
}

test("A date in an override's own format never leads to a 304", async (t) => {
  settle(t);
  class Handler extends SimpleHTTPRequestHandler {
    override date_time_string() {
      return "a while ago";
    }
  }
  const address = serveFiles(t, { directory: temporaryTree(t, { "a.txt": "content" }) }, Handler);
  for (let turn = 0; turn < 3; turn++) {
    const request = { target: "/a.txt", fields: { "If-Modified-Since": "a while ago" } };
    assert.equal((await rawRequest(address, request)).status, "200 OK");
  }
});

test("Results of hooks are sent, even if they differ each time", async (t) => {
  settle(t);
  let count = 0;
  class Handler extends SimpleHTTPRequestHandler {
    override guess_type() {
      count += 1;
      return `x/${count}`;
    }
    override get_cache_control() {
      return `max-age=${count}`;
    }
    override etag_for() {
      return `"${count}"`;
    }
    override date_time_string() {
      return `date ${count}`;
    }
  }
  const address = serveFiles(t, { directory: temporaryTree(t, { "a.txt": "content" }) }, Handler);
  for (const turn of [1, 2, 3]) {
    const reply = await rawRequest(address, { target: "/a.txt" });
    const said = ["Content-Type", "Cache-Control", "ETag", "Last-Modified"].map((name) =>
      fieldOf(reply, name),
    );
    assert.deepEqual(said, [`x/${turn}`, `max-age=${turn}`, `"${turn}"`, `date ${turn}`]);
  }
});

test("An override of `send_header` may leave out and change fields of a file in memory", async (t) => {
  settle(t);
  class Handler extends SimpleHTTPRequestHandler {
    override send_header(name: string, value: string | number) {
      if (name !== "ETag") super.send_header(name, name === "Content-type" ? "x/y" : value);
    }
  }
  const address = serveFiles(t, { directory: temporaryTree(t, { "a.txt": "content" }) }, Handler);
  for (let turn = 0; turn < 3; turn++) {
    const reply = await rawRequest(address, { target: "/a.txt" });
    assert.deepEqual([fieldOf(reply, "ETag"), fieldOf(reply, "Content-Type")], [undefined, "x/y"]);
  }
});
