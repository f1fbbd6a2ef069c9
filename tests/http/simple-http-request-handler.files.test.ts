import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import test from "node:test";
import { setImmediate } from "node:timers/promises";
import { SimpleHTTPRequestHandler } from "pyserve";
import {
  type FileHandlerClass,
  serveFiles,
  temporaryDirectory,
  temporaryTree,
  withoutPrivileges,
} from "../support/file-server.js";
import { listingRows } from "../support/listing-rows.js";
import { fieldOf, rawExchange, rawRequest } from "../support/raw-http.js";
import { until } from "../support/servers.js";

const skip = process.platform === "win32";
const onLinux = process.platform !== "linux";

test("Neither a FIFO nor a socket, a device or a loop of links is served", { skip }, async (t) => {
  const directory = temporaryTree(t, {
    loop: { linkTo: "loop" },
    one: { linkTo: "two" },
    two: { linkTo: "one" },
    broken: { linkTo: "nowhere" },
    null: { linkTo: "/dev/null" },
    zero: { linkTo: "/dev/zero" },
    "to fifo": { linkTo: "fifo" },
    file: "",
    "below a file": { linkTo: "file/in" },
  });
  execFileSync("mkfifo", [join(directory, "fifo")]);
  const socket = createServer().listen(join(directory, "socket"));
  t.after(() => socket.close());
  const address = serveFiles(t, { directory });
  const statuses = {
    fifo: 403,
    "fifo/": 404,
    "to%20fifo": 403,
    socket: 403,
    null: 404, // outside of the directory
    zero: 404,
    loop: 404,
    one: 404,
    broken: 404,
    "below%20a%20file": 404,
  };
  for (const [name, status] of Object.entries(statuses)) {
    for (const method of ["GET", "HEAD"]) {
      const reply = await rawRequest(address, { method, target: `/${name}` });
      assert.equal(reply.status.slice(0, 3), String(status), `${method} ${name}`);
    }
  }
});

test("A FIFO called index.html is not an index page", { skip }, async (t) => {
  const directory = temporaryTree(t, { "a file": "" });
  execFileSync("mkfifo", [join(directory, "index.html")]);
  assert.match((await rawRequest(serveFiles(t, { directory }), { target: "/" })).body.toString(), /a file/);
});

test("A file that may not be read is forbidden", { skip }, async (t) => {
  const directory = temporaryTree(t, {
    "file.txt": "secret",
    "closed/in.txt": "secret",
    "index/index.html": "secret",
    "index/other.txt": "",
    "unlisted/index.html": "open",
    "unlisted-too/in.txt": "open",
  });
  for (const name of ["file.txt", "closed", "index/index.html"]) fs.chmodSync(join(directory, name), 0);
  for (const name of ["unlisted", "unlisted-too"]) fs.chmodSync(join(directory, name), 0o711);
  const address = serveFiles(t, { directory });
  const statuses = {
    "/file.txt": "403 Permission denied",
    "/closed": "301 Moved Permanently",
    "/closed/": "404 No permission to list directory",
    "/closed/in.txt": "403 Permission denied",
    "/index/": "403 Permission denied", // and no listing instead
    "/unlisted/": "200 OK",
    "/unlisted-too/": "404 No permission to list directory",
    "/unlisted-too/in.txt": "200 OK",
  };
  await withoutPrivileges(async () => {
    for (const [target, status] of Object.entries(statuses)) {
      assert.equal((await rawRequest(address, { target })).status, status, target);
    }
  });
  fs.chmodSync(join(directory, "closed"), 0o755);
});

test("A server without descriptors answers 503, and reveals nothing about its disk", async (t) => {
  const log: string[] = [];
  const directory = temporaryTree(t, { "file.txt": "", "folder/index.html": "", "list/in": "" });
  const address = serveFiles(t, { directory }, SimpleHTTPRequestHandler, log);
  const failure = (path: string) =>
    Object.assign(new Error(`EMFILE: too many open files, open '${path}'`), { code: "EMFILE" });
  const openSync = t.mock.method(fs, "openSync", (path: string) => {
    throw failure(path);
  });
  const open = t.mock.method(fs, "open", (path: string, _flags: number, done: (error: Error) => void) =>
    process.nextTick(done, failure(path)),
  );
  syncBuiltinESMExports();
  try {
    for (const target of ["/file.txt", "/folder/", "/list/"]) {
      const reply = await rawRequest(address, { target });
      assert.equal(reply.status, "503 Service Unavailable");
      assert.equal(reply.body.includes(directory), false);
    }
  } finally {
    openSync.mock.restore();
    open.mock.restore();
    syncBuiltinESMExports();
  }
  assert.ok(
    log.includes(`%s|EMFILE: too many open files, open '${join(directory, "file.txt")}'`),
    log.join(),
  );
  assert.equal((await rawRequest(address, { target: "/file.txt" })).status, "200 OK");
});

test("A directory that is removed while it is listed is missing", { skip }, async (t) => {
  const directory = temporaryTree(t, { "list/in": "" });
  class Handler extends SimpleHTTPRequestHandler {
    override list_directory(path: string) {
      fs.rmSync(path, { recursive: true });
      return super.list_directory(path);
    }
  }
  const reply = await rawRequest(serveFiles(t, { directory }, Handler), { target: "/list/" });
  assert.equal(reply.status, "404 No permission to list directory");
});

class WithDotFiles extends SimpleHTTPRequestHandler {
  static override dotfiles = true;
}

test("Names that begin with a dot are served if a pattern matches, at any depth", async (t) => {
  class Zarr extends SimpleHTTPRequestHandler {
    static override dotfiles = [".z*", ".hg"];
    override log_message(): void {}
  }
  const directory = temporaryTree(t, {
    "data/.zarray": "array",
    "data/.env": "",
    ".hg/requires": "",
    ".hg/.secret": "",
    ".well-known/x": "",
  });
  const address = serveFiles(t, { directory }, Zarr);
  const statuses = { "/data/.zarray": 200, "/data/.env": 404, "/.hg/requires": 200, "/.hg/.secret": 404 };
  for (const [target, status] of Object.entries({ ...statuses, "/.well-known/x": 200 }))
    assert.ok((await rawRequest(address, { target })).status.startsWith(`${status} `), target);
  const list = async (target: string) =>
    listingRows((await rawRequest(address, { target })).body.toString()).map(({ href }) => href);
  assert.deepEqual(await list("/data/"), [".zarray"]);
  assert.deepEqual(await list("/"), [".hg/", ".well-known/", "data/"]);
});

test("The first existing dot name that is not served is reported once", async (t) => {
  const log: string[] = [];
  const told = () => log.filter((line) => line.startsWith("%s|")).map((line) => line.slice(3));
  const directory = temporaryTree(t, { "a/.zgroup": "{}", ".env": "" });
  const address = serveFiles(t, { directory }, SimpleHTTPRequestHandler, log);
  for (const target of ["/.missing", "/a/.zgroup", "/a/.zgroup", "/.env"]) {
    assert.equal((await rawRequest(address, { target })).status, "404 File not found");
    if (target.startsWith("/a/")) await until(() => told().length > 0);
  }
  assert.deepEqual(told(), [
    '"/a/.zgroup" exists, but is not served, because its name begins with a dot. To serve such files, use --dotfiles, or --dotfiles ".zgroup" for this name only; in a class, set dotfiles.',
  ]);
});

const oddNames = [
  ..."<&>|\"'|a b|#|?|%|%41|%2e%2e|\\|a:b|;|=|+|~|`|$|*|(|)|[]|{}|^|@|!|,|-|_|. .|...|..a|a..|\t|\n|\x7f".split(
    "|",
  ),
  ..."javascript:alert(1)|http:|//|é|日本語|😀|\u202e|\ufeff|e\u0301|CON|nul.txt|-rf".split("|"),
].filter((name) => !name.includes("/") && !name.startsWith(".")); // dot files are not listed
test("Every name is listed with a link that leads to its file", { skip }, async (t) => {
  const directory = temporaryTree(t, Object.fromEntries(oddNames.map((name) => [name, `this is ${name}`])));
  const address = serveFiles(t, { directory }, WithDotFiles);
  const page = (await rawRequest(address, { target: "/" })).body.toString();
  const rows = listingRows(page);
  assert.equal(rows.length, oddNames.length);
  const contents: string[] = [];
  for (const { href } of rows) {
    const { pathname, host } = new URL(href, "http://host/");
    assert.equal(host, "host");
    contents.push((await rawRequest(address, { target: pathname })).body.toString());
  }
  assert.deepEqual(contents.sort(), oddNames.map((name) => `this is ${name}`).sort());
});

test("A name that is not UTF-8 is listed, and its link leads to its file", { skip: onLinux }, async (t) => {
  const directory = temporaryDirectory(t);
  const names = ["f\xfcr.txt", "\xff", "\xc3", "\xed\xa0\x80", "a\xf0\x9f\x98b"];
  for (const name of names) fs.writeFileSync(Buffer.from(`${directory}/${name}`, "latin1"), name, "latin1");
  fs.mkdirSync(Buffer.from(`${directory}/d\xfe`, "latin1"));
  fs.writeFileSync(Buffer.from(`${directory}/d\xfe/\xfd`, "latin1"), "within");
  const address = serveFiles(t, { directory });
  const page = (await rawRequest(address, { target: "/" })).body.toString();
  const links = listingRows(page).map(({ href }) => href);
  assert.deepEqual(links.sort(), ["%C3", "%ED%A0%80", "%FF", "a%F0%9F%98b", "d%FE/", "f%FCr.txt"]);
  for (const href of links.filter((link) => !link.endsWith("/"))) {
    const { status, body } = await rawRequest(address, { target: `/${href}` });
    assert.deepEqual([status, names.includes(body.toString("latin1"))], ["200 OK", true], href);
  }
  assert.equal(fieldOf(await rawRequest(address, { target: "/d%FE" }), "Location"), "/d%FE/");
  assert.match((await rawRequest(address, { target: "/d%FE/" })).body.toString(), /for \/d\ufffd\/<.*"%FD"/s);
  assert.equal((await rawRequest(address, { target: "/d%FE/%FD" })).body.toString(), "within");
});

test("A length beyond 4 GiB is exact", async (t) => {
  const directory = temporaryTree(t, { huge: "" });
  const size = 5 * 1024 ** 3 + 7;
  fs.truncateSync(join(directory, "huge"), size);
  const address = serveFiles(t, { directory });
  const reply = await rawRequest(address, { method: "HEAD", target: "/huge" });
  assert.deepEqual([reply.status, fieldOf(reply, "Content-Length")], ["200 OK", String(size)]);
});

const SIZE = 1_000_000;

/** A handler whose file changes after its first piece was read. */
function meanwhile(action: (path: string) => void): FileHandlerClass {
  return class extends SimpleHTTPRequestHandler {
    override async copyfile(...[source, target]: Parameters<SimpleHTTPRequestHandler["copyfile"]>) {
      await target.write(await source.read(1000));
      action(this.translate_path(this.path));
      return super.copyfile(source, target);
    }
  };
}

const truncate = (path: string) => fs.truncateSync(path, 2000);

for (const [name, size] of Object.entries({ small: 30_000, large: SIZE })) {
  const old = Buffer.alloc(size, "old ");
  const unchanged: Readonly<Record<string, (path: string) => void>> = {
    grows: (path) => fs.appendFileSync(path, Buffer.alloc(SIZE, "more ")),
    "is deleted": (path) => fs.rmSync(path),
    "is replaced": (path) => {
      fs.writeFileSync(`${path}.new`, Buffer.alloc(size, "new "));
      fs.renameSync(`${path}.new`, path);
    },
    // By then, a small file is completely in memory.
    ...(name === "small" && { shrinks: truncate }),
  };
  for (const [what, action] of Object.entries(unchanged)) {
    test(`A ${name} file that ${what} while it is sent is sent as it was`, { skip }, async (t) => {
      const directory = temporaryTree(t, { file: old });
      const address = serveFiles(t, { directory }, meanwhile(action));
      // The next response begins at the end of this one.
      const bytes = await rawExchange(
        address,
        "GET /file HTTP/1.1\r\nHost: h\r\n\r\nGET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      );
      const start = bytes.indexOf("\r\n\r\n") + 4;
      assert.ok(bytes.subarray(start, start + size).equals(old));
      assert.match(bytes.toString("latin1", start + size), /^HTTP\/1\.1 404 /);
    });
  }
}

test("A large file that shrinks while it is sent ends the connection", { skip }, async (t) => {
  const old = Buffer.alloc(SIZE, "old ");
  const address = serveFiles(t, { directory: temporaryTree(t, { file: old }) }, meanwhile(truncate));
  const bytes = await rawExchange(
    address,
    "GET /file HTTP/1.1\r\nHost: h\r\n\r\nGET /none HTTP/1.1\r\nHost: h\r\n\r\n",
  );
  const start = bytes.indexOf("\r\n\r\n") + 4;
  assert.match(bytes.toString("latin1", 0, start), new RegExp(`Content-Length: ${SIZE}\r\n`));
  assert.ok(bytes.subarray(start).equals(old.subarray(0, 2000)));
});

test("`copyfile` sends every byte, even after other writes and to slow readers", async (t) => {
  const prefix = Buffer.alloc(3_000_000, "prefix ");
  const content = Buffer.from(Uint32Array.from({ length: 1_000_001 }, (_, at) => at).buffer);
  class Handler extends SimpleHTTPRequestHandler {
    override copyfile(...[source, target]: Parameters<SimpleHTTPRequestHandler["copyfile"]>) {
      target.write(prefix); // nobody waits for it
      return super.copyfile(source, target);
    }
    override send_header(name: string, value: string | number) {
      super.send_header(name, name === "Content-Length" ? prefix.length + content.length : value);
    }
  }
  const directory = temporaryTree(t, { numbers: content });
  const [host, port] = serveFiles(t, { directory }, Handler);
  const socket = connect({ host, port }).end("GET /numbers HTTP/1.1\r\nHost: h\r\n\r\n");
  const pieces: Buffer[] = [];
  for await (const piece of socket) {
    pieces.push(piece);
    await setImmediate();
  }
  const reply = Buffer.concat(pieces);
  const start = reply.indexOf("\r\n\r\n") + 4;
  assert.ok(reply.subarray(start).equals(Buffer.concat([prefix, content])));
});
